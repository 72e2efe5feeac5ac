package dev.mige4j.weights;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;

/** The value a weight has when training starts from nothing; a loaded checkpoint never falls back to it. */
@FunctionalInterface
public interface Init {

    /** A float32 tensor of the shape, drawn from the given source. */
    Tensor create(Rng rng, long... shape);

    Init ZEROS = (rng, shape) -> Tensor.zeros(shape);
    Init ONES = (rng, shape) -> Tensor.ones(shape);

    /** Uniform in ±√(6 / (in + out)), a kernel seen as the matrix [out, in · k · k]. */
    Init XAVIER_UNIFORM = (rng, shape) -> {
        double fanOut = shape[0], fanIn = product(shape) / fanOut;
        double bound = Math.sqrt(6 / (fanIn + fanOut));
        return rng.uniform(-bound, bound, shape);
    };

    /** Uniform in ±1/√(in · k · k): PyTorch's default for convolutions. */
    Init CONV_DEFAULT = (rng, shape) -> {
        double bound = 1 / Math.sqrt((double) product(shape) / shape[0]);
        return rng.uniform(-bound, bound, shape);
    };

    /**
     * Normal with variance 1 / in, so that what goes through keeps its size at any width. Where the reference draws
     * with a deviation of 0.02, which is about that at its widths, a small model would begin with parts that hardly say
     * anything.
     */
    Init LECUN_NORMAL = (rng, shape) ->
            normal(Math.sqrt((double) shape[0] / product(shape))).create(rng, shape);

    static Init uniform(double bound) {
        return (rng, shape) -> rng.uniform(-bound, bound, shape);
    }

    static Init normal(double std) {
        return (rng, shape) -> rng.normal(shape).mul_(std);
    }

    /** Normal around 0, cut at ±2: in the deviations used here the cut is never met. */
    static Init truncatedNormal(double std) {
        return (rng, shape) -> rng.normal(shape).mul_(std).clamp(-2, 2);
    }

    private static long product(long... shape) {
        long n = 1;
        for (long s : shape) n *= s;
        return n;
    }
}
