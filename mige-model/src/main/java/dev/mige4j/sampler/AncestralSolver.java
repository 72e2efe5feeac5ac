package dev.mige4j.sampler;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;

/**
 * Ancestral sampling: a first-order solver that adds fresh noise in every step, so that later steps correct the errors
 * of earlier ones.
 *
 * <pre>
 *   M       = clip((x_i − σ_i ε(x_i, t_i)) / α_i)
 *   v       = σ²_(i+1) / σ²_i · (1 − α²_i / α²_(i+1))
 *   x_(i+1) = α_(i+1) M + √(σ²_(i+1) − v) · ε' + √v · fresh noise         ε' = (x_i − α_i M) / σ_i
 * </pre>
 *
 * <p>The last M is the result. {@link DpmSolver} keeps the errors of its first steps: with a model after 10,000
 * training samples, the latents of this solver had an error of 0.57, those of DpmSolver 0.98, or 0.75 with clipping.
 * Not part of the reference. Source: DDIM with η = 1, arXiv 2010.02502 equation 12.
 */
public final class AncestralSolver {

    private final NoiseSchedule schedule;
    private final TimeGrid timeGrid;
    private final double clipSampleRange;

    /**
     * @param clipSampleRange limit of the absolute values of the predicted clean latent; 0: no clipping
     * @throws UsageException when it is negative
     */
    public AncestralSolver(NoiseSchedule schedule, TimeGrid timeGrid, double clipSampleRange) {
        if (!(clipSampleRange >= 0))
            throw new UsageException("clipSampleRange is %s, expected 0 (no clipping) or more", clipSampleRange);
        this.schedule = schedule;
        this.timeGrid = timeGrid;
        this.clipSampleRange = clipSampleRange;
    }

    /**
     * Samples a clean latent.
     *
     * @param noise standard normal [B, c, h, w]; not modified
     * @param steps at least 2
     * @param stepNoise the source of the noise that the steps add
     * @return [B, c, h, w]
     * @throws CancelledException when the listener returns false
     */
    public Tensor sample(Tensor noise, NoiseModel model, int steps, Rng stepNoise, DpmSolver.StepListener listener) {
        float[] times = timeGrid.times(schedule, steps);
        float[] alpha = schedule.alpha(times).toFloatArray(),
                sigma = schedule.sigma(times).toFloatArray();
        return scoped(() -> {
            Tensor x = noise;
            for (int i = 0; i < steps; i++) {
                Tensor current = x;
                int step = i;
                boolean last = i == steps - 1;
                Tensor clean = scoped(() -> predictClean(
                        current,
                        model.predict(current, schedule.modelTimestep(times[step])),
                        alpha[step],
                        sigma[step]));
                x = last
                        ? clean
                        : scoped(() -> ancestralStep(
                                current, clean, alpha[step], sigma[step], alpha[step + 1], sigma[step + 1], stepNoise));
                if (!listener.onStep(i + 1, steps, clean))
                    throw new CancelledException(
                            "Sampling was cancelled after " + (i + 1) + " of " + steps + " steps.");
            }
            return x;
        });
    }

    private Tensor predictClean(Tensor x, Tensor noise, double alpha, double sigma) {
        Tensor clean = x.sub(noise.mul(sigma)).div(alpha);
        return clipSampleRange == 0 ? clean : clean.clamp(-clipSampleRange, clipSampleRange);
    }

    private static Tensor ancestralStep(
            Tensor x, Tensor clean, double alpha, double sigma, double alphaNext, double sigmaNext, Rng stepNoise) {
        double variance = sigmaNext * sigmaNext / (sigma * sigma) * (1 - alpha * alpha / (alphaNext * alphaNext));
        Tensor predictedNoise = x.sub(clean.mul(alpha)).div(sigma);
        return clean.mul(alphaNext)
                .add(predictedNoise.mul(Math.sqrt(Math.max(0, sigmaNext * sigmaNext - variance))))
                .add(stepNoise.normal(x.shape()).mul(Math.sqrt(variance)));
    }
}
