package mige.sampler;

import static mige.tensor.Scope.scoped;

import java.util.concurrent.CancellationException;
import mige.tensor.Tensor;
import mige.tensor.UsageException;

/**
 * Walks from noise to a clean latent: multistep DPM-Solver++ of second order on data predictions.
 *
 * <pre>
 *   M_i = (x_i − σ_i ε(x_i, t_i)) / α_i
 *   h   = λ_i − λ_(i−1),  r = (λ_(i−1) − λ_(i−2)) / h,  φ = expm1(−h)
 *   first order:   x_i = (σ_i / σ_(i−1)) x_(i−1) − α_i φ M_(i−1)
 *   second order:  the same − ½ α_i φ · (M_(i−1) − M_(i−2)) / r
 * </pre>
 * <p>The first step is of first order, and with fewer than 10 steps the last one too. S steps call the model S times; all scalars are
 * float32. It does not threshold dynamically, adapt its step, run of third order or in single steps, or denoise once more at the end.
 * Source: DPM-Solver++ (arXiv 2211.01095), algorithm 2; DIFFUSION.md section 6.
 */
public final class DpmSolver {

    /** Hears how far the walk is, and may end it. */
    @FunctionalInterface
    public interface Watch {

        Watch NOTHING = (done, of, clean) -> true;

        /**
         * Called after each step, on the solver's thread.
         *
         * @param clean the latest M [B, c, h, w]: a preview of the result; valid during the call
         * @return false to stop: {@link #sample} then throws {@link CancellationException}
         */
        boolean step(int done, int of, Tensor clean);
    }

    private record State(Tensor x, Tensor latest) {}

    private final NoiseSchedule schedule;
    private final double limit;

    /** Without clipping, as the reference. */
    public DpmSolver(NoiseSchedule schedule) {
        this(schedule, Double.POSITIVE_INFINITY);
    }

    /**
     * Clips every data prediction M to [−limit, limit]: near t = 1 a prediction is the network's error divided by alpha, 0.006, so that
     * a weak network throws single cells far out, and guidance throws them farther. Static thresholding, arXiv 2205.11487 section 2.3.
     */
    public DpmSolver(NoiseSchedule schedule, double limit) {
        if (!(limit > 0)) throw new UsageException("the limit of predictions is %s, expected a number above 0", limit);
        this.schedule = schedule;
        this.limit = limit;
    }

    /** Noise [B, c, h, w] to a clean latent of the same shape, in at least 2 steps; noise is not modified. */
    public Tensor sample(Tensor noise, NoiseModel model, int steps, Watch watch) {
        return scoped(() -> {
            Coefficients at = new Coefficients(schedule, steps);
            State state = new State(noise, null);
            for (int i = 0; i < steps; i++) {
                State from = state;
                int step = i;
                state = scoped(() -> step(from, model, at, step));
                if (!watch.step(i + 1, steps, state.latest())) {
                    throw new CancellationException("stopped after " + (i + 1) + " of " + steps + " steps");
                }
            }
            return state.x();
        });
    }

    /** From t_i to t_(i+1). */
    private State step(State from, NoiseModel model, Coefficients at, int i) {
        Tensor x = from.x(), noise = model.predict(x, at.networkTime(i));
        Tensor clean = x.sub(noise.mul(at.sigma[i])).div(at.alpha[i]);
        if (limit < Double.POSITIVE_INFINITY) clean = clean.clamp(-limit, limit);
        Tensor next = x.mul(at.ratio[i]).sub(clean.mul(at.pull[i]));
        if (i == 0 || (at.steps() < 10 && i == at.steps() - 1)) return new State(next, clean);
        Tensor bend = clean.sub(from.latest()).mul(at.inverse[i]);
        return new State(next.sub(bend.mul(0.5f * at.pull[i])), clean);
    }

    /**
     * The scalars of S steps, float32. {@code alpha} and {@code sigma} have an entry a time; the others one a step, entry i for the step
     * from t_i to t_(i+1): {@code ratio} σ_(i+1)/σ_i, {@code pull} α_(i+1) φ, {@code inverse} 1/r and 0 for the first step.
     */
    public static final class Coefficients {

        private final NoiseSchedule schedule;
        private final float[] times, alpha, sigma, h, ratio, pull, inverse;

        public Coefficients(NoiseSchedule schedule, int steps) {
            this.schedule = schedule;
            times = schedule.steps(steps);
            alpha = schedule.alpha(times).floats();
            sigma = schedule.sigma(times).floats();
            float[] lambda = schedule.lambda(times).floats();
            h = new float[steps];
            ratio = new float[steps];
            pull = new float[steps];
            inverse = new float[steps];
            for (int i = 0; i < steps; i++) h[i] = lambda[i + 1] - lambda[i];
            float[] phi = Tensor.of(h, steps).neg().expm1().floats();
            for (int i = 0; i < steps; i++) {
                ratio[i] = sigma[i + 1] / sigma[i];
                pull[i] = alpha[i + 1] * phi[i];
                inverse[i] = i == 0 ? 0 : 1 / (h[i - 1] / h[i]);
            }
        }

        public float[] h() {
            return h.clone();
        }

        public float[] ratio() {
            return ratio.clone();
        }

        public float[] pull() {
            return pull.clone();
        }

        public float[] inverse() {
            return inverse.clone();
        }

        int steps() {
            return h.length;
        }

        double networkTime(int i) {
            return schedule.networkTime(times[i]);
        }
    }
}
