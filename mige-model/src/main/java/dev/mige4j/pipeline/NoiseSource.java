package dev.mige4j.pipeline;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;

/**
 * The noise of a request. The usual one depends on the seed and the position alone; comparisons with the reference
 * bring their own.
 */
public interface NoiseSource {

    /** The slot of the canvas, when it is drawn apart from the references. */
    int SOURCE_SLOT = -1;

    /** Standard normal noise that picture {@code index} starts from, [1, c, h, w]. */
    Tensor initialNoise(int index, long... shape);

    /**
     * Standard normal noise for the autoencoder's sample of a picture: slot 0.. of the instruction, or
     * {@link #SOURCE_SLOT}. Faithful mode only.
     */
    Tensor vaeNoise(int slot, long... shape);

    /**
     * Fresh noise for the steps of picture {@code index}, for models that are sampled with it; never in faithful mode.
     */
    default Rng stepNoise(int index) {
        return new Rng(0x57414c4bL, index);
    }

    static NoiseSource of(Settings settings) {
        return new NoiseSource() {
            @Override
            public Tensor initialNoise(int index, long... shape) {
                return new Rng(settings.seed(), index).normal(shape);
            }

            @Override
            public Tensor vaeNoise(int slot, long... shape) {
                return new Rng(settings.seed(), -2L - slot).normal(shape);
            }

            @Override
            public Rng stepNoise(int index) {
                return new Rng(settings.seed(), Long.MIN_VALUE + index);
            }
        };
    }
}
