package dev.mige4j.autoencoder;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;

/**
 * What the encoder knows about a latent: a normal distribution for each of its elements.
 *
 * @param mean [B, c, h, w], in the autoencoder's own unit (raw: not multiplied by the scale)
 * @param logVariance [B, c, h, w], within [-30, 20]
 */
public record DiagonalGaussian(Tensor mean, Tensor logVariance) {

    /** From the encoder's channels [B, 2c, h, w]: means, then log variances, which are clamped. */
    public static DiagonalGaussian of(Tensor channels) {
        long c = channels.size(1) / 2;
        return new DiagonalGaussian(
                channels.narrow(1, 0, c), channels.narrow(1, c, c).clamp(-30, 20));
    }

    /** The same in another type. */
    public DiagonalGaussian to(DType type) {
        return new DiagonalGaussian(mean.to(type), logVariance.to(type));
    }

    /** The standard deviation [B, c, h, w]. */
    public Tensor std() {
        return logVariance.mul(0.5).exp();
    }

    /** The raw latent mean + deviation · noise; noise standard normal, [B, c, h, w]. */
    public Tensor sample(Tensor noise) {
        return mean.addcmul(std(), noise.expect("noise", "[B, c, h, w]", mean.shape()));
    }
}
