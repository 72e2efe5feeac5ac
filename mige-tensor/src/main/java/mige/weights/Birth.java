package mige.weights;

import mige.tensor.Rng;
import mige.tensor.Tensor;

/** The value a weight has when training starts from nothing; a loaded checkpoint never falls back to it. */
@FunctionalInterface
public interface Birth {

    /** A float32 tensor of the shape, drawn from the given source. */
    Tensor make(Rng rng, long... shape);

    Birth ZERO = (rng, shape) -> Tensor.zeros(shape);
    Birth ONE = (rng, shape) -> Tensor.ones(shape);

    /** Uniform in ±√(6 / (in + out)), a kernel seen as the matrix [out, in · k · k]. */
    Birth XAVIER = (rng, shape) -> {
        double out = shape[0], in = product(shape) / out;
        double bound = Math.sqrt(6 / (in + out));
        return rng.uniform(-bound, bound, shape);
    };

    /** Uniform in ±1/√(in · k · k): PyTorch's default for convolutions. */
    Birth CONV_DEFAULT = (rng, shape) -> {
        double bound = 1 / Math.sqrt((double) product(shape) / shape[0]);
        return rng.uniform(-bound, bound, shape);
    };

    /**
     * Normal with variance 1 / in, so that what goes through keeps its size at any width. Where the reference draws with a deviation of
     * 0.02, which is about that at its widths, a small model would begin with parts that hardly say anything.
     */
    Birth FAN_IN = (rng, shape) -> normal(Math.sqrt((double) shape[0] / product(shape))).make(rng, shape);

    static Birth uniform(double bound) {
        return (rng, shape) -> rng.uniform(-bound, bound, shape);
    }

    static Birth normal(double deviation) {
        return (rng, shape) -> rng.normal(shape).mul_(deviation);
    }

    /** Normal around 0, cut at ±2: in the deviations used here the cut is never met. */
    static Birth truncatedNormal(double deviation) {
        return (rng, shape) -> rng.normal(shape).mul_(deviation).clamp(-2, 2);
    }

    private static long product(long... shape) {
        long n = 1;
        for (long s : shape) n *= s;
        return n;
    }
}
