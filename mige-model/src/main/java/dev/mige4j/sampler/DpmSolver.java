package dev.mige4j.sampler;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;

/**
 * Second-order multistep DPM-Solver++ on predictions of the clean latent.
 *
 * <pre>
 *   M_i = (x_i − σ_i ε(x_i, t_i)) / α_i
 *   h   = λ_i − λ_(i−1),  r = (λ_(i−1) − λ_(i−2)) / h,  φ = expm1(−h)
 *   first order:   x_i = (σ_i / σ_(i−1)) x_(i−1) − α_i φ M_(i−1)
 *   second order:  the same − ½ α_i φ · (M_(i−1) − M_(i−2)) / r
 * </pre>
 *
 * <p>The first step is of first order; with fewer than 10 steps the last one is, too. S steps call the model S times.
 * All scalars are float32. Not implemented: dynamic thresholding, adaptive steps, third order, single-step solvers, a
 * final denoising step. Source: DPM-Solver++ (arXiv 2211.01095), algorithm 2; docs/specification/diffusion.md section
 * 6.
 */
public final class DpmSolver {

    /** Callback after each sampling step, which can cancel the sampling. */
    @FunctionalInterface
    public interface StepListener {

        StepListener NONE = (done, total, clean) -> true;

        /**
         * Called after each step, on the thread of the solver.
         *
         * @param clean the latest M [B, c, h, w], a preview of the result; valid only during the call
         * @return false to cancel: {@link #sample} then throws {@link CancelledException}
         */
        boolean onStep(int done, int total, Tensor clean);
    }

    private record SolverState(Tensor x, Tensor latestClean) {}

    private final NoiseSchedule schedule;
    private final TimeGrid timeGrid;
    private final double clipSampleRange;

    /** Creates a solver with the time grid of the reference and, as there, without clipping. */
    public DpmSolver(NoiseSchedule schedule) {
        this(schedule, TimeGrid.UNIFORM, Double.POSITIVE_INFINITY);
    }

    /**
     * Creates a solver that clips every predicted clean latent M to [−clipSampleRange, clipSampleRange] (static
     * thresholding, arXiv 2205.11487 section 2.3). Near t = 1 a prediction contains the error of the network divided by
     * alpha, 0.006, so a weakly trained network produces extreme values, which guidance amplifies.
     *
     * @throws UsageException when clipSampleRange is not positive
     */
    public DpmSolver(NoiseSchedule schedule, TimeGrid timeGrid, double clipSampleRange) {
        if (!(clipSampleRange > 0))
            throw new UsageException("clipSampleRange is %s, expected a positive number", clipSampleRange);
        this.schedule = schedule;
        this.timeGrid = timeGrid;
        this.clipSampleRange = clipSampleRange;
    }

    /**
     * Samples a clean latent.
     *
     * @param noise standard normal [B, c, h, w]; not modified
     * @param steps at least 2
     * @return [B, c, h, w]
     * @throws CancelledException when the listener returns false
     */
    public Tensor sample(Tensor noise, NoiseModel model, int steps, StepListener listener) {
        return scoped(() -> {
            Coefficients coefficients = new Coefficients(schedule, timeGrid.times(schedule, steps));
            SolverState state = new SolverState(noise, null);
            for (int i = 0; i < steps; i++) {
                SolverState current = state;
                int step = i;
                state = scoped(() -> solverStep(current, model, coefficients, step));
                if (!listener.onStep(i + 1, steps, state.latestClean())) {
                    throw new CancelledException(
                            "Sampling was cancelled after " + (i + 1) + " of " + steps + " steps.");
                }
            }
            return state.x();
        });
    }

    /** Advances from t_i to t_(i+1). */
    private SolverState solverStep(SolverState previous, NoiseModel model, Coefficients coefficients, int i) {
        Tensor x = previous.x(), noise = model.predict(x, coefficients.modelTimestep(i));
        Tensor clean = x.sub(noise.mul(coefficients.sigma[i])).div(coefficients.alpha[i]);
        if (clipSampleRange < Double.POSITIVE_INFINITY) clean = clean.clamp(-clipSampleRange, clipSampleRange);
        Tensor next = x.mul(coefficients.sigmaRatio[i]).sub(clean.mul(coefficients.dataCoefficient[i]));
        if (i == 0 || (coefficients.steps() < 10 && i == coefficients.steps() - 1)) return new SolverState(next, clean);
        Tensor difference = clean.sub(previous.latestClean()).mul(coefficients.inverseR[i]);
        return new SolverState(next.sub(difference.mul(0.5f * coefficients.dataCoefficient[i])), clean);
    }

    /**
     * The scalar coefficients of S steps, float32. Entry i belongs to the step from t_i to t_(i+1): {@code sigmaRatio}
     * is σ_(i+1)/σ_i, {@code dataCoefficient} α_(i+1) φ, {@code inverseR} 1/r, and 0 for the first step.
     */
    public static final class Coefficients {

        private final NoiseSchedule schedule;
        private final float[] times, alpha, sigma, h, sigmaRatio, dataCoefficient, inverseR;

        /** @param times t_0 to t_S, descending */
        public Coefficients(NoiseSchedule schedule, float... times) {
            int steps = times.length - 1;
            this.schedule = schedule;
            this.times = times.clone();
            alpha = schedule.alpha(times).toFloatArray();
            sigma = schedule.sigma(times).toFloatArray();
            float[] lambda = schedule.lambda(times).toFloatArray();
            h = new float[steps];
            sigmaRatio = new float[steps];
            dataCoefficient = new float[steps];
            inverseR = new float[steps];
            for (int i = 0; i < steps; i++) h[i] = lambda[i + 1] - lambda[i];
            float[] phi = Tensor.ofHost(h, steps).neg().expm1().toFloatArray();
            for (int i = 0; i < steps; i++) {
                sigmaRatio[i] = sigma[i + 1] / sigma[i];
                dataCoefficient[i] = alpha[i + 1] * phi[i];
                inverseR[i] = i == 0 ? 0 : 1 / (h[i - 1] / h[i]);
            }
        }

        public float[] h() {
            return h.clone();
        }

        public float[] sigmaRatio() {
            return sigmaRatio.clone();
        }

        public float[] dataCoefficient() {
            return dataCoefficient.clone();
        }

        public float[] inverseR() {
            return inverseR.clone();
        }

        int steps() {
            return h.length;
        }

        double modelTimestep(int i) {
            return schedule.modelTimestep(times[i]);
        }
    }
}
