package dev.mige4j.sampler;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;

/**
 * The quantity that the first c output channels of a denoiser predict, where x_t = α z + σ n.
 *
 * <p>The published model predicts the noise. At high noise levels, returning the input is then already nearly correct,
 * regardless of the text. Predicting the velocity requires the image there instead, so that a small model follows its
 * text after thousands of training samples rather than millions. Source of velocity: Progressive Distillation, arXiv
 * 2202.00512, appendix D. Not part of the reference.
 */
public enum PredictionType {
    /** The noise n. */
    NOISE,
    /** The velocity α n − σ z. */
    VELOCITY;

    /**
     * Converts the predictions of a network to noise.
     *
     * <pre>
     *   n = α · velocity + σ x
     * </pre>
     *
     * @param network x [B, c, h, w] to the predictions of some branches, concatenated: [branches · B, c or more, h, w]
     * @param schedule the one that the network was trained with
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
