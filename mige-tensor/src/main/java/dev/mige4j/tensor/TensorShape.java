package dev.mige4j.tensor;

import dev.mige4j.common.ShapeException;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.Function;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Shape, indexing, joining and layout: the part of {@link Tensor} that moves elements without computing. */
abstract sealed class TensorShape permits TensorMath {

    /** In {@link #expect}: any size of this axis. */
    public static final long ANY = -1;

    abstract org.bytedeco.pytorch.Tensor unwrap();

    /** Applies an operation whose result may share memory with this tensor. */
    abstract Tensor map(Function<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> operation);

    final Tensor self() {
        return (Tensor) this;
    }

    /** The sizes, outermost axis first; a new array each time. */
    public long[] shape() {
        long[] s = new long[dim()];
        for (int i = 0; i < s.length; i++) s[i] = unwrap().size(i);
        return s;
    }

    /** Number of axes. */
    public int dim() {
        return (int) unwrap().dim();
    }

    /** Size of one axis; negative axes count from the end. */
    public long size(int axis) {
        return unwrap().size(axis);
    }

    /** Number of elements. */
    public long numel() {
        return unwrap().numel();
    }

    /** Size of the elements in bytes. */
    public long nbytes() {
        return unwrap().nbytes();
    }

    /** The element type. */
    public DType dtype() {
        return DType.of(unwrap().scalar_type());
    }

    /**
     * Checks the shape and returns this tensor.
     *
     * @param name of the tensor, for the message
     * @param axes names of the axes, for the message, such as {@code [B, N, C]}
     * @param expected size of each axis, or {@link #ANY}
     * @throws ShapeException for another shape: {@code patches [B, N, C] is [1, 9, 12], expected [2, any, 12]}
     */
    public Tensor expect(String name, String axes, long... expected) {
        long[] actual = shape();
        boolean matches = actual.length == expected.length;
        for (int i = 0; matches && i < actual.length; i++) matches = expected[i] == ANY || expected[i] == actual[i];
        if (matches) return self();
        var expectedShape = new StringJoiner(", ", "[", "]");
        for (long e : expected) expectedShape.add(e == ANY ? "any" : Long.toString(e));
        throw new ShapeException("%s %s is %s, expected %s", name, axes, Arrays.toString(actual), expectedShape);
    }

    /** The same elements in another shape, without a copy. */
    public Tensor view(long... shape) {
        return map(t -> t.view(shape));
    }

    /** The same elements in another shape, copied if their layout requires it. */
    public Tensor reshape(long... shape) {
        return map(t -> t.reshape(shape));
    }

    /** Reorders the axes; a view. */
    public Tensor permute(long... axes) {
        return map(t -> t.permute(axes));
    }

    /** Swaps two axes; a view. */
    public Tensor transpose(int a, int b) {
        return map(t -> t.transpose(a, b));
    }

    /** A range of one axis; a view. */
    public Tensor narrow(int axis, long start, long length) {
        return map(t -> t.narrow(axis, start, length));
    }

    /** One index of an axis, which is removed; a view. */
    public Tensor select(int axis, long index) {
        return map(t -> t.select(axis, index));
    }

    /** Item i of the first axis, which is kept: [1, ...]; a view. */
    public Tensor row(long i) {
        return narrow(0, i, 1);
    }

    /** Inserts an axis of size 1; a view. */
    public Tensor unsqueeze(int axis) {
        return map(t -> t.unsqueeze(axis));
    }

    /** Removes an axis if its size is 1; a view. */
    public Tensor squeeze(int axis) {
        return map(t -> t.squeeze(axis));
    }

    /** Repeats axes of size 1 without a copy; a view. */
    public Tensor expand(long... shape) {
        return map(t -> t.expand(shape));
    }

    /** Repeats the elements along each axis; a copy. */
    public Tensor repeat(long... times) {
        return map(t -> t.repeat(times));
    }

    /** Repeats each element {@code times} times along an axis: [a, b] to [a, a, b, b]; a copy. */
    public Tensor repeatInterleave(long times, int axis) {
        try (var a = new LongOptional(axis)) {
            return map(t -> t.repeat_interleave(times, a, new LongOptional()));
        }
    }

    /** Reverses the order along axes; a copy. */
    public Tensor flip(long... axes) {
        return map(t -> t.flip(axes));
    }

    /** This tensor in row-major layout, copied if necessary. */
    public Tensor contiguous() {
        return map(t -> t.contiguous());
    }

    /** A copy with its own memory ({@code clone} in PyTorch). */
    public Tensor copy() {
        return Tensor.wrap(unwrap().clone());
    }

    /** The slices at int64 indices along an axis. */
    public Tensor indexSelect(int axis, Tensor indices) {
        return Tensor.wrap(unwrap().index_select(axis, indices.unwrap()));
    }

    /** One element per int64 index along an axis, as PyTorch's {@code gather}. */
    public Tensor gather(int axis, Tensor indices) {
        return Tensor.wrap(unwrap().gather(axis, indices.unwrap()));
    }

    /** Concatenates along an existing axis. */
    public static Tensor cat(int axis, List<Tensor> tensors) {
        try (var vector = toVector(tensors)) {
            return Tensor.wrap(torch.cat(vector, axis));
        }
    }

    /** Concatenates along an existing axis. */
    public static Tensor cat(int axis, Tensor... tensors) {
        return cat(axis, List.of(tensors));
    }

    /** Concatenates along a new axis. */
    public static Tensor stack(int axis, List<Tensor> tensors) {
        try (var vector = toVector(tensors)) {
            return Tensor.wrap(torch.stack(vector, axis));
        }
    }

    private static TensorVector toVector(List<Tensor> tensors) {
        return new TensorVector(tensors.stream().map(Tensor::unwrap).toArray(org.bytedeco.pytorch.Tensor[]::new));
    }

    /**
     * Constant padding.
     *
     * @param beforeAfter pairs (before, after), last axis first, as in PyTorch's {@code constant_pad_nd}
     */
    public Tensor pad(double value, long... beforeAfter) {
        try (var v = new Scalar(value)) {
            return map(t -> torch.constant_pad_nd(t, beforeAfter, v));
        }
    }

    /** [B, C, h, w] to [B, C·r², h/r, w/r], as PyTorch's {@code pixel_unshuffle}. */
    public Tensor pixelUnshuffle(int downscaleFactor) {
        return map(t -> torch.pixel_unshuffle(t, downscaleFactor));
    }

    /** [B, C·r², h, w] to [B, C, h·r, w·r], as PyTorch's {@code pixel_shuffle}. */
    public Tensor pixelShuffle(int upscaleFactor) {
        return map(t -> torch.pixel_shuffle(t, upscaleFactor));
    }

    /** Address of the first element; tensors with the same address share memory. */
    public long dataPtr() {
        Pointer p = unwrap().data_ptr();
        return p == null ? 0 : p.address();
    }
}
