package dev.mige4j.sampler;

/** The times at which a solver calls the model, from t = 1 down to t = 1/1000. */
public enum TimeGrid {
    /** Evenly spaced, as in the reference. */
    UNIFORM {
        @Override
        public float[] times(NoiseSchedule schedule, int steps) {
            return schedule.timesteps(steps);
        }
    },
    /**
     * Noise levels that were optimized for few steps with Stable Diffusion 1.5, interpolated for other numbers of steps
     * as its authors do. The first step leads from t = 1 to the largest of them, the last one to t = 1/1000. Source:
     * Align Your Steps, arXiv 2404.14507.
     */
    ALIGN_YOUR_STEPS {
        @Override
        public float[] times(NoiseSchedule schedule, int steps) {
            float[] times = schedule.timesteps(steps), lambda = new float[steps - 1];
            for (int i = 0; i < lambda.length; i++) {
                double position = (double) i * (LEVELS.length - 1) / lambda.length;
                int below = (int) position;
                double low = Math.log(LEVELS[below]), high = Math.log(LEVELS[below + 1]);
                lambda[i] = (float) -(low + (position - below) * (high - low));
            }
            System.arraycopy(schedule.inverseLambda(lambda), 0, times, 1, lambda.length);
            return times;
        }
    };

    /** sigma/alpha of the ten optimized steps of Stable Diffusion 1.5, and of their end. */
    private static final double[] LEVELS = {
        14.6146, 6.4746, 3.8637, 2.6946, 1.8842, 1.3944, 0.9643, 0.6524, 0.3977, 0.1515, 0.0292
    };

    /**
     * The grid of a number of steps, at least 2.
     *
     * @return steps + 1 times, descending
     */
    public abstract float[] times(NoiseSchedule schedule, int steps);
}
