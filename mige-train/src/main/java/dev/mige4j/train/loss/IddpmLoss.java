package dev.mige4j.train.loss;

import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.sampler.PredictionType;
import dev.mige4j.tensor.Tensor;

/**
 * How wrong a denoiser is about noise and variance.
 *
 * <pre>
 *   x_t  = √a_t z + √(1 − a_t) n
 *   mse  = mean (n − e)²                                                            e, v: the halves of the prediction
 *   vb   = KL(q(x_(t−1) | x_t, z) ‖ p_θ) / ln 2,  at t = 0  −ln p_θ(z) / ln 2        gradient to v only
 *   loss = mse + vb
 * </pre>
 *
 * <p>Of a network that says velocity, mse is (√a_t n − √(1 − a_t) z − e)², and vb takes the noise that it means.
 *
 * <p>The term at t = 0 is the discretised Gaussian of pixel space, applied to latents as the reference does. Source:
 * Improved DDPM, arXiv 2102.09672; docs/specification/diffusion.md section 7.
 */
public final class IddpmLoss {

    /** Losses of each item, [B]. */
    public record Losses(Tensor mse, Tensor vb) {
        public Tensor mean() {
            return mse.add(vb).mean();
        }
    }

    private final PredictionType predictionType;
    private final int numTimesteps;
    private final double[] betas,
            alphasCumprod,
            alphasCumprodPrev,
            posteriorLogVariance,
            posteriorMeanCoef1,
            posteriorMeanCoef2;

    /** Of a network that says noise, as the reference's. */
    public IddpmLoss(NoiseSchedule schedule) {
        this(schedule, PredictionType.NOISE);
    }

    public IddpmLoss(NoiseSchedule schedule, PredictionType predictionType) {
        this.predictionType = predictionType;
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

    /** Number of times t: 0 to this - 1. */
    public int numTimesteps() {
        return numTimesteps;
    }

    /** x_t [B, c, h, w] of clean latents z and noise n of that shape at times t. */
    public Tensor addNoise(Tensor z, Tensor n, int[] t) {
        return z.mul(extract(t, i -> Math.sqrt(alphasCumprod[i])))
                .addcmul(n, extract(t, i -> Math.sqrt(1 - alphasCumprod[i])));
    }

    /** The losses of a prediction [B, 2c, h, w] of x_t, as the reference forms them. */
    public Losses compute(Tensor prediction, Tensor z, Tensor n, Tensor noisy, int[] t) {
        return compute(prediction, z, n, noisy, t, null, 0);
    }

    /**
     * The same with weights.
     *
     * @param spatialWeights [B, 1, h, w] relative weights of the squared error, or null for equal ones; each item's are
     *     scaled to a mean of 1
     * @param minSnrGamma the squared error of time t counts min(1, snrLimit / S), S being a_t / (1 − a_t), so that the
     *     many times at which hardly anything is left to do do not outvote the others (min-SNR weighting, arXiv
     *     2303.09556); 0: off
     */
    public Losses compute(
            Tensor prediction, Tensor z, Tensor n, Tensor noisy, int[] t, Tensor spatialWeights, double minSnrGamma) {
        long c = z.size(1);
        Tensor e = prediction.narrow(1, 0, c), v = prediction.narrow(1, c, c);
        Tensor alpha = extract(t, i -> Math.sqrt(alphasCumprod[i])),
                sigma = extract(t, i -> Math.sqrt(1 - alphasCumprod[i]));
        boolean velocity = this.predictionType == PredictionType.VELOCITY;
        Tensor error = (velocity ? n.mul(alpha).sub(z.mul(sigma)) : n).sub(e);
        Tensor squaredError = error.mul(error);
        if (spatialWeights != null)
            squaredError = squaredError.mul(spatialWeights.div(spatialWeights.mean(true, 1, 2, 3)));
        Tensor mse = squaredError.mean(false, 1, 2, 3);
        if (minSnrGamma > 0)
            mse = mse.mul(extract(t, i -> Math.min(1, minSnrGamma * (1 - alphasCumprod[i]) / alphasCumprod[i]))
                    .view(-1));
        Tensor predictedNoise = velocity ? e.detach().mul(alpha).add(noisy.mul(sigma)) : e.detach();
        return new Losses(mse, variationalBound(predictedNoise, v, z, noisy, t));
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
        if (java.util.Arrays.stream(t).anyMatch(i -> i == 0)) {
            Tensor isFirstStep = extract(t, i -> i == 0 ? 1 : 0).gt(0.5);
            bound = Tensor.where(isFirstStep, discretizedGaussianNll(z, modelMean, modelLogVariance.mul(0.5)), kl);
        }
        return bound.mean(false, 1, 2, 3).div(Math.log(2));
    }

    /**
     * −ln of the probability of the cell of width 2/255 around z, under a Gaussian whose distribution function is
     * approximated.
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

    /** float32 entries of a float64 table at times t: [B, 1, 1, 1]. */
    private static Tensor extract(int[] t, TimestepFunction function) {
        float[] values = new float[t.length];
        for (int i = 0; i < t.length; i++) values[i] = (float) function.apply(t[i]);
        return Tensor.of(values, t.length, 1, 1, 1);
    }
}
