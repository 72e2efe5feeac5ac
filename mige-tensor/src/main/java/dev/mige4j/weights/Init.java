package dev.mige4j.weights;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;

/** Initialization of a weight for training from scratch; loading a checkpoint never uses it. */
@FunctionalInterface
public interface Init {

    /** A float32 tensor of the given shape. */
    Tensor create(Rng rng, long... shape);

    /** Zeros. */
    Init ZEROS = (rng, shape) -> Tensor.zeros(shape);

    /** Ones. */
    Init ONES = (rng, shape) -> Tensor.ones(shape);

    /** Uniform in ±√(6 / (fan in + fan out)); a kernel counts as the matrix [out, in · k · k]. */
    Init XAVIER_UNIFORM = (rng, shape) -> {
        double fanOut = shape[0], fanIn = product(shape) / fanOut;
        double bound = Math.sqrt(6 / (fanIn + fanOut));
        return rng.uniform(-bound, bound, shape);
    };

    /** Uniform in ±1/√(in · k · k), PyTorch's default for convolutions. */
    Init CONV_DEFAULT = (rng, shape) -> {
        double bound = 1 / Math.sqrt((double) product(shape) / shape[0]);
        return rng.uniform(-bound, bound, shape);
    };

    /**
     * Normal with variance 1 / fan in, which keeps the scale of activations at any width. The reference uses a standard
     * deviation of 0.02, which is similar at its widths but would make the activations of small models vanish.
     */
    Init LECUN_NORMAL = (rng, shape) ->
            normal(Math.sqrt((double) shape[0] / product(shape))).create(rng, shape);

    /** Uniform in [-bound, bound). */
    static Init uniform(double bound) {
        return (rng, shape) -> rng.uniform(-bound, bound, shape);
    }

    /** Normal with mean 0. */
    static Init normal(double std) {
        return (rng, shape) -> rng.normal(shape).mul_(std);
    }

    /** Normal with mean 0, clamped to ±2, as timm's {@code trunc_normal_}. */
    static Init truncatedNormal(double std) {
        return (rng, shape) -> rng.normal(shape).mul_(std).clamp(-2, 2);
    }

    private static long product(long... shape) {
        long n = 1;
        for (long s : shape) n *= s;
        return n;
    }
}
