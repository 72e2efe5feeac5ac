package dev.mige4j.train.loss;

import dev.mige4j.tensor.Rng;

/** Distribution of the timesteps in training. */
public enum TimestepSampling {
    /** All equally often, as in the reference. */
    UNIFORM {
        @Override
        int draw(Rng rng, int numTimesteps) {
            return rng.nextInt(numTimesteps);
        }
    },
    /**
     * Middle ones more often: t / T is the logistic function of a normal variable (arXiv 2403.03206, section 3.1), here
     * with mean −0.4 and standard deviation 1.1, since the linear noise schedule leaves little of a small latent beyond
     * the middle.
     */
    LOGIT_NORMAL {
        @Override
        int draw(Rng rng, int numTimesteps) {
            double logit = -0.4 + 1.1 * rng.nextGaussians(1)[0];
            return Math.min(numTimesteps - 1, (int) (numTimesteps / (1 + Math.exp(-logit))));
        }
    };

    abstract int draw(Rng rng, int numTimesteps);
}
