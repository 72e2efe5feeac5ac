package dev.mige4j.sampler;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;

/**
 * What a denoiser's first c channels say of x_t = α z + σ n.
 *
 * <p>The published model says the noise. Where that is nearly all there is, a network that gives back its input is
 * nearly right, whatever the words say; velocity asks there for the picture, so that a small model hears its words
 * after thousands of samples instead of millions. Source of velocity: Progressive Distillation, arXiv 2202.00512,
 * appendix D. Not part of the reference.
 */
public enum PredictionType {
    /** n. */
    NOISE,
    /** α n − σ z. */
    VELOCITY;

    /**
     * The noise that a network means.
     *
     * <pre>
     *   n = α · velocity + σ x
     * </pre>
     *
     * @param network x [B, c, h, w] to the predictions of some branches, one after another: [branches · B, c or more,
     *     h, w]
     * @param schedule the one the network was trained with
     * @return x to [branches · B, c or more, h, w], of which the first c channels are noise
     */
    public NoiseModel toNoiseModel(NoiseModel network, NoiseSchedule schedule) {
        if (this == NOISE) return network;
        return (x, t) -> {
            Tensor velocity = network.predict(x, t).narrow(1, 0, x.size(1)).to(DType.F32); // [branches · B, c, h, w]
            float time = schedule.continuousTime(t);
            Tensor noisePart = x.to(DType.F32).mul(schedule.sigma(time).item()); // [B, c, h, w]
            long branches = velocity.size(0) / x.size(0);
            return velocity.mul(schedule.alpha(time).item()).add(noisePart.repeat(branches, 1, 1, 1));
        };
    }
}
