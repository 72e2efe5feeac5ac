package dev.mige4j.tensor;

import dev.mige4j.common.ShapeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * An n-dimensional array on libtorch; every operation returns a new tensor unless its name ends in {@code _}, which
 * modifies this one.
 *
 * <p>Shapes follow libtorch: row-major, broadcasting in arithmetic, negative axes count from the end. Tensors made
 * inside a {@link Scope} are freed with it. Float operations on mixed types follow libtorch's promotion.
 */
public final class Tensor {

    /** In {@link #expect}: this axis may have any size. */
    public static final long ANY = -1;

    private final org.bytedeco.pytorch.Tensor handle;
    private final Object backing; // memory that must outlive the tensor, for instance a mapped file

    private Tensor(org.bytedeco.pytorch.Tensor at, Object backing) {
        this.handle = at;
        this.backing = backing;
        Scope.register(this);
    }

    static Tensor wrap(org.bytedeco.pytorch.Tensor at) {
        return new Tensor(at, null);
    }

    org.bytedeco.pytorch.Tensor unwrap() {
        if (handle.isNull()) throw new IllegalStateException("a tensor is used after the scope that made it has ended");
        return handle;
    }

    private Tensor map(Function<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> op) {
        return new Tensor(op.apply(unwrap()), backing);
    }

    /** Frees the native memory now; normally a {@link Scope} or the garbage collector does. */
    public void close() {
        handle.close();
    }

    // ---- making
    // ----------------------------------------------------------------------------------------------------------------

    public static Tensor zeros(long... shape) {
        return zeros(DType.F32, shape);
    }

    public static Tensor zeros(DType dtype, long... shape) {
        try (var options = new TensorOptions(dtype.scalarType)) {
            return wrap(torch.zeros(shape, options)).toDevice();
        }
    }

    /** A tensor whose contents are undefined until written. */
    public static Tensor empty(DType dtype, long... shape) {
        try (var options = new TensorOptions(dtype.scalarType)) {
            return wrap(torch.torch_empty(shape, options, new org.bytedeco.pytorch.MemoryFormatOptional()))
                    .toDevice();
        }
    }

    public static Tensor full(double value, long... shape) {
        return zeros(shape).fill_(value);
    }

    public static Tensor ones(long... shape) {
        return full(1, shape);
    }

    /** A float32 tensor holding a copy of the values, row-major; their number must be the product of the shape. */
    public static Tensor of(float[] values, long... shape) {
        Tensor t = emptyOnHost(DType.F32, values.length, shape);
        if (values.length > 0) new FloatPointer(t.handle.data_ptr()).put(values, 0, values.length);
        return t.toDevice();
    }

    public static Tensor of(double[] values, long... shape) {
        Tensor t = emptyOnHost(DType.F64, values.length, shape);
        if (values.length > 0) new DoublePointer(t.handle.data_ptr()).put(values, 0, values.length);
        return t.toDevice();
    }

    public static Tensor of(long[] values, long... shape) {
        Tensor t = emptyOnHost(DType.I64, values.length, shape);
        if (values.length > 0) new LongPointer(t.handle.data_ptr()).put(values, 0, values.length);
        return t.toDevice();
    }

    public static Tensor of(int[] values, long... shape) {
        return of(Arrays.stream(values).asLongStream().toArray(), shape);
    }

    /** An unsigned 8-bit tensor. */
    public static Tensor of(byte[] values, long... shape) {
        return ofBytes(DType.U8, values, shape);
    }

    /** A tensor of any type from its little-endian bytes, copied. */
    public static Tensor ofBytes(DType dtype, byte[] bytes, long... shape) {
        Tensor t = emptyOnHost(dtype, bytes.length / dtype.elementSize(), shape);
        if (bytes.length > 0) new BytePointer(t.handle.data_ptr()).put(bytes, 0, bytes.length);
        return t.toDevice();
    }

    /** A tensor that reads straight from a mapped, read-only buffer (little-endian); writing to it would crash. */
    public static Tensor fromBuffer(DType dtype, MappedByteBuffer buffer, long... shape) {
        return fromBlob(dtype, buffer, shape);
    }

    private static Tensor fromBlob(DType dtype, ByteBuffer buffer, long... shape) {
        long requiredBytes = numel(shape) * dtype.elementSize();
        if (buffer.remaining() < requiredBytes || buffer.order() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalArgumentException(
                    "a buffer of " + buffer.remaining() + " " + buffer.order() + " bytes cannot back " + requiredBytes);
        }
        Engine.instance();
        BytePointer pointer = new BytePointer(buffer);
        try (var options = new TensorOptions(dtype.scalarType)) {
            return new Tensor(torch.from_blob(pointer, shape, options), pointer).toDevice();
        }
    }

    /**
     * A tensor over bytes of a file, mapped privately and copy-on-write; for tensors beyond 2 GB, which a Java buffer
     * cannot hold. The offset must be a multiple of the element size.
     */
    public static Tensor fromFile(DType dtype, java.nio.file.Path file, long offset, long... shape) {
        Engine.instance();
        long end = offset + numel(shape) * dtype.elementSize();
        try (var shared = new BoolOptional(false);
                var size = new LongOptional(end);
                var options = new TensorOptions(DType.U8.scalarType)) {
            var base = torch.from_file(file.toString(), shared, size, options);
            return wrap(base.narrow(0, offset, end - offset)
                            .view(dtype.scalarType)
                            .view(shape))
                    .toDevice();
        }
    }

    private static Tensor emptyOnHost(DType dtype, long values, long[] shape) {
        if (numel(shape) != values)
            throw new ShapeException("%d values cannot fill a tensor of shape %s", values, Arrays.toString(shape));
        Engine.instance();
        try (var options = new TensorOptions(dtype.scalarType)) {
            return wrap(torch.torch_empty(shape, options, new org.bytedeco.pytorch.MemoryFormatOptional()));
        }
    }

    private Tensor toDevice() {
        Engine engine = Engine.instance();
        return engine.isCpu() ? this : map(t -> t.to(engine.device(), t.scalar_type()));
    }

    /** 0, 1, ..., n-1 as int64. */
    public static Tensor arange(long n) {
        long[] values = new long[Math.toIntExact(n)];
        for (int i = 0; i < values.length; i++) values[i] = i;
        return of(values, n);
    }

    static long numel(long... shape) {
        long n = 1;
        for (long s : shape) n = Math.multiplyExact(n, s);
        return n;
    }

    // ---- looking
    // ---------------------------------------------------------------------------------------------------------------

    public long[] shape() {
        long[] s = new long[dim()];
        for (int i = 0; i < s.length; i++) s[i] = unwrap().size(i);
        return s;
    }

    public int dim() {
        return (int) unwrap().dim();
    }

    public long size(int axis) {
        return unwrap().size(axis);
    }

    public long numel() {
        return unwrap().numel();
    }

    public long nbytes() {
        return unwrap().nbytes();
    }

    public DType dtype() {
        return DType.of(unwrap().scalar_type());
    }

    /** The only element, as a double. */
    public double item() {
        return unwrap().item_double();
    }

    /** All elements in row-major order, converted to float32. */
    public float[] toFloatArray() {
        var host = contiguousOnHost(DType.F32);
        float[] out = new float[Math.toIntExact(numel())];
        if (out.length > 0) new FloatPointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    public double[] toDoubleArray() {
        var host = contiguousOnHost(DType.F64);
        double[] out = new double[Math.toIntExact(numel())];
        if (out.length > 0) new DoublePointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    public long[] toLongArray() {
        var host = contiguousOnHost(DType.I64);
        long[] out = new long[Math.toIntExact(numel())];
        if (out.length > 0) new LongPointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    /** The little-endian bytes of all elements in row-major order, in this tensor's own type; below 2 GB. */
    public byte[] toByteArray() {
        var host = contiguousOnHost(dtype());
        byte[] out = new byte[Math.toIntExact(nbytes())];
        if (out.length > 0) new BytePointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    private org.bytedeco.pytorch.Tensor contiguousOnHost(DType dtype) {
        try (var guard = new NoGradGuard();
                var detached = unwrap().detach();
                var cpu = detached.cpu();
                var typed = cpu.to(dtype.scalarType)) {
            return typed.contiguous();
        }
    }

    /**
     * Throws {@link dev.mige4j.common.ShapeException} unless the shape is as expected; {@link #ANY} allows any size.
     */
    public Tensor expect(String name, String axes, long... expected) {
        long[] actual = shape();
        boolean matches = actual.length == expected.length;
        for (int i = 0; matches && i < actual.length; i++) matches = expected[i] == ANY || expected[i] == actual[i];
        if (matches) return this;
        var expectedShape = new StringJoiner(", ", "[", "]");
        for (long e : expected) expectedShape.add(e == ANY ? "any" : Long.toString(e));
        throw new ShapeException("%s %s is %s, expected %s", name, axes, Arrays.toString(actual), expectedShape);
    }

    // ---- shape
    // -----------------------------------------------------------------------------------------------------------------

    public Tensor view(long... shape) {
        return map(t -> t.view(shape));
    }

    public Tensor reshape(long... shape) {
        return map(t -> t.reshape(shape));
    }

    public Tensor permute(long... axes) {
        return map(t -> t.permute(axes));
    }

    public Tensor transpose(int a, int b) {
        return map(t -> t.transpose(a, b));
    }

    public Tensor narrow(int axis, long start, long length) {
        return map(t -> t.narrow(axis, start, length));
    }

    /** One slice along an axis, without that axis. */
    public Tensor select(int axis, long index) {
        return map(t -> t.select(axis, index));
    }

    /** Item i of the batch, with the batch axis kept: [1, ...]. */
    public Tensor row(long i) {
        return narrow(0, i, 1);
    }

    public Tensor unsqueeze(int axis) {
        return map(t -> t.unsqueeze(axis));
    }

    public Tensor squeeze(int axis) {
        return map(t -> t.squeeze(axis));
    }

    public Tensor expand(long... shape) {
        return map(t -> t.expand(shape));
    }

    public Tensor repeat(long... times) {
        return map(t -> t.repeat(times));
    }

    public Tensor flip(long... axes) {
        return map(t -> t.flip(axes));
    }

    public Tensor contiguous() {
        return map(t -> t.contiguous());
    }

    /** A copy with memory of its own. */
    public Tensor copy() {
        return wrap(unwrap().clone());
    }

    /** Zeros (or another value) around the last axes; pairs (before, after), last axis first, as in libtorch. */
    public Tensor pad(double value, long... beforeAfter) {
        try (var v = new Scalar(value)) {
            return map(t -> torch.constant_pad_nd(t, beforeAfter, v));
        }
    }

    /** [B, C, h, w] to [B, C·r², h/r, w/r]; channel order as libtorch's pixel_unshuffle. */
    public Tensor pixelUnshuffle(int downscaleFactor) {
        return map(t -> torch.pixel_unshuffle(t, downscaleFactor));
    }

    public Tensor pixelShuffle(int upscaleFactor) {
        return map(t -> torch.pixel_shuffle(t, upscaleFactor));
    }

    /** [B, C, h, w] to [B, C, 2h, 2w] by repeating pixels. */
    public Tensor upsampleNearest2x() {
        return map(t -> torch.upsample_nearest2d(
                t, new long[] {2 * t.size(2), 2 * t.size(3)}, new DoubleOptional(), new DoubleOptional()));
    }

    /** [B, C, h, w] averaged over k × k cells. */
    public Tensor avgPool2d(int kernelSize) {
        return map(t -> torch.avg_pool2d(t, kernelSize, kernelSize));
    }

    public static Tensor cat(int axis, List<Tensor> tensors) {
        try (var vector = toVector(tensors)) {
            return wrap(torch.cat(vector, axis));
        }
    }

    public static Tensor cat(int axis, Tensor... tensors) {
        return cat(axis, List.of(tensors));
    }

    public static Tensor stack(int axis, List<Tensor> tensors) {
        try (var vector = toVector(tensors)) {
            return wrap(torch.stack(vector, axis));
        }
    }

    private static TensorVector toVector(List<Tensor> tensors) {
        return new TensorVector(tensors.stream().map(Tensor::unwrap).toArray(org.bytedeco.pytorch.Tensor[]::new));
    }

    // ---- types
    // -----------------------------------------------------------------------------------------------------------------

    /** This tensor in another type; itself when it already has it. */
    public Tensor to(DType dtype) {
        return dtype() == dtype ? this : wrap(unwrap().to(dtype.scalarType));
    }

    /** This tensor in the other's type: how weights that are stored narrowly meet activations. */
    public Tensor typeAs(Tensor other) {
        return to(other.dtype());
    }

    // ---- arithmetic
    // ------------------------------------------------------------------------------------------------------------

    public Tensor add(Tensor other) {
        return wrap(unwrap().add(other.unwrap()));
    }

    public Tensor sub(Tensor other) {
        return wrap(unwrap().sub(other.unwrap()));
    }

    public Tensor mul(Tensor other) {
        return wrap(unwrap().mul(other.unwrap()));
    }

    public Tensor div(Tensor other) {
        return wrap(unwrap().div(other.unwrap()));
    }

    public Tensor add(double v) {
        return withScalar(v, (t, s) -> t.add(s));
    }

    public Tensor sub(double v) {
        return add(-v);
    }

    public Tensor mul(double v) {
        return withScalar(v, (t, s) -> t.mul(s));
    }

    public Tensor div(double v) {
        return withScalar(v, (t, s) -> t.div(s));
    }

    public Tensor pow(double v) {
        return withScalar(v, (t, s) -> t.pow(s));
    }

    /** this + factor · o. */
    public Tensor add(Tensor other, double alpha) {
        try (var s = new Scalar(alpha)) {
            return wrap(unwrap().add(other.unwrap(), s));
        }
    }

    /** this + a · b, element by element. */
    public Tensor addcmul(Tensor a, Tensor b) {
        return wrap(torch.addcmul(unwrap(), a.unwrap(), b.unwrap()));
    }

    public Tensor matmul(Tensor other) {
        FlopCounter.addMultiplyAdds(numel() * (other.dim() > 1 ? other.size(-1) : 1));
        return wrap(unwrap().matmul(other.unwrap()));
    }

    /** x Wᵀ + b over the last axis; weight [out, in] in x's type, bias [out] or null. */
    public Tensor linear(Tensor weight, Tensor bias) {
        FlopCounter.addMultiplyAdds(numel() * weight.size(0));
        if (shouldParallelize(weight)) return parallelLinear(weight, bias);
        try (var b = toOptional(bias)) {
            return wrap(torch.linear(unwrap(), weight.unwrap(), b));
        }
    }

    /** A product of fewer multiply-adds is done by one thread. */
    private static final long MIN_PARALLEL_MULTIPLY_ADDS = 20_000_000;

    private boolean shouldParallelize(Tensor weight) {
        return numel() * weight.size(0) > MIN_PARALLEL_MULTIPLY_ADDS
                && dtype() == DType.F32
                && Engine.instance().parallelizesMatmul()
                && !requiresGrad()
                && !weight.requiresGrad();
    }

    /**
     * The same product, its longer side cut into pieces that several threads take; the cut depends on the sizes alone.
     */
    private Tensor parallelLinear(Tensor weight, Tensor bias) {
        long inFeatures = size(-1),
                outFeatures = weight.size(0),
                rows = numel() / inFeatures,
                longSide = Math.max(rows, outFeatures);
        int chunks = 2 * (int) Math.max(1, Math.min(8, Math.round(longSide / 1024.0))),
                axis = rows >= outFeatures ? 0 : 1;
        long chunkSize = (longSide + chunks - 1) / chunks;
        long[] shape = shape();
        shape[shape.length - 1] = outFeatures;
        Tensor result = empty(DType.F32, shape);
        try (var x = unwrap().reshape(rows, inFeatures);
                var w = weight.unwrap().t();
                var y = result.handle.view(rows, outFeatures)) {
            Engine.instance().workerPool().parallelFor(chunks, Engine.instance().numThreads(), i -> {
                long start = i * chunkSize, length = Math.min(chunkSize, longSide - start);
                try (var outputSlice = y.narrow(axis, start, length);
                        var lhs = axis == 0 ? x.narrow(0, start, length) : x.narrow(0, 0, rows);
                        var rhs = axis == 1 ? w.narrow(1, start, length) : w.narrow(1, 0, outFeatures)) {
                    torch.mm_out(outputSlice, lhs, rhs);
                }
            });
        }
        return bias == null ? result : result.add_(bias);
    }

    /** Convolution of [B, C, h, w] with [out, C, k, k]; bias [out] or null. */
    public Tensor conv2d(Tensor weight, Tensor bias, int stride, int padding) {
        try (var b = toOptional(bias)) {
            Tensor result = wrap(torch.conv2d(
                    unwrap(),
                    weight.unwrap(),
                    b,
                    new long[] {stride, stride},
                    new long[] {padding, padding},
                    new long[] {1, 1},
                    1));
            FlopCounter.addMultiplyAdds(result.numel() * (weight.numel() / weight.size(0)));
            return result;
        }
    }

    /** (x − mean) / sqrt(var + eps) over the last axis, · weight + bias unless they are null. */
    public Tensor layerNorm(Tensor weight, Tensor bias, double eps) {
        try (var w = toOptional(weight);
                var b = toOptional(bias)) {
            return wrap(torch.layer_norm(unwrap(), new long[] {size(-1)}, w, b, eps, false));
        }
    }

    public Tensor groupNorm(int groups, Tensor weight, Tensor bias, double eps) {
        try (var w = toOptional(weight);
                var b = toOptional(bias)) {
            return wrap(torch.group_norm(unwrap(), groups, w, b, eps, false));
        }
    }

    /** Rows of this table [V, D] at the given int64 ids of any shape: [..., D]. */
    public Tensor embedding(Tensor ids) {
        return wrap(torch.embedding(unwrap(), ids.unwrap()));
    }

    /**
     * softmax(q kᵀ · scale + bias) v for [B, H, N, d], [B, H, M, d], [B, H, M, e]; bias broadcasts to [B, H, N, M] or
     * is null.
     */
    public static Tensor scaledDotProductAttention(Tensor q, Tensor k, Tensor v, Tensor bias, double scale) {
        FlopCounter.addMultiplyAdds(q.numel() * k.size(2) + q.numel() / q.size(3) * k.size(2) * v.size(3));
        try (var s = new DoubleOptional(scale);
                var b = toOptional(bias)) {
            return wrap(torch.scaled_dot_product_attention(q.unwrap(), k.unwrap(), v.unwrap(), b, 0, false, s, false));
        }
    }

    /** scale · q k into this [C, N, M], ignoring what it held; q [C, N, d] and k [C, d, M] may be strided views. */
    public Tensor bmmOut(Tensor q, Tensor k, double scale) {
        FlopCounter.addMultiplyAdds(q.numel() * k.size(2));
        try (var beta = new Scalar(0.0);
                var alpha = new Scalar(scale)) {
            torch.baddbmm_out(unwrap(), handle, q.unwrap(), k.unwrap(), beta, alpha);
            return this;
        }
    }

    /** a b into this [C, N, d], which may be a strided view. */
    public Tensor bmmOut(Tensor a, Tensor b) {
        FlopCounter.addMultiplyAdds(a.numel() * b.size(2));
        torch.bmm_out(unwrap(), a.unwrap(), b.unwrap());
        return this;
    }

    /** Softmax over the last axis, in place. */
    public Tensor softmax_() {
        torch.softmax_out(unwrap(), handle, -1);
        return this;
    }

    public Tensor softmax(int axis) {
        return wrap(torch.softmax(unwrap(), axis));
    }

    /** log Σ exp over an axis. */
    public Tensor logSumExp(int axis) {
        return wrap(torch.logsumexp(unwrap(), axis));
    }

    public Tensor logSoftmax(int axis) {
        return wrap(torch.log_softmax(unwrap(), axis));
    }

    /** x · Φ(x). */
    public Tensor gelu() {
        return wrap(torch.gelu(unwrap()));
    }

    /** 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
    public Tensor geluTanh() {
        return wrap(torch.gelu(unwrap(), "tanh"));
    }

    public Tensor silu() {
        return wrap(torch.silu(unwrap()));
    }

    public Tensor sigmoid() {
        return wrap(unwrap().sigmoid());
    }

    public Tensor relu() {
        return wrap(torch.relu(unwrap()));
    }

    public Tensor tanh() {
        return wrap(unwrap().tanh());
    }

    public Tensor exp() {
        return wrap(unwrap().exp());
    }

    public Tensor expm1() {
        return wrap(unwrap().expm1());
    }

    public Tensor log() {
        return wrap(unwrap().log());
    }

    public Tensor sqrt() {
        return wrap(unwrap().sqrt());
    }

    public Tensor rsqrt() {
        return wrap(unwrap().rsqrt());
    }

    /** Vectors along the last axis, each divided by its length; one of zeros stays so. */
    public Tensor normalize() {
        return mul(mul(this).sum(true, -1).add(1e-12).rsqrt());
    }

    public Tensor sin() {
        return wrap(unwrap().sin());
    }

    public Tensor cos() {
        return wrap(unwrap().cos());
    }

    public Tensor abs() {
        return wrap(unwrap().abs());
    }

    public Tensor neg() {
        return wrap(unwrap().neg());
    }

    public Tensor round() {
        return wrap(unwrap().round());
    }

    public Tensor clamp(double min, double max) {
        try (var a = new Scalar(min);
                var b = new Scalar(max);
                var lo = new ScalarOptional(a);
                var hi = new ScalarOptional(b)) {
            return wrap(unwrap().clamp(lo, hi));
        }
    }

    public Tensor clampMin(double min) {
        try (var a = new Scalar(min);
                var lo = new ScalarOptional(a)) {
            return wrap(unwrap().clamp(lo));
        }
    }

    // ---- comparing and choosing
    // ------------------------------------------------------------------------------------------------

    public Tensor eq(double v) {
        return withScalar(v, (t, s) -> t.eq(s));
    }

    public Tensor lt(double v) {
        return withScalar(v, (t, s) -> t.lt(s));
    }

    public Tensor gt(double v) {
        return withScalar(v, (t, s) -> t.gt(s));
    }

    /** Where this (BOOL) is true the first, elsewhere the second. */
    public Tensor where(Tensor ifTrue, Tensor ifFalse) {
        return wrap(torch.where(unwrap(), ifTrue.unwrap(), ifFalse.unwrap()));
    }

    public Tensor argmax(int axis) {
        try (var a = new LongOptional(axis)) {
            return wrap(unwrap().argmax(a, false));
        }
    }

    /** Slices at the given int64 indices along an axis. */
    public Tensor indexSelect(int axis, Tensor indices) {
        return wrap(unwrap().index_select(axis, indices.unwrap()));
    }

    public Tensor gather(int axis, Tensor indices) {
        return wrap(unwrap().gather(axis, indices.unwrap()));
    }

    // ---- reducing
    // --------------------------------------------------------------------------------------------------------------

    public Tensor sum() {
        return wrap(unwrap().sum());
    }

    public Tensor mean() {
        return wrap(unwrap().mean());
    }

    /** Sum over axes, which disappear unless kept. */
    public Tensor sum(boolean keepDim, long... axes) {
        return wrap(unwrap().sum(axes, keepDim, new ScalarTypeOptional()));
    }

    public Tensor mean(boolean keepDim, long... axes) {
        return wrap(unwrap().mean(axes, keepDim, new ScalarTypeOptional()));
    }

    public Tensor amax(boolean keepDim, long... axes) {
        return wrap(unwrap().amax(axes, keepDim));
    }

    /** √ of the sum of squares, in float32 at least. */
    public Tensor norm() {
        return wrap(unwrap().norm());
    }

    public Tensor cumsum(int axis) {
        return wrap(unwrap().cumsum(axis));
    }

    // ---- in place
    // --------------------------------------------------------------------------------------------------------------

    public Tensor fill_(double v) {
        try (var s = new Scalar(v)) {
            unwrap().fill_(s);
            return this;
        }
    }

    public Tensor copy_(Tensor other) {
        unwrap().copy_(other.unwrap());
        return this;
    }

    public Tensor add_(Tensor other) {
        unwrap().add_(other.unwrap());
        return this;
    }

    public Tensor add_(Tensor other, double alpha) {
        try (var s = new Scalar(alpha)) {
            unwrap().add_(other.unwrap(), s);
            return this;
        }
    }

    public Tensor add_(double v) {
        try (var s = new Scalar(v)) {
            unwrap().add_(s);
            return this;
        }
    }

    public Tensor mul_(double v) {
        try (var s = new Scalar(v)) {
            unwrap().mul_(s);
            return this;
        }
    }

    public Tensor mul_(Tensor other) {
        unwrap().mul_(other.unwrap());
        return this;
    }

    /** x · sigmoid(x), in place. */
    public Tensor silu_() {
        torch.silu_(unwrap());
        return this;
    }

    /** {@link #geluTanh} in place. */
    public Tensor geluTanh_() {
        torch.gelu_(unwrap(), "tanh");
        return this;
    }

    /** this += factor · a · b. */
    public Tensor addcmul_(Tensor a, Tensor b, double scale) {
        try (var s = new Scalar(scale)) {
            unwrap().addcmul_(a.unwrap(), b.unwrap(), s);
            return this;
        }
    }

    /** this += factor · a / b. */
    public Tensor addcdiv_(Tensor a, Tensor b, double scale) {
        try (var s = new Scalar(scale)) {
            unwrap().addcdiv_(a.unwrap(), b.unwrap(), s);
            return this;
        }
    }

    /** this += weight · (o − this). */
    public Tensor lerp_(Tensor other, double weight) {
        try (var s = new Scalar(weight)) {
            unwrap().lerp_(other.unwrap(), s);
            return this;
        }
    }

    // ---- gradients
    // -------------------------------------------------------------------------------------------------------------

    /** Runs work without recording gradients; nests. */
    public static <T> T noGrad(Supplier<T> work) {
        try (var guard = new NoGradGuard()) {
            return work.get();
        }
    }

    /** Whether a gradient flows through this tensor. */
    public boolean requiresGrad() {
        return unwrap().requires_grad();
    }

    public Tensor requiresGrad_(boolean requiresGrad) {
        unwrap().set_requires_grad(requiresGrad);
        return this;
    }

    public Tensor detach() {
        return map(t -> t.detach());
    }

    /** Adds d this / d leaf to the gradient of every leaf; this must be a scalar. */
    public void backward() {
        unwrap().backward();
    }

    /** The same for a tensor of any shape, starting from the given gradient. */
    public void backward(Tensor gradient) {
        unwrap().backward(gradient.unwrap(), new BoolOptional(), false, new TensorArrayRefOptional());
    }

    /** The gradient collected so far; throws if there is none. */
    public Tensor grad() {
        var grad = unwrap().grad();
        if (grad.isNull() || !grad.defined()) throw new IllegalStateException("no gradient has reached this tensor");
        return wrap(grad.detach()); // grad() is a reference into this tensor, which may be freed before
    }

    /** Lets gradients be collected in the given tensor of the same shape, so that many can share one flat memory. */
    public void setGrad(Tensor grad) {
        unwrap().mutable_grad().put(grad.unwrap());
    }

    /** Lets this tensor use the other's memory from now on: how parameters become slices of one flat tensor. */
    public void setData(Tensor other) {
        unwrap().set_data(other.unwrap());
    }

    // ---- inside
    // ----------------------------------------------------------------------------------------------------------------

    private interface ScalarOp {
        org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t, Scalar s);
    }

    private Tensor withScalar(double value, ScalarOp op) {
        try (var s = new Scalar(value)) {
            return wrap(op.apply(unwrap(), s));
        }
    }

    private static TensorOptional toOptional(Tensor t) {
        return t == null ? new TensorOptional() : new TensorOptional(t.unwrap());
    }

    /** The address of the first element: two tensors with the same one share memory. */
    public long dataPtr() {
        Pointer p = unwrap().data_ptr();
        return p == null ? 0 : p.address();
    }

    @Override
    public String toString() {
        return handle.isNull() ? "Tensor (freed)" : "Tensor " + dtype() + Arrays.toString(shape());
    }
}
