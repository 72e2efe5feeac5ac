package dev.mige4j.sampler;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;

/**
 * How noisy a latent is at time t in (0, 1]: x_t = alpha(t) · clean + sigma(t) · noise.
 *
 * <pre>
 *   A_n          = ½ Σ ln(1 − β_i), i = 1..n        at t_n = n / 1000, in float64, kept in float32
 *   log alpha(t) = A, piecewise linear in t, the outermost pieces extended
 *   sigma(t)     = √(1 − exp(2 log alpha)),   lambda(t) = log alpha − ½ ln(1 − exp(2 log alpha))
 * </pre>
 *
 * <p>Everything after A is float32 in the reference's order of operations: near t = 0 the difference 1 − exp(..) loses
 * three digits, and they have to be the same three. Source: DPM-Solver (arXiv 2206.00927) for discrete-time models;
 * docs/specification/diffusion.md section 6.
 */
public final class NoiseSchedule {

    private final double[] betas;
    private final float[] logAlphas;
    private final float[] times;

    /** β of each of the network's training steps, in order. */
    public NoiseSchedule(double[] betas) {
        int n = betas.length;
        this.betas = betas.clone();
        this.logAlphas = new float[n];
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += Math.log(1 - betas[i]);
            logAlphas[i] = (float) (0.5 * sum);
        }
        float[] withZero = linspace(0, 1, n + 1);
        this.times = new float[n];
        System.arraycopy(withZero, 1, times, 0, n);
    }

    /** β from 0.0001 to 0.02 in 1000 even steps, as the denoiser is trained. */
    public static NoiseSchedule linear() {
        int n = 1000;
        double low = 1e-4, high = 0.02, step = (high - low) / (n - 1);
        double[] betas = new double[n];
        for (int i = 0; i < n; i++) betas[i] = i == n - 1 ? high : low + i * step;
        return new NoiseSchedule(betas);
    }

    public double[] betas() {
        return betas.clone();
    }

    /** The products of 1 − β up to each training step, float64. */
    public double[] alphasCumprod() {
        double[] out = new double[betas.length];
        double product = 1;
        for (int i = 0; i < out.length; i++) out[i] = product *= 1 - betas[i];
        return out;
    }

    /** log alpha at the grid points {@link #times}. */
    public float[] logAlphas() {
        return logAlphas.clone();
    }

    public float[] times() {
        return times.clone();
    }

    /** S + 1 times from 1 down to 1/1000, evenly spaced, for S steps. */
    public float[] timesteps(int count) {
        if (count < 2) throw new UsageException("%d steps are asked for, at least 2 are needed", count);
        return linspace(1, 1f / betas.length, count + 1);
    }

    /** The network's unit: (t − 1/1000) · 1000. */
    public float modelTimestep(float t) {
        return (t - (float) (1.0 / betas.length)) * betas.length;
    }

    /** {@link #modelTimestep} backwards. */
    float continuousTime(double modelTimestep) {
        return (float) ((modelTimestep + 1) / betas.length);
    }

    /** log alpha at each t: float32 [n]. */
    public Tensor logAlpha(float... t) {
        float[] out = new float[t.length];
        for (int i = 0; i < t.length; i++) out[i] = interpolate(t[i], times, logAlphas);
        return Tensor.of(out, t.length);
    }

    public Tensor alpha(float... t) {
        return logAlpha(t).exp();
    }

    public Tensor sigma(float... t) {
        return noiseVariance(t).sqrt();
    }

    public Tensor lambda(float... t) {
        return logAlpha(t).sub(noiseVariance(t).log().mul(0.5));
    }

    /** The times with the given lambdas: {@code lambda} backwards. */
    public float[] inverseLambda(float... lambda) {
        Tensor twice = Tensor.of(lambda, lambda.length).mul(-2);
        // log alpha = −½ ln(1 + exp(−2 lambda)), written so that neither end overflows
        Tensor top = twice.relu();
        float[] logAlpha = top.add(top.neg().exp().add(twice.sub(top).exp()).log())
                .mul(-0.5)
                .toFloatArray();
        float[] falling = new float[times.length], rising = new float[times.length];
        for (int i = 0; i < times.length; i++) {
            rising[i] = logAlphas[times.length - 1 - i];
            falling[i] = times[times.length - 1 - i];
        }
        float[] out = new float[lambda.length];
        for (int i = 0; i < out.length; i++) out[i] = interpolate(logAlpha[i], rising, falling);
        return out;
    }

    /** 1 − exp(2 log alpha): the variance of the noise in x_t. */
    private Tensor noiseVariance(float... t) {
        return logAlpha(t).mul(2).exp().neg().add(1);
    }

    private static float interpolate(float x, float[] xs, float[] ys) {
        int below = 0;
        while (below < xs.length && xs[below] < x) below++;
        int lo = Math.min(Math.max(below - 1, 0), xs.length - 2), hi = lo + 1;
        return ys[lo] + (x - xs[lo]) * (ys[hi] - ys[lo]) / (xs[hi] - xs[lo]);
    }

    /**
     * Evenly spaced float32, from the front for the first half and from the back for the second, so that both ends are
     * exact; product and sum are rounded once, as libtorch's compiler has it.
     */
    private static float[] linspace(float first, float last, int n) {
        float step = (last - first) / (n - 1);
        float[] out = new float[n];
        for (int i = 0; i < n; i++) out[i] = i < n / 2 ? Math.fma(step, i, first) : Math.fma(-step, n - 1 - i, last);
        return out;
    }
}
