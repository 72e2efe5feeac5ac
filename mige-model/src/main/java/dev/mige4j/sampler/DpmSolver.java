package dev.mige4j.sampler;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import java.util.concurrent.CancellationException;

/**
 * Walks from noise to a clean latent: multistep DPM-Solver++ of second order on data predictions.
 *
 * <pre>
 *   M_i = (x_i − σ_i ε(x_i, t_i)) / α_i
 *   h   = λ_i − λ_(i−1),  r = (λ_(i−1) − λ_(i−2)) / h,  φ = expm1(−h)
 *   first order:   x_i = (σ_i / σ_(i−1)) x_(i−1) − α_i φ M_(i−1)
 *   second order:  the same − ½ α_i φ · (M_(i−1) − M_(i−2)) / r
 * </pre>
 *
 * <p>The first step is of first order, and with fewer than 10 steps the last one too. S steps call the model S times;
 * all scalars are float32. It does not threshold dynamically, adapt its step, run of third order or in single steps, or
 * denoise once more at the end. Source: DPM-Solver++ (arXiv 2211.01095), algorithm 2; docs/specification/diffusion.md
 * section 6.
 */
public final class DpmSolver {

    /** Hears how far the walk is, and may end it. */
    @FunctionalInterface
    public interface StepListener {

        StepListener NONE = (done, total, clean) -> true;

        /**
         * Called after each step, on the solver's thread.
         *
         * @param clean the latest M [B, c, h, w]: a preview of the result; valid during the call
         * @return false to stop: {@link #sample} then throws {@link CancellationException}
         */
        boolean onStep(int done, int total, Tensor clean);
    }

    private record SolverState(Tensor x, Tensor latestClean) {}

    private final NoiseSchedule schedule;
    private final double clipSampleRange;

    /** Without clipping, as the reference. */
    public DpmSolver(NoiseSchedule schedule) {
        this(schedule, Double.POSITIVE_INFINITY);
    }

    /**
     * Clips every data prediction M to [−limit, limit]: near t = 1 a prediction is the network's error divided by
     * alpha, 0.006, so that a weak network throws single cells far out, and guidance throws them farther. Static
     * thresholding, arXiv 2205.11487 section 2.3.
     */
    public DpmSolver(NoiseSchedule schedule, double clipSampleRange) {
        if (!(clipSampleRange > 0))
            throw new UsageException("the limit of predictions is %s, expected a number above 0", clipSampleRange);
        this.schedule = schedule;
        this.clipSampleRange = clipSampleRange;
    }

    /** Noise [B, c, h, w] to a clean latent of the same shape, in at least 2 steps; noise is not modified. */
    public Tensor sample(Tensor noise, NoiseModel model, int steps, StepListener listener) {
        return scoped(() -> {
            Coefficients coefficients = new Coefficients(schedule, steps);
            SolverState state = new SolverState(noise, null);
            for (int i = 0; i < steps; i++) {
                SolverState current = state;
                int step = i;
                state = scoped(() -> solverStep(current, model, coefficients, step));
                if (!listener.onStep(i + 1, steps, state.latestClean())) {
                    throw new CancellationException("stopped after " + (i + 1) + " of " + steps + " steps");
                }
            }
            return state.x();
        });
    }

    /** From t_i to t_(i+1). */
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
     * The scalars of S steps, float32. {@code alpha} and {@code sigma} have an entry a time; the others one a step,
     * entry i for the step from t_i to t_(i+1): {@code ratio} σ_(i+1)/σ_i, {@code pull} α_(i+1) φ, {@code inverse} 1/r
     * and 0 for the first step.
     */
    public static final class Coefficients {

        private final NoiseSchedule schedule;
        private final float[] times, alpha, sigma, h, sigmaRatio, dataCoefficient, inverseR;

        public Coefficients(NoiseSchedule schedule, int steps) {
            this.schedule = schedule;
            times = schedule.timesteps(steps);
            alpha = schedule.alpha(times).toFloatArray();
            sigma = schedule.sigma(times).toFloatArray();
            float[] lambda = schedule.lambda(times).toFloatArray();
            h = new float[steps];
            sigmaRatio = new float[steps];
            dataCoefficient = new float[steps];
            inverseR = new float[steps];
            for (int i = 0; i < steps; i++) h[i] = lambda[i + 1] - lambda[i];
            float[] phi = Tensor.of(h, steps).neg().expm1().toFloatArray();
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
