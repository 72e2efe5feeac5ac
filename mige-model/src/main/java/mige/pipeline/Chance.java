package mige.pipeline;

import mige.tensor.Rng;
import mige.tensor.Tensor;

/** The noise of a request. The usual one depends on the seed and the position alone; comparisons with the reference bring their own. */
public interface Chance {

    /** The slot of the canvas, when it is drawn apart from the references. */
    int CANVAS = -1;

    /** Standard normal noise that picture {@code index} starts from, [1, c, h, w]. */
    Tensor initial(int index, long... shape);

    /** Standard normal noise for the autoencoder's sample of a picture: slot 0.. of the instruction, or {@link #CANVAS}. Faithful mode only. */
    Tensor forPicture(int slot, long... shape);

    /** Fresh noise for the steps of picture {@code index}, for models that are sampled with it; never in faithful mode. */
    default Rng onTheWay(int index) {
        return new Rng(0x57414c4bL, index);
    }

    static Chance of(Settings settings) {
        return new Chance() {
            @Override
            public Tensor initial(int index, long... shape) {
                return new Rng(settings.seed(), index).normal(shape);
            }

            @Override
            public Tensor forPicture(int slot, long... shape) {
                return new Rng(settings.seed(), -2L - slot).normal(shape);
            }

            @Override
            public Rng onTheWay(int index) {
                return new Rng(settings.seed(), Long.MIN_VALUE + index);
            }
        };
    }
}
