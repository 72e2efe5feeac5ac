package mige.train;

import mige.sampler.NoiseSchedule;
import mige.sampler.Prediction;
import mige.tensor.Tensor;

/**
 * How wrong a denoiser is about noise and variance.
 *
 * <pre>
 *   x_t  = √a_t z + √(1 − a_t) n
 *   mse  = mean (n − e)²                                                            e, v: the halves of the prediction
 *   vb   = KL(q(x_(t−1) | x_t, z) ‖ p_θ) / ln 2,  at t = 0  −ln p_θ(z) / ln 2        gradient to v only
 *   loss = mse + vb
 * </pre>
 * <p>Of a network that says velocity, mse is (√a_t n − √(1 − a_t) z − e)², and vb takes the noise that it means.
 *
 * <p>The term at t = 0 is the discretised Gaussian of pixel space, applied to latents as the reference does. Source: Improved DDPM,
 * arXiv 2102.09672; reference DIFFUSION.md section 7.
 */
public final class IddpmLoss {

    /** Losses of each item, [B]. */
    public record Losses(Tensor mse, Tensor vb) {
        public Tensor mean() {
            return mse.add(vb).mean();
        }
    }

    private final Prediction prediction;
    private final int steps;
    private final double[] beta, keep, before, logVariance, pullClean, pullNoisy;

    /** Of a network that says noise, as the reference's. */
    public IddpmLoss(NoiseSchedule schedule) {
        this(schedule, Prediction.NOISE);
    }

    public IddpmLoss(NoiseSchedule schedule, Prediction prediction) {
        this.prediction = prediction;
        beta = schedule.betas();
        keep = schedule.alphaProducts();
        steps = beta.length;
        before = new double[steps];
        logVariance = new double[steps];
        pullClean = new double[steps];
        pullNoisy = new double[steps];
        for (int t = 0; t < steps; t++) {
            before[t] = t == 0 ? 1 : keep[t - 1];
            logVariance[t] = Math.log(beta[t] * (1 - before[t]) / (1 - keep[t]));
            pullClean[t] = beta[t] * Math.sqrt(before[t]) / (1 - keep[t]);
            pullNoisy[t] = (1 - before[t]) * Math.sqrt(1 - beta[t]) / (1 - keep[t]);
        }
        logVariance[0] = logVariance[1];
    }

    /** Number of times t: 0 to this - 1. */
    public int steps() {
        return steps;
    }

    /** x_t [B, c, h, w] of clean latents z and noise n of that shape at times t. */
    public Tensor noised(Tensor z, Tensor n, int[] t) {
        return z.mul(at(t, i -> Math.sqrt(keep[i]))).addProduct(n, at(t, i -> Math.sqrt(1 - keep[i])));
    }

    /** The losses of a prediction [B, 2c, h, w] of x_t, as the reference forms them. */
    public Losses of(Tensor prediction, Tensor z, Tensor n, Tensor noised, int[] t) {
        return of(prediction, z, n, noised, t, null, 0);
    }

    /**
     * The same with weights.
     *
     * @param places   [B, 1, h, w] relative weights of the squared error, or null for equal ones; each item's are scaled to a mean of 1
     * @param snrLimit the squared error of time t counts min(1, snrLimit / S), S being a_t / (1 − a_t), so that the many times at which
     *                 hardly anything is left to do do not outvote the others (min-SNR weighting, arXiv 2303.09556); 0: off
     */
    public Losses of(Tensor prediction, Tensor z, Tensor n, Tensor noised, int[] t, Tensor places, double snrLimit) {
        long c = z.size(1);
        Tensor e = prediction.narrow(1, 0, c), v = prediction.narrow(1, c, c);
        Tensor alpha = at(t, i -> Math.sqrt(keep[i])), sigma = at(t, i -> Math.sqrt(1 - keep[i]));
        boolean velocity = this.prediction == Prediction.VELOCITY;
        Tensor off = (velocity ? n.mul(alpha).sub(z.mul(sigma)) : n).sub(e);
        Tensor square = off.mul(off);
        if (places != null) square = square.mul(places.div(places.mean(true, 1, 2, 3)));
        Tensor mse = square.mean(false, 1, 2, 3);
        if (snrLimit > 0) mse = mse.mul(at(t, i -> Math.min(1, snrLimit * (1 - keep[i]) / keep[i])).view(-1));
        Tensor noise = velocity ? e.detach().mul(alpha).add(noised.mul(sigma)) : e.detach();
        return new Losses(mse, vb(noise, v, z, noised, t));
    }

    private Tensor vb(Tensor e, Tensor v, Tensor z, Tensor noised, int[] t) {
        Tensor truth = at(t, i -> logVariance[i]), widest = at(t, i -> Math.log(beta[i]));
        Tensor share = v.add(1).div(2);
        Tensor log = share.mul(widest).add(share.neg().add(1).mul(truth));                              // [B, c, h, w]
        Tensor one = at(t, i -> pullClean[i]), two = at(t, i -> pullNoisy[i]);
        Tensor clean = noised.mul(at(t, i -> Math.sqrt(1 / keep[i]))).sub(e.mul(at(t, i -> Math.sqrt(1 / keep[i] - 1))));
        Tensor mean = one.mul(clean).add(two.mul(noised)), trueMean = one.mul(z).add(two.mul(noised));
        Tensor off = trueMean.sub(mean);
        Tensor kl = log.sub(1).sub(truth).add(truth.sub(log).exp()).add(off.mul(off).mul(log.neg().exp())).mul(0.5);
        Tensor bits = kl;
        if (java.util.Arrays.stream(t).anyMatch(i -> i == 0)) {
            bits = at(t, i -> i == 0 ? 1 : 0).gt(0.5).choose(nll(z, mean, log.mul(0.5)), kl);
        }
        return bits.mean(false, 1, 2, 3).div(Math.log(2));
    }

    /** −ln of the probability of the cell of width 2/255 around z, under a Gaussian whose distribution function is approximated. */
    private static Tensor nll(Tensor z, Tensor mean, Tensor logScale) {
        Tensor centred = z.sub(mean), inverse = logScale.neg().exp();
        Tensor up = phi(inverse.mul(centred.add(1 / 255.0))), down = phi(inverse.mul(centred.sub(1 / 255.0)));
        Tensor low = up.clampMin(1e-12).log(), high = down.neg().add(1).clampMin(1e-12).log(), middle = up.sub(down).clampMin(1e-12).log();
        return z.lt(-0.999).choose(low, z.gt(0.999).choose(high, middle)).neg();
    }

    private static Tensor phi(Tensor u) {
        return u.add(u.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI)).tanh().add(1).mul(0.5);
    }

    private interface Entry {
        double of(int t);
    }

    /** float32 entries of a float64 table at times t: [B, 1, 1, 1]. */
    private static Tensor at(int[] t, Entry entry) {
        float[] values = new float[t.length];
        for (int i = 0; i < t.length; i++) values[i] = (float) entry.of(t[i]);
        return Tensor.of(values, t.length, 1, 1, 1);
    }
}
