package dev.mige4j.pipeline;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;

/**
 * The random numbers of one request. Each stream depends on the seed and a position only, so an image does not depend
 * on the number of images, threads or other requests.
 */
record RequestNoise(long seed) {

    /** The slot of the source latent where it is sampled separately from the reference images. */
    static final int SOURCE_SLOT = -1;

    /** Standard normal noise from which image {@code index} is denoised, [1, c, h, w]. */
    Tensor initialNoise(int index, long... shape) {
        return new Rng(seed, index).normal(shape);
    }

    /**
     * Standard normal noise for sampling the latent distribution of a conditioning image.
     *
     * @param slot position of the image in the instruction, from 0, or {@link #SOURCE_SLOT}
     */
    Tensor latentNoise(int slot, long... shape) {
        return new Rng(seed, -2L - slot).normal(shape);
    }

    /** The noise that an ancestral solver adds during the steps of image {@code index}. */
    Rng stepNoise(int index) {
        return new Rng(seed, Long.MIN_VALUE + index);
    }
}
