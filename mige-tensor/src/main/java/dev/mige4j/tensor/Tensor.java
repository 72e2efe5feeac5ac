package dev.mige4j.tensor;

import dev.mige4j.common.ShapeException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * An n-dimensional array on libtorch. Operations return a new tensor; those whose name ends in {@code _} modify this
 * one, and those ending in {@code Out} write their result into it.
 *
 * <p>Names and semantics follow PyTorch: row-major shapes, broadcasting, type promotion, and negative axes that count
 * from the end. A tensor created inside a {@link Scope} is freed with it.
 *
 * <p>This class has creation, conversion and automatic differentiation. {@code TensorShape} has the operations on the
 * shape, {@code TensorMath} the arithmetic, {@code TensorFunctional} those of {@code torch.nn.functional}.
 */
public final class Tensor extends TensorFunctional {

    private static volatile Runnable readBackListener = () -> {};

    private final org.bytedeco.pytorch.Tensor handle;

    private Object backing; // memory that must outlive the tensor, for instance a mapped file; null: none

    private Tensor(org.bytedeco.pytorch.Tensor handle, Object backing) {
        this.handle = handle;
        this.backing = backing;
        Scope.register(this);
    }

    static Tensor wrap(org.bytedeco.pytorch.Tensor handle) {
        return new Tensor(handle, null);
    }

    @Override
    org.bytedeco.pytorch.Tensor unwrap() {
        if (handle.isNull()) throw new IllegalStateException("The tensor is used after its scope has ended.");
        return handle;
    }

    @Override
    Tensor map(Function<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> operation) {
        return new Tensor(operation.apply(unwrap()), backing);
    }

    /** Frees the native memory now. Usually the {@link Scope} around the computation does it. */
    public void close() {
        handle.close();
        backing = null;
    }

    /** A float32 tensor of zeros. */
    public static Tensor zeros(long... shape) {
        return zeros(DType.F32, shape);
    }

    /** A tensor of zeros. */
    public static Tensor zeros(DType dtype, long... shape) {
        return wrap(torch.zeros(shape, Engine.instance().tensorOptions(dtype)));
    }

    /** An uninitialized tensor. */
    public static Tensor empty(DType dtype, long... shape) {
        return wrap(torch.torch_empty(shape, Engine.instance().tensorOptions(dtype), new MemoryFormatOptional()));
    }

    /** A float32 tensor filled with a value. */
    public static Tensor full(double value, long... shape) {
        return zeros(shape).fill_(value);
    }

    /** A float32 tensor of ones. */
    public static Tensor ones(long... shape) {
        return full(1, shape);
    }

    /**
     * A float32 tensor with a copy of the values, row-major.
     *
     * @throws ShapeException unless their number is the product of the shape
     */
    public static Tensor of(float[] values, long... shape) {
        return upload(
                DType.F32, values.length, shape, memory -> new FloatPointer(memory).put(values, 0, values.length));
    }

    /**
     * As {@link #of(float[], long...)}, but in the memory of the host, whatever the device: for schedules and other
     * short computations whose results the host needs. It must not be combined with tensors of the device.
     */
    public static Tensor ofHost(float[] values, long... shape) {
        return wrap(onHost(
                DType.F32, values.length, shape, memory -> new FloatPointer(memory).put(values, 0, values.length)));
    }

    /** A float64 tensor; see {@link #of(float[], long...)}. */
    public static Tensor of(double[] values, long... shape) {
        return upload(
                DType.F64, values.length, shape, memory -> new DoublePointer(memory).put(values, 0, values.length));
    }

    /** An int64 tensor; see {@link #of(float[], long...)}. */
    public static Tensor of(long[] values, long... shape) {
        return upload(DType.I64, values.length, shape, memory -> new LongPointer(memory).put(values, 0, values.length));
    }

    /** An int64 tensor; see {@link #of(float[], long...)}. */
    public static Tensor of(int[] values, long... shape) {
        return of(Arrays.stream(values).asLongStream().toArray(), shape);
    }

    /** An unsigned 8-bit tensor; see {@link #of(float[], long...)}. */
    public static Tensor of(byte[] values, long... shape) {
        return ofBytes(DType.U8, values, shape);
    }

    /** A tensor of any type with a copy of its little-endian bytes. */
    public static Tensor ofBytes(DType dtype, byte[] bytes, long... shape) {
        return upload(dtype, bytes.length / dtype.elementSize(), shape, memory -> new BytePointer(memory)
                .put(bytes, 0, bytes.length));
    }

    /**
     * A tensor over a memory-mapped, read-only, little-endian buffer, without a copy. Writing to it crashes the
     * process.
     */
    public static Tensor fromBuffer(DType dtype, MappedByteBuffer buffer, long... shape) {
        return fromBlob(dtype, buffer, shape);
    }

    private static Tensor fromBlob(DType dtype, ByteBuffer buffer, long... shape) {
        long requiredBytes = numel(shape) * dtype.elementSize();
        if (buffer.remaining() < requiredBytes || buffer.order() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalArgumentException("The buffer has " + buffer.remaining() + " bytes (" + buffer.order()
                    + "), expected at least " + requiredBytes + " (little-endian).");
        }
        Engine engine = Engine.instance();
        BytePointer pointer = new BytePointer(buffer);
        try (var options = new TensorOptions(dtype.scalarType)) {
            var mapped = torch.from_blob(pointer, shape, options);
            return engine.isCpu() ? new Tensor(mapped, pointer) : wrap(toDevice(mapped));
        } finally {
            Reference.reachabilityFence(buffer); // it must not be unmapped during the copy
        }
    }

    /**
     * A tensor over part of a file, mapped privately (copy-on-write), for tensors beyond the 2 GB limit of a Java
     * buffer.
     *
     * @param offset of the first byte, a multiple of the element size
     */
    public static Tensor fromFile(DType dtype, Path file, long offset, long... shape) {
        Engine engine = Engine.instance();
        long end = offset + numel(shape) * dtype.elementSize();
        try (var shared = new BoolOptional(false);
                var size = new LongOptional(end);
                var options = new TensorOptions(DType.U8.scalarType)) {
            var mapped = torch.from_file(file.toString(), shared, size, options)
                    .narrow(0, offset, end - offset)
                    .view(dtype.scalarType)
                    .view(shape);
            return wrap(engine.isCpu() ? mapped : toDevice(mapped));
        }
    }

    private static Tensor upload(DType dtype, long values, long[] shape, Consumer<Pointer> fill) {
        var host = onHost(dtype, values, shape, fill);
        return wrap(Engine.instance().isCpu() ? host : toDevice(host));
    }

    /** Allocates memory of the host and lets {@code fill} write the values. */
    private static org.bytedeco.pytorch.Tensor onHost(DType dtype, long values, long[] shape, Consumer<Pointer> fill) {
        if (numel(shape) != values)
            throw new ShapeException("%d values cannot fill a tensor of shape %s", values, Arrays.toString(shape));
        try (var options = Engine.instance().hostOptions(dtype, values)) {
            var host = torch.torch_empty(shape, options, new MemoryFormatOptional());
            if (values > 0) fill.accept(host.data_ptr());
            return host;
        }
    }

    /**
     * Copies to the device and frees the host's tensor. From pinned memory the copy is only queued; libtorch reuses the
     * memory when the copy is done.
     */
    private static org.bytedeco.pytorch.Tensor toDevice(org.bytedeco.pytorch.Tensor host) {
        try (host) {
            return host.to(Engine.instance().device(), host.scalar_type(), true, true, new MemoryFormatOptional());
        }
    }

    /**
     * A float32 tensor of standard normal numbers, drawn on the device by a generator of its own, as PyTorch's
     * {@code torch.randn(shape, generator=torch.Generator(device).manual_seed(seed))}. The same seed gives the same
     * numbers on the same kind of device; {@link Rng} gives the same numbers on all.
     */
    public static Tensor randn(long seed, long... shape) {
        try (var generator = Engine.instance().generator(seed)) {
            return wrap(torch.torch_randn(shape, generator, Engine.instance().tensorOptions(DType.F32)));
        }
    }

    /** The int64 tensor [0, 1, ..., n - 1]. */
    public static Tensor arange(long n) {
        try (var end = new Scalar(n)) {
            return wrap(torch.arange(end, Engine.instance().tensorOptions(DType.I64)));
        }
    }

    static long numel(long... shape) {
        long n = 1;
        for (long s : shape) n = Math.multiplyExact(n, s);
        return n;
    }

    /** For tests: called whenever values are read back to the host, for which the host waits for the device. */
    static void setReadBackListener(Runnable listener) {
        readBackListener = listener;
    }

    /** The value of a tensor with one element. */
    public double item() {
        readBackListener.run();
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

    /** All elements in row-major order, converted to float64. */
    public double[] toDoubleArray() {
        var host = contiguousOnHost(DType.F64);
        double[] out = new double[Math.toIntExact(numel())];
        if (out.length > 0) new DoublePointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    /** All elements in row-major order, converted to int64. */
    public long[] toLongArray() {
        var host = contiguousOnHost(DType.I64);
        long[] out = new long[Math.toIntExact(numel())];
        if (out.length > 0) new LongPointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    /** The little-endian bytes of all elements in row-major order, in this tensor's own type; at most 2 GB. */
    public byte[] toByteArray() {
        var host = contiguousOnHost(dtype());
        byte[] out = new byte[Math.toIntExact(nbytes())];
        if (out.length > 0) new BytePointer(host.data_ptr()).get(out);
        host.close();
        return out;
    }

    private org.bytedeco.pytorch.Tensor contiguousOnHost(DType dtype) {
        readBackListener.run();
        try (var guard = new NoGradGuard();
                var detached = unwrap().detach();
                var cpu = detached.cpu();
                var typed = cpu.to(dtype.scalarType)) {
            return typed.contiguous();
        }
    }

    /** Converts to another type; returns this tensor if it already has it. */
    public Tensor to(DType dtype) {
        return dtype() == dtype ? this : wrap(unwrap().to(dtype.scalarType));
    }

    /** Converts to the type of another tensor, for instance stored weights to that of the activations. */
    public Tensor typeAs(Tensor other) {
        return to(other.dtype());
    }

    /** Runs {@code work} without recording gradients on this thread; may be nested. */
    public static <T> T noGrad(Supplier<T> work) {
        Engine.instance(); // loads libtorch
        try (var guard = new NoGradGuard()) {
            return work.get();
        }
    }

    /** Whether gradients are computed for this tensor. */
    public boolean requiresGrad() {
        return unwrap().requires_grad();
    }

    /** Turns the recording of gradients for this tensor on or off. */
    public Tensor requiresGrad_(boolean requiresGrad) {
        unwrap().set_requires_grad(requiresGrad);
        return this;
    }

    /** The same values without their gradient history; shares memory. */
    public Tensor detach() {
        return map(t -> t.detach());
    }

    /** Accumulates the gradients of this scalar into every leaf it was computed from. */
    public void backward() {
        unwrap().backward();
    }

    /**
     * As {@link #backward()}, and keeps the history for another backward pass through parts of it
     * ({@code retain_graph}).
     */
    public void backwardRetainingGraph() {
        try (var one = new org.bytedeco.pytorch.Tensor();
                var retainGraph = new BoolOptional(true)) {
            unwrap().backward(one, retainGraph, false, new TensorArrayRefOptional());
        }
    }

    /** Accumulates gradients into the leaves, starting from the gradient of this tensor. */
    public void backward(Tensor gradient) {
        unwrap().backward(gradient.unwrap(), new BoolOptional(), false, new TensorArrayRefOptional());
    }

    /** Whether a gradient has been accumulated. */
    public boolean hasGrad() {
        var grad = unwrap().grad();
        return !grad.isNull() && grad.defined();
    }

    /**
     * The accumulated gradient.
     *
     * @throws IllegalStateException if there is none
     */
    public Tensor grad() {
        var grad = unwrap().grad();
        if (grad.isNull() || !grad.defined()) throw new IllegalStateException("The tensor has no gradient.");
        return wrap(grad.detach()); // grad() points into this tensor, which may be freed first
    }

    /** Makes gradients accumulate in the given tensor of the same shape, so that many can share one flat buffer. */
    public void setGrad(Tensor grad) {
        unwrap().mutable_grad().put(grad.unwrap());
    }

    /** Makes this tensor use the memory of another, so that parameters can be slices of one flat tensor. */
    public void setData(Tensor other) {
        unwrap().set_data(other.unwrap());
    }

    @Override
    public String toString() {
        return handle.isNull() ? "Tensor (freed)" : "Tensor " + dtype() + Arrays.toString(shape());
    }
}
