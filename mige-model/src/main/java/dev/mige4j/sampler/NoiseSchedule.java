package dev.mige4j.sampler;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;

/**
 * Noise schedule of the diffusion process: x_t = alpha(t) · clean + sigma(t) · noise, t in (0, 1].
 *
 * <pre>
 *   A_n          = ½ Σ ln(1 − β_i), i = 1..n        at t_n = n / 1000, in float64, stored in float32
 *   log alpha(t) = A, interpolated linearly in t, extrapolated by the outermost segments
 *   sigma(t)     = √(1 − exp(2 log alpha)),   lambda(t) = log alpha − ½ ln(1 − exp(2 log alpha))
 * </pre>
 *
 * <p>Everything after A is float32 in the reference's order of operations: near t = 0 the difference 1 − exp(..) loses
 * three digits, and the results must lose the same ones. The tensors are on the host, whatever the device. Source:
 * DPM-Solver (arXiv 2206.00927) for discrete-time models; docs/specification/diffusion.md section 6.
 */
public final class NoiseSchedule {

    private final double[] betas;
    private final float[] logAlphas;
    private final float[] times;

    /** @param betas β of each training step, in order */
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

    /** The schedule of the published model: β from 0.0001 to 0.02 in 1000 even steps. */
    public static NoiseSchedule linear() {
        int n = 1000;
        double low = 1e-4, high = 0.02, step = (high - low) / (n - 1);
        double[] betas = new double[n];
        for (int i = 0; i < n; i++) betas[i] = i == n - 1 ? high : low + i * step;
        return new NoiseSchedule(betas);
    }

    /** β of each training step. */
    public double[] betas() {
        return betas.clone();
    }

    /** The cumulative product of 1 − β at each training step, float64. */
    public double[] alphasCumprod() {
        double[] out = new double[betas.length];
        double product = 1;
        for (int i = 0; i < out.length; i++) out[i] = product *= 1 - betas[i];
        return out;
    }

    /** log alpha at the {@link #times}. */
    public float[] logAlphas() {
        return logAlphas.clone();
    }

    /** The continuous time of each training step, n / 1000. */
    public float[] times() {
        return times.clone();
    }

    /**
     * The time grid of {@code count} sampling steps: count + 1 evenly spaced times from 1 down to 1/1000.
     *
     * @throws UsageException when count is below 2
     */
    public float[] timesteps(int count) {
        if (count < 2) throw new UsageException("steps is %d, expected at least 2", count);
        return linspace(1, 1f / betas.length, count + 1);
    }

    /** The timestep of the network for a time t: (t − 1/1000) · 1000. */
    public float modelTimestep(float t) {
        return (t - (float) (1.0 / betas.length)) * betas.length;
    }

    /** The inverse of {@link #modelTimestep}. */
    float continuousTime(double modelTimestep) {
        return (float) ((modelTimestep + 1) / betas.length);
    }

    /** log alpha at each t: float32 [n]. */
    public Tensor logAlpha(float... t) {
        float[] out = new float[t.length];
        for (int i = 0; i < t.length; i++) out[i] = interpolate(t[i], times, logAlphas);
        return Tensor.ofHost(out, t.length);
    }

    /** alpha at each t: float32 [n]. */
    public Tensor alpha(float... t) {
        return logAlpha(t).exp();
    }

    /** sigma at each t: float32 [n]. */
    public Tensor sigma(float... t) {
        return noiseVariance(t).sqrt();
    }

    /** lambda at each t: float32 [n]. */
    public Tensor lambda(float... t) {
        return logAlpha(t).sub(noiseVariance(t).log().mul(0.5));
    }

    /** The times at which lambda has the given values: the inverse of {@link #lambda}. */
    public float[] inverseLambda(float... lambda) {
        Tensor twice = Tensor.ofHost(lambda, lambda.length).mul(-2);
        // log alpha = −½ ln(1 + exp(−2 lambda)), in a form that does not overflow
        Tensor top = twice.relu();
        float[] logAlpha = top.add(top.neg().exp().add(twice.sub(top).exp()).log())
                .mul(-0.5)
                .toFloatArray();
        float[] descendingTimes = new float[times.length], ascendingLogAlphas = new float[times.length];
        for (int i = 0; i < times.length; i++) {
            ascendingLogAlphas[i] = logAlphas[times.length - 1 - i];
            descendingTimes[i] = times[times.length - 1 - i];
        }
        float[] out = new float[lambda.length];
        for (int i = 0; i < out.length; i++) out[i] = interpolate(logAlpha[i], ascendingLogAlphas, descendingTimes);
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
     * Evenly spaced float32 values, computed from the front for the first half and from the back for the second, so
     * that both ends are exact; fused multiply-add as in PyTorch's linspace.
     */
    private static float[] linspace(float first, float last, int n) {
        float step = (last - first) / (n - 1);
        float[] out = new float[n];
        for (int i = 0; i < n; i++) out[i] = i < n / 2 ? Math.fma(step, i, first) : Math.fma(-step, n - 1 - i, last);
        return out;
    }
}
