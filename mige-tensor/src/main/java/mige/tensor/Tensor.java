package mige.tensor;

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
 * An n-dimensional array on libtorch; every operation returns a new tensor unless its name ends in {@code _}, which modifies this one.
 *
 * <p>Shapes follow libtorch: row-major, broadcasting in arithmetic, negative axes count from the end. Tensors made inside a
 * {@link Scope} are freed with it. Float operations on mixed types follow libtorch's promotion.
 */
public final class Tensor {

    /** In {@link #expect}: this axis may have any size. */
    public static final long ANY = -1;

    private final org.bytedeco.pytorch.Tensor at;
    private final Object backing;        // memory that must outlive the tensor, for instance a mapped file

    private Tensor(org.bytedeco.pytorch.Tensor at, Object backing) {
        this.at = at;
        this.backing = backing;
        Scope.register(this);
    }

    static Tensor wrap(org.bytedeco.pytorch.Tensor at) {
        return new Tensor(at, null);
    }

    org.bytedeco.pytorch.Tensor unwrap() {
        if (at.isNull()) throw new IllegalStateException("a tensor is used after the scope that made it has ended");
        return at;
    }

    private Tensor map(Function<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> op) {
        return new Tensor(op.apply(unwrap()), backing);
    }

    /** Frees the native memory now; normally a {@link Scope} or the garbage collector does. */
    public void close() {
        at.close();
    }

    // ---- making ----------------------------------------------------------------------------------------------------------------

    public static Tensor zeros(long... shape) {
        return zeros(DType.F32, shape);
    }

    public static Tensor zeros(DType type, long... shape) {
        try (var options = new TensorOptions(type.torch)) {
            return wrap(torch.zeros(shape, options)).placed();
        }
    }

    /** A tensor whose contents are undefined until written. */
    public static Tensor empty(DType type, long... shape) {
        try (var options = new TensorOptions(type.torch)) {
            return wrap(torch.torch_empty(shape, options, new org.bytedeco.pytorch.MemoryFormatOptional())).placed();
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
        Tensor t = host(DType.F32, values.length, shape);
        if (values.length > 0) new FloatPointer(t.at.data_ptr()).put(values, 0, values.length);
        return t.placed();
    }

    public static Tensor of(double[] values, long... shape) {
        Tensor t = host(DType.F64, values.length, shape);
        if (values.length > 0) new DoublePointer(t.at.data_ptr()).put(values, 0, values.length);
        return t.placed();
    }

    public static Tensor of(long[] values, long... shape) {
        Tensor t = host(DType.I64, values.length, shape);
        if (values.length > 0) new LongPointer(t.at.data_ptr()).put(values, 0, values.length);
        return t.placed();
    }

    public static Tensor of(int[] values, long... shape) {
        return of(Arrays.stream(values).asLongStream().toArray(), shape);
    }

    /** An unsigned 8-bit tensor. */
    public static Tensor of(byte[] values, long... shape) {
        return ofBytes(DType.U8, values, shape);
    }

    /** A tensor of any type from its little-endian bytes, copied. */
    public static Tensor ofBytes(DType type, byte[] bytes, long... shape) {
        Tensor t = host(type, bytes.length / type.bytes(), shape);
        if (bytes.length > 0) new BytePointer(t.at.data_ptr()).put(bytes, 0, bytes.length);
        return t.placed();
    }

    /** A tensor that reads straight from a mapped, read-only buffer (little-endian); writing to it would crash. */
    public static Tensor mapped(DType type, MappedByteBuffer buffer, long... shape) {
        return viewing(type, buffer, shape);
    }

    private static Tensor viewing(DType type, ByteBuffer buffer, long... shape) {
        long needed = count(shape) * type.bytes();
        if (buffer.remaining() < needed || buffer.order() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalArgumentException("a buffer of " + buffer.remaining() + " " + buffer.order() + " bytes cannot back " + needed);
        }
        Engine.start();
        BytePointer pointer = new BytePointer(buffer);
        try (var options = new TensorOptions(type.torch)) {
            return new Tensor(torch.from_blob(pointer, shape, options), pointer).placed();
        }
    }

    /**
     * A tensor over bytes of a file, mapped privately and copy-on-write; for tensors beyond 2 GB, which a Java buffer cannot hold.
     * The offset must be a multiple of the element size.
     */
    public static Tensor mappedFile(DType type, java.nio.file.Path file, long offset, long... shape) {
        Engine.start();
        long end = offset + count(shape) * type.bytes();
        try (var shared = new BoolOptional(false); var size = new LongOptional(end); var options = new TensorOptions(DType.U8.torch)) {
            var base = torch.from_file(file.toString(), shared, size, options);
            return wrap(base.narrow(0, offset, end - offset).view(type.torch).view(shape)).placed();
        }
    }

    private static Tensor host(DType type, long values, long[] shape) {
        if (count(shape) != values) throw new ShapeException("%d values cannot fill a tensor of shape %s", values, Arrays.toString(shape));
        Engine.start();
        try (var options = new TensorOptions(type.torch)) {
            return wrap(torch.torch_empty(shape, options, new org.bytedeco.pytorch.MemoryFormatOptional()));
        }
    }

    private Tensor placed() {
        Engine engine = Engine.start();
        return engine.onCpu() ? this : map(t -> t.to(engine.device(), t.scalar_type()));
    }

    /** 0, 1, ..., n-1 as int64. */
    public static Tensor range(long n) {
        long[] v = new long[Math.toIntExact(n)];
        for (int i = 0; i < v.length; i++) v[i] = i;
        return of(v, n);
    }

    static long count(long... shape) {
        long n = 1;
        for (long s : shape) n = Math.multiplyExact(n, s);
        return n;
    }

    // ---- looking ---------------------------------------------------------------------------------------------------------------

    public long[] shape() {
        long[] s = new long[dims()];
        for (int i = 0; i < s.length; i++) s[i] = unwrap().size(i);
        return s;
    }

    public int dims() {
        return (int) unwrap().dim();
    }

    public long size(int axis) {
        return unwrap().size(axis);
    }

    public long count() {
        return unwrap().numel();
    }

    public long bytes() {
        return unwrap().nbytes();
    }

    public DType type() {
        return DType.of(unwrap().scalar_type());
    }

    /** The only element, as a double. */
    public double item() {
        return unwrap().item_double();
    }

    /** All elements in row-major order, converted to float32. */
    public float[] floats() {
        var host = hostCopy(DType.F32);
        float[] out = new float[Math.toIntExact(count())];
        if (out.length > 0) new FloatPointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    public double[] doubles() {
        var host = hostCopy(DType.F64);
        double[] out = new double[Math.toIntExact(count())];
        if (out.length > 0) new DoublePointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    public long[] longs() {
        var host = hostCopy(DType.I64);
        long[] out = new long[Math.toIntExact(count())];
        if (out.length > 0) new LongPointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    /** The little-endian bytes of all elements in row-major order, in this tensor's own type; below 2 GB. */
    public byte[] rawBytes() {
        var host = hostCopy(type());
        byte[] out = new byte[Math.toIntExact(bytes())];
        if (out.length > 0) new BytePointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    private org.bytedeco.pytorch.Tensor hostCopy(DType wanted) {
        try (var guard = new NoGradGuard(); var plain = unwrap().detach(); var cpu = plain.cpu(); var typed = cpu.to(wanted.torch)) {
            return typed.contiguous();
        }
    }

    /** Throws {@link ShapeException} unless the shape is as expected; {@link #ANY} allows any size. */
    public Tensor expect(String name, String axes, long... expected) {
        long[] found = shape();
        boolean same = found.length == expected.length;
        for (int i = 0; same && i < found.length; i++) same = expected[i] == ANY || expected[i] == found[i];
        if (same) return this;
        var wanted = new StringJoiner(", ", "[", "]");
        for (long e : expected) wanted.add(e == ANY ? "any" : Long.toString(e));
        throw new ShapeException("%s %s is %s, expected %s", name, axes, Arrays.toString(found), wanted);
    }

    // ---- shape -----------------------------------------------------------------------------------------------------------------

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
    public Tensor pixelUnshuffle(int r) {
        return map(t -> torch.pixel_unshuffle(t, r));
    }

    public Tensor pixelShuffle(int r) {
        return map(t -> torch.pixel_shuffle(t, r));
    }

    /** [B, C, h, w] to [B, C, 2h, 2w] by repeating pixels. */
    public Tensor doubleNearest() {
        return map(t -> torch.upsample_nearest2d(t, new long[] {2 * t.size(2), 2 * t.size(3)}, new DoubleOptional(), new DoubleOptional()));
    }

    /** [B, C, h, w] averaged over k × k cells. */
    public Tensor averagePool(int k) {
        return map(t -> torch.avg_pool2d(t, k, k));
    }

    public static Tensor cat(int axis, List<Tensor> parts) {
        try (var vector = vector(parts)) {
            return wrap(torch.cat(vector, axis));
        }
    }

    public static Tensor cat(int axis, Tensor... parts) {
        return cat(axis, List.of(parts));
    }

    public static Tensor stack(int axis, List<Tensor> parts) {
        try (var vector = vector(parts)) {
            return wrap(torch.stack(vector, axis));
        }
    }

    private static TensorVector vector(List<Tensor> parts) {
        return new TensorVector(parts.stream().map(Tensor::unwrap).toArray(org.bytedeco.pytorch.Tensor[]::new));
    }

    // ---- types -----------------------------------------------------------------------------------------------------------------

    /** This tensor in another type; itself when it already has it. */
    public Tensor to(DType type) {
        return type() == type ? this : wrap(unwrap().to(type.torch));
    }

    /** This tensor in the other's type: how weights that are stored narrowly meet activations. */
    public Tensor like(Tensor other) {
        return to(other.type());
    }

    // ---- arithmetic ------------------------------------------------------------------------------------------------------------

    public Tensor add(Tensor o) {
        return wrap(unwrap().add(o.unwrap()));
    }

    public Tensor sub(Tensor o) {
        return wrap(unwrap().sub(o.unwrap()));
    }

    public Tensor mul(Tensor o) {
        return wrap(unwrap().mul(o.unwrap()));
    }

    public Tensor div(Tensor o) {
        return wrap(unwrap().div(o.unwrap()));
    }

    public Tensor add(double v) {
        return scalar(v, (t, s) -> t.add(s));
    }

    public Tensor sub(double v) {
        return add(-v);
    }

    public Tensor mul(double v) {
        return scalar(v, (t, s) -> t.mul(s));
    }

    public Tensor div(double v) {
        return scalar(v, (t, s) -> t.div(s));
    }

    public Tensor pow(double v) {
        return scalar(v, (t, s) -> t.pow(s));
    }

    /** this + factor · o. */
    public Tensor addScaled(Tensor o, double factor) {
        try (var s = new Scalar(factor)) {
            return wrap(unwrap().add(o.unwrap(), s));
        }
    }

    /** this + a · b, element by element. */
    public Tensor addProduct(Tensor a, Tensor b) {
        return wrap(torch.addcmul(unwrap(), a.unwrap(), b.unwrap()));
    }

    public Tensor matmul(Tensor o) {
        Work.multiplied(count() * (o.dims() > 1 ? o.size(-1) : 1));
        return wrap(unwrap().matmul(o.unwrap()));
    }

    /** x Wᵀ + b over the last axis; weight [out, in] in x's type, bias [out] or null. */
    public Tensor linear(Tensor weight, Tensor bias) {
        Work.multiplied(count() * weight.size(0));
        if (worthPieces(weight)) return linearInPieces(weight, bias);
        try (var b = optional(bias)) {
            return wrap(torch.linear(unwrap(), weight.unwrap(), b));
        }
    }

    /** A product of fewer multiply-adds is done by one thread. */
    private static final long SHARED = 20_000_000;

    private boolean worthPieces(Tensor weight) {
        return count() * weight.size(0) > SHARED && type() == DType.F32 && Engine.start().sharesProducts()
                && !needsGradient() && !weight.needsGradient();
    }

    /** The same product, its longer side cut into pieces that several threads take; the cut depends on the sizes alone. */
    private Tensor linearInPieces(Tensor weight, Tensor bias) {
        long in = size(-1), out = weight.size(0), rows = count() / in, side = Math.max(rows, out);
        int pieces = 2 * (int) Math.max(1, Math.min(8, Math.round(side / 1024.0))), axis = rows >= out ? 0 : 1;
        long step = (side + pieces - 1) / pieces;
        long[] shape = shape();
        shape[shape.length - 1] = out;
        Tensor made = empty(DType.F32, shape);
        try (var x = unwrap().reshape(rows, in); var w = weight.unwrap().t(); var y = made.at.view(rows, out)) {
            Engine.start().crew().each(pieces, Engine.start().threads(), i -> {
                long from = i * step, length = Math.min(step, side - from);
                try (var part = y.narrow(axis, from, length); var a = axis == 0 ? x.narrow(0, from, length) : x.narrow(0, 0, rows);
                        var b = axis == 1 ? w.narrow(1, from, length) : w.narrow(1, 0, out)) {
                    torch.mm_out(part, a, b);
                }
            });
        }
        return bias == null ? made : made.add_(bias);
    }

    /** Convolution of [B, C, h, w] with [out, C, k, k]; bias [out] or null. */
    public Tensor conv2d(Tensor weight, Tensor bias, int stride, int padding) {
        try (var b = optional(bias)) {
            Tensor made = wrap(torch.conv2d(unwrap(), weight.unwrap(), b,
                    new long[] {stride, stride}, new long[] {padding, padding}, new long[] {1, 1}, 1));
            Work.multiplied(made.count() * (weight.count() / weight.size(0)));
            return made;
        }
    }

    /** (x − mean) / sqrt(var + eps) over the last axis, · weight + bias unless they are null. */
    public Tensor layerNorm(Tensor weight, Tensor bias, double eps) {
        try (var w = optional(weight); var b = optional(bias)) {
            return wrap(torch.layer_norm(unwrap(), new long[] {size(-1)}, w, b, eps, false));
        }
    }

    public Tensor groupNorm(int groups, Tensor weight, Tensor bias, double eps) {
        try (var w = optional(weight); var b = optional(bias)) {
            return wrap(torch.group_norm(unwrap(), groups, w, b, eps, false));
        }
    }

    /** Rows of this table [V, D] at the given int64 ids of any shape: [..., D]. */
    public Tensor lookup(Tensor ids) {
        return wrap(torch.embedding(unwrap(), ids.unwrap()));
    }

    /** softmax(q kᵀ · scale + bias) v for [B, H, N, d], [B, H, M, d], [B, H, M, e]; bias broadcasts to [B, H, N, M] or is null. */
    public static Tensor attention(Tensor q, Tensor k, Tensor v, Tensor bias, double scale) {
        Work.multiplied(q.count() * k.size(2) + q.count() / q.size(3) * k.size(2) * v.size(3));
        try (var s = new DoubleOptional(scale); var b = optional(bias)) {
            return wrap(torch.scaled_dot_product_attention(q.unwrap(), k.unwrap(), v.unwrap(), b, 0, false, s, false));
        }
    }

    /** scale · q k into this [C, N, M], ignoring what it held; q [C, N, d] and k [C, d, M] may be strided views. */
    public Tensor setProduct_(Tensor q, Tensor k, double scale) {
        Work.multiplied(q.count() * k.size(2));
        try (var zero = new Scalar(0.0); var s = new Scalar(scale)) {
            torch.baddbmm_out(unwrap(), at, q.unwrap(), k.unwrap(), zero, s);
            return this;
        }
    }

    /** a b into this [C, N, d], which may be a strided view. */
    public Tensor setProduct_(Tensor a, Tensor b) {
        Work.multiplied(a.count() * b.size(2));
        torch.bmm_out(unwrap(), a.unwrap(), b.unwrap());
        return this;
    }

    /** Softmax over the last axis, in place. */
    public Tensor softmax_() {
        torch.softmax_out(unwrap(), at, -1);
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
    public Tensor geluErf() {
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
    public Tensor unit() {
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

    public Tensor clamp(double low, double high) {
        try (var a = new Scalar(low); var b = new Scalar(high); var lo = new ScalarOptional(a); var hi = new ScalarOptional(b)) {
            return wrap(unwrap().clamp(lo, hi));
        }
    }

    public Tensor clampMin(double low) {
        try (var a = new Scalar(low); var lo = new ScalarOptional(a)) {
            return wrap(unwrap().clamp(lo));
        }
    }

    // ---- comparing and choosing ------------------------------------------------------------------------------------------------

    public Tensor eq(double v) {
        return scalar(v, (t, s) -> t.eq(s));
    }

    public Tensor lt(double v) {
        return scalar(v, (t, s) -> t.lt(s));
    }

    public Tensor gt(double v) {
        return scalar(v, (t, s) -> t.gt(s));
    }

    /** Where this (BOOL) is true the first, elsewhere the second. */
    public Tensor choose(Tensor yes, Tensor no) {
        return wrap(torch.where(unwrap(), yes.unwrap(), no.unwrap()));
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

    // ---- reducing --------------------------------------------------------------------------------------------------------------

    public Tensor sum() {
        return wrap(unwrap().sum());
    }

    public Tensor mean() {
        return wrap(unwrap().mean());
    }

    /** Sum over axes, which disappear unless kept. */
    public Tensor sum(boolean keep, long... axes) {
        return wrap(unwrap().sum(axes, keep, new ScalarTypeOptional()));
    }

    public Tensor mean(boolean keep, long... axes) {
        return wrap(unwrap().mean(axes, keep, new ScalarTypeOptional()));
    }

    public Tensor amax(boolean keep, long... axes) {
        return wrap(unwrap().amax(axes, keep));
    }

    /** √ of the sum of squares, in float32 at least. */
    public Tensor norm() {
        return wrap(unwrap().norm());
    }

    public Tensor cumsum(int axis) {
        return wrap(unwrap().cumsum(axis));
    }

    // ---- in place --------------------------------------------------------------------------------------------------------------

    public Tensor fill_(double v) {
        try (var s = new Scalar(v)) {
            unwrap().fill_(s);
            return this;
        }
    }

    public Tensor copy_(Tensor o) {
        unwrap().copy_(o.unwrap());
        return this;
    }

    public Tensor add_(Tensor o) {
        unwrap().add_(o.unwrap());
        return this;
    }

    public Tensor add_(Tensor o, double factor) {
        try (var s = new Scalar(factor)) {
            unwrap().add_(o.unwrap(), s);
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

    public Tensor mul_(Tensor o) {
        unwrap().mul_(o.unwrap());
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
    public Tensor addProduct_(Tensor a, Tensor b, double factor) {
        try (var s = new Scalar(factor)) {
            unwrap().addcmul_(a.unwrap(), b.unwrap(), s);
            return this;
        }
    }

    /** this += factor · a / b. */
    public Tensor addQuotient_(Tensor a, Tensor b, double factor) {
        try (var s = new Scalar(factor)) {
            unwrap().addcdiv_(a.unwrap(), b.unwrap(), s);
            return this;
        }
    }

    /** this += weight · (o − this). */
    public Tensor lerp_(Tensor o, double weight) {
        try (var s = new Scalar(weight)) {
            unwrap().lerp_(o.unwrap(), s);
            return this;
        }
    }

    // ---- gradients -------------------------------------------------------------------------------------------------------------

    /** Runs work without recording gradients; nests. */
    public static <T> T withoutGradients(Supplier<T> work) {
        try (var guard = new NoGradGuard()) {
            return work.get();
        }
    }

    /** Whether a gradient flows through this tensor. */
    public boolean needsGradient() {
        return unwrap().requires_grad();
    }

    public Tensor needGradient(boolean wanted) {
        unwrap().set_requires_grad(wanted);
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
    public Tensor gradient() {
        var g = unwrap().grad();
        if (g.isNull() || !g.defined()) throw new IllegalStateException("no gradient has reached this tensor");
        return wrap(g.detach());        // grad() is a reference into this tensor, which may be freed before
    }

    /** Lets gradients be collected in the given tensor of the same shape, so that many can share one flat memory. */
    public void collectGradientIn(Tensor memory) {
        unwrap().mutable_grad().put(memory.unwrap());
    }

    /** Lets this tensor use the other's memory from now on: how parameters become slices of one flat tensor. */
    public void shareMemoryOf(Tensor other) {
        unwrap().set_data(other.unwrap());
    }

    // ---- inside ----------------------------------------------------------------------------------------------------------------

    private interface ScalarOp {
        org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t, Scalar s);
    }

    private Tensor scalar(double value, ScalarOp op) {
        try (var s = new Scalar(value)) {
            return wrap(op.apply(unwrap(), s));
        }
    }

    private static TensorOptional optional(Tensor t) {
        return t == null ? new TensorOptional() : new TensorOptional(t.unwrap());
    }

    /** The address of the first element: two tensors with the same one share memory. */
    public long address() {
        Pointer p = unwrap().data_ptr();
        return p == null ? 0 : p.address();
    }

    @Override
    public String toString() {
        return at.isNull() ? "Tensor (freed)" : "Tensor " + type() + Arrays.toString(shape());
    }
}
