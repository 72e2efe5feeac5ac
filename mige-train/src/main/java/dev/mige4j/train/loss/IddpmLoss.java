package dev.mige4j.train.loss;

import dev.mige4j.common.UsageException;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.sampler.PredictionType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.config.ConfigKey;
import java.util.Arrays;
import java.util.Map;

/**
 * The hybrid loss of Improved DDPM: the error of the predicted noise, and the variational bound for the variance.
 *
 * <pre>
 *   x_t  = √a_t z + √(1 − a_t) n
 *   mse  = mean (n − e)²                                                         e, v: the halves of the prediction
 *   vb   = KL(q(x_(t−1) | x_t, z) ‖ p_θ) / ln 2,  at t = 0  −ln p_θ(z) / ln 2    gradient to v only
 *   loss = mse + vb
 * </pre>
 *
 * <p>For velocity prediction, mse is (√a_t n − √(1 − a_t) z − e)², and vb uses the noise that follows from the
 * velocity.
 *
 * <p>The term at t = 0 is the discretised Gaussian of pixel space, applied to latents as in the reference. Source:
 * Improved DDPM, arXiv 2102.09672; docs/specification/diffusion.md section 7.
 */
public final class IddpmLoss implements DiffusionLoss {

    /** Selected with the type {@code iddpm}. */
    public record Config(
            @ConfigKey(
                    value = "gamma of min-SNR weighting (arXiv 2303.09556): the squared error at timestep t counts"
                            + " min(1, gamma / SNR(t)); 0: off, as in the reference",
                    defaultValue = "0")
            double minSnrGamma,

            @ConfigKey(
                    value = "weight of the squared error inside the mask relative to outside; 1: the same, as in the"
                            + " reference",
                    defaultValue = "1")
            double maskWeight,

            @ConfigKey(
                    value = "distribution of the timesteps: UNIFORM, as in the reference, or LOGIT_NORMAL, the middle"
                            + " ones more often",
                    defaultValue = "\"UNIFORM\"")
            TimestepSampling timestepSampling)
            implements DiffusionLossConfig {

        /** As in the reference. */
        public static final Config REFERENCE = new Config(0, 1, TimestepSampling.UNIFORM);

        public Config {
            if (!(minSnrGamma >= 0))
                throw new UsageException("loss.minSnrGamma is %s, expected 0 or more.", minSnrGamma);
            if (!(maskWeight > 0)) throw new UsageException("loss.maskWeight is %s, expected more than 0.", maskWeight);
        }

        @Override
        public DiffusionLoss create(NoiseSchedule schedule, PredictionType predictionType) {
            return new IddpmLoss(schedule, predictionType, this);
        }
    }

    /** The two terms of each item, [B]. */
    public record Terms(Tensor mse, Tensor vb) {
        /** The mean of their sum, a scalar. */
        public Tensor mean() {
            return mse.add(vb).mean();
        }
    }

    private final PredictionType predictionType;
    private final Config config;
    private final int numTimesteps;
    private final double[] betas,
            alphasCumprod,
            alphasCumprodPrev,
            posteriorLogVariance,
            posteriorMeanCoef1,
            posteriorMeanCoef2;

    /** The reference's loss of a network that predicts noise. */
    public IddpmLoss(NoiseSchedule schedule) {
        this(schedule, PredictionType.NOISE, Config.REFERENCE);
    }

    public IddpmLoss(NoiseSchedule schedule, PredictionType predictionType, Config config) {
        this.predictionType = predictionType;
        this.config = config;
        betas = schedule.betas();
        alphasCumprod = schedule.alphasCumprod();
        numTimesteps = betas.length;
        alphasCumprodPrev = new double[numTimesteps];
        posteriorLogVariance = new double[numTimesteps];
        posteriorMeanCoef1 = new double[numTimesteps];
        posteriorMeanCoef2 = new double[numTimesteps];
        for (int t = 0; t < numTimesteps; t++) {
            alphasCumprodPrev[t] = t == 0 ? 1 : alphasCumprod[t - 1];
            posteriorLogVariance[t] = Math.log(betas[t] * (1 - alphasCumprodPrev[t]) / (1 - alphasCumprod[t]));
            posteriorMeanCoef1[t] = betas[t] * Math.sqrt(alphasCumprodPrev[t]) / (1 - alphasCumprod[t]);
            posteriorMeanCoef2[t] = (1 - alphasCumprodPrev[t]) * Math.sqrt(1 - betas[t]) / (1 - alphasCumprod[t]);
        }
        posteriorLogVariance[0] = posteriorLogVariance[1];
    }

    @Override
    public int numTimesteps() {
        return numTimesteps;
    }

    @Override
    public int drawTimestep(Rng rng) {
        return config.timestepSampling.draw(rng, numTimesteps);
    }

    @Override
    public Tensor addNoise(Tensor z, Tensor n, int[] t) {
        return z.mul(extract(t, i -> Math.sqrt(alphasCumprod[i])))
                .addcmul(n, extract(t, i -> Math.sqrt(1 - alphasCumprod[i])));
    }

    @Override
    public Losses compute(Tensor prediction, NoisyLatents batch) {
        Tensor spatialWeights = config.maskWeight == 1
                ? null
                : batch.mask().mul(config.maskWeight - 1).add(1);
        Terms terms =
                compute(prediction, batch.latents(), batch.noise(), batch.noisy(), batch.timesteps(), spatialWeights);
        return new Losses(terms.mse.add(terms.vb), terms.mse, Map.of("mse", terms.mse, "vb", terms.vb));
    }

    /**
     * The terms of a prediction.
     *
     * @param prediction [B, 2c, h, w]
     * @param z clean latents [B, c, h, w]
     * @param n noise [B, c, h, w]
     * @param noisy x_t [B, c, h, w]
     * @param t timesteps [B]
     * @param spatialWeights [B, 1, h, w] relative weights of the squared error, scaled to a mean of 1 for each item;
     *     null: equal weights
     */
    public Terms compute(Tensor prediction, Tensor z, Tensor n, Tensor noisy, int[] t, Tensor spatialWeights) {
        long c = z.size(1);
        Tensor e = prediction.narrow(1, 0, c), v = prediction.narrow(1, c, c);
        Tensor alpha = extract(t, i -> Math.sqrt(alphasCumprod[i])),
                sigma = extract(t, i -> Math.sqrt(1 - alphasCumprod[i]));
        boolean velocity = predictionType == PredictionType.VELOCITY;
        Tensor error = (velocity ? n.mul(alpha).sub(z.mul(sigma)) : n).sub(e);
        Tensor squaredError = error.mul(error);
        if (spatialWeights != null)
            squaredError = squaredError.mul(spatialWeights.div(spatialWeights.mean(true, 1, 2, 3)));
        Tensor mse = squaredError.mean(false, 1, 2, 3);
        if (config.minSnrGamma > 0)
            mse = mse.mul(extract(t, i -> Math.min(1, config.minSnrGamma * (1 - alphasCumprod[i]) / alphasCumprod[i]))
                    .view(-1));
        Tensor predictedNoise = velocity ? e.detach().mul(alpha).add(noisy.mul(sigma)) : e.detach();
        return new Terms(mse, variationalBound(predictedNoise, v, z, noisy, t));
    }

    private Tensor variationalBound(Tensor e, Tensor v, Tensor z, Tensor noisy, int[] t) {
        Tensor minLogVariance = extract(t, i -> posteriorLogVariance[i]),
                maxLogVariance = extract(t, i -> Math.log(betas[i]));
        Tensor fraction = v.add(1).div(2);
        Tensor modelLogVariance =
                fraction.mul(maxLogVariance).add(fraction.neg().add(1).mul(minLogVariance)); // [B, c, h, w]
        Tensor coef1 = extract(t, i -> posteriorMeanCoef1[i]), coef2 = extract(t, i -> posteriorMeanCoef2[i]);
        Tensor predictedLatent = noisy.mul(extract(t, i -> Math.sqrt(1 / alphasCumprod[i])))
                .sub(e.mul(extract(t, i -> Math.sqrt(1 / alphasCumprod[i] - 1))));
        Tensor modelMean = coef1.mul(predictedLatent).add(coef2.mul(noisy)),
                posteriorMean = coef1.mul(z).add(coef2.mul(noisy));
        Tensor meanDifference = posteriorMean.sub(modelMean);
        Tensor kl = modelLogVariance
                .sub(1)
                .sub(minLogVariance)
                .add(minLogVariance.sub(modelLogVariance).exp())
                .add(meanDifference
                        .mul(meanDifference)
                        .mul(modelLogVariance.neg().exp()))
                .mul(0.5);
        Tensor bound = kl;
        if (Arrays.stream(t).anyMatch(i -> i == 0)) {
            Tensor isFirstStep = extract(t, i -> i == 0 ? 1 : 0).gt(0.5);
            bound = Tensor.where(isFirstStep, discretizedGaussianNll(z, modelMean, modelLogVariance.mul(0.5)), kl);
        }
        return bound.mean(false, 1, 2, 3).div(Math.log(2));
    }

    /**
     * Negative log-likelihood of the cell of width 2/255 around z, under a Gaussian with an approximated cumulative
     * distribution function.
     */
    private static Tensor discretizedGaussianNll(Tensor z, Tensor mean, Tensor logScale) {
        Tensor centred = z.sub(mean), inverseStd = logScale.neg().exp();
        Tensor cdfPlus = approxStandardNormalCdf(inverseStd.mul(centred.add(1 / 255.0))),
                cdfMinus = approxStandardNormalCdf(inverseStd.mul(centred.sub(1 / 255.0)));
        Tensor logCdfPlus = cdfPlus.clampMin(1e-12).log(),
                logOneMinusCdfMinus = cdfMinus.neg().add(1).clampMin(1e-12).log(),
                logCdfDelta = cdfPlus.sub(cdfMinus).clampMin(1e-12).log();
        Tensor upper = Tensor.where(z.gt(0.999), logOneMinusCdfMinus, logCdfDelta);
        return Tensor.where(z.lt(-0.999), logCdfPlus, upper).neg();
    }

    private static Tensor approxStandardNormalCdf(Tensor u) {
        return u.add(u.pow(3).mul(0.044715))
                .mul(Math.sqrt(2 / Math.PI))
                .tanh()
                .add(1)
                .mul(0.5);
    }

    private interface TimestepFunction {
        double apply(int t);
    }

    /** float32 values of a function of the timestep, computed in float64: [B, 1, 1, 1]. */
    private static Tensor extract(int[] t, TimestepFunction function) {
        float[] values = new float[t.length];
        for (int i = 0; i < t.length; i++) values[i] = (float) function.apply(t[i]);
        return Tensor.of(values, t.length, 1, 1, 1);
    }
}
