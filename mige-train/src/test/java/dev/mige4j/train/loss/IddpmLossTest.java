package dev.mige4j.train.loss;

import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.sampler.PredictionType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Velocity prediction and weighting, which the reference's goldens do not cover. */
class IddpmLossTest {

    private static final int[] TIMESTEPS = {3, 500, 990};

    final NoiseSchedule schedule = NoiseSchedule.linear();
    final IddpmLoss noiseLoss = new IddpmLoss(schedule),
            velocityLoss = new IddpmLoss(schedule, PredictionType.VELOCITY, IddpmLoss.Config.REFERENCE);
    final Tensor latents = new Rng(1, 0).normal(3, 2, 4, 4),
            noise = new Rng(1, 1).normal(3, 2, 4, 4),
            varianceChannels = new Rng(1, 2).normal(3, 2, 4, 4);
    final Tensor noisy = noiseLoss.addNoise(latents, noise, TIMESTEPS);

    private Tensor column(double[] values) {
        return Tensor.of(new float[] {(float) values[0], (float) values[1], (float) values[2]}, 3, 1, 1, 1);
    }

    private double[] alphasCumprod() {
        double[] all = schedule.alphasCumprod();
        return new double[] {all[TIMESTEPS[0]], all[TIMESTEPS[1]], all[TIMESTEPS[2]]};
    }

    /** The velocity that corresponds to the noise {@code e}: (e - sigma x) / alpha. */
    private Tensor velocityFor(Tensor e) {
        double[] k = alphasCumprod();
        Tensor sigma = column(new double[] {Math.sqrt(1 - k[0]), Math.sqrt(1 - k[1]), Math.sqrt(1 - k[2])}),
                alpha = column(new double[] {Math.sqrt(k[0]), Math.sqrt(k[1]), Math.sqrt(k[2])});
        return e.sub(noisy.mul(sigma)).div(alpha);
    }

    @Test
    void theExactVelocityHasTheLossOfTheExactNoise() {
        IddpmLoss.Terms
                noiseLosses =
                        noiseLoss.compute(
                                Tensor.cat(1, noise, varianceChannels), latents, noise, noisy, TIMESTEPS, null),
                velocityLosses =
                        velocityLoss.compute(
                                Tensor.cat(1, velocityFor(noise), varianceChannels),
                                latents,
                                noise,
                                noisy,
                                TIMESTEPS,
                                null);
        assertClose(Tensor.zeros(3), velocityLosses.mse(), 1e-4);
        assertClose(noiseLosses.vb(), velocityLosses.vb(), 1e-3);
    }

    @Test
    void velocityErrorIsNoiseErrorOverAlpha() {
        Tensor wrong = noise.add(new Rng(1, 3).normal(3, 2, 4, 4).mul(0.1));
        IddpmLoss.Terms
                noiseLosses =
                        noiseLoss.compute(
                                Tensor.cat(1, wrong, varianceChannels), latents, noise, noisy, TIMESTEPS, null),
                velocityLosses =
                        velocityLoss.compute(
                                Tensor.cat(1, velocityFor(wrong), varianceChannels),
                                latents,
                                noise,
                                noisy,
                                TIMESTEPS,
                                null);
        assertClose(noiseLosses.mse().div(column(alphasCumprod()).view(3)), velocityLosses.mse(), 1e-3);
    }

    @Test
    void minSnrGammaLimitsTheWeightOfEarlyTimesteps() {
        Tensor wrong = Tensor.cat(1, noise.add(0.5), varianceChannels);
        double[] k = alphasCumprod();
        Tensor factor = column(new double[] {Math.min(1, 5 * (1 - k[0]) / k[0]), Math.min(1, 5 * (1 - k[1]) / k[1]), 1})
                .view(3);
        assertClose(
                Tensor.full(0.25, 3).mul(factor),
                new IddpmLoss(schedule, PredictionType.NOISE, new IddpmLoss.Config(5, 1, TimestepSampling.UNIFORM))
                        .compute(wrong, latents, noise, noisy, TIMESTEPS, null)
                        .mse(),
                1e-5);
    }

    @Test
    void normalisesSpatialWeights() {
        Tensor spatialWeights = new Rng(1, 4).normal(3, 1, 4, 4).mul(0.1).add(1),
                uniform = Tensor.full(7, 3, 1, 4, 4),
                wrong = Tensor.cat(1, noise.mul(0.8), varianceChannels);
        Tensor plain =
                noiseLoss.compute(wrong, latents, noise, noisy, TIMESTEPS, null).mse();
        assertClose(
                plain,
                noiseLoss
                        .compute(wrong, latents, noise, noisy, TIMESTEPS, uniform)
                        .mse(),
                1e-5);
        assertClose(
                noiseLoss
                        .compute(wrong, latents, noise, noisy, TIMESTEPS, spatialWeights)
                        .mse(),
                noiseLoss
                        .compute(wrong, latents, noise, noisy, TIMESTEPS, spatialWeights.mul(3))
                        .mse(),
                1e-5);
    }

    @Test
    void logitNormalTimestepsAreMostlyInTheMiddle() {
        int[] timesteps = IntStream.range(0, 20_000)
                .map(i -> TimestepSampling.LOGIT_NORMAL.draw(new Rng(1, i), 1000))
                .sorted()
                .toArray();
        assertEquals(1000 / (1 + Math.exp(0.4)), timesteps[10_000], 15); // the median
        assertTrue(timesteps[1000] > 70 && timesteps[19_000] < 830, timesteps[1000] + " to " + timesteps[19_000]);
    }
}
