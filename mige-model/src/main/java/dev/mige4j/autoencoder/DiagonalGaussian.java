package dev.mige4j.autoencoder;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;

/**
 * Normal distribution of a latent with a diagonal covariance, as predicted by the encoder.
 *
 * @param mean [B, c, h, w], raw (not scaled)
 * @param logVariance [B, c, h, w], within [-30, 20]
 */
public record DiagonalGaussian(Tensor mean, Tensor logVariance) {

    /** Splits the output of the encoder [B, 2c, h, w] into means and log variances, which are clamped. */
    public static DiagonalGaussian of(Tensor channels) {
        long c = channels.size(1) / 2;
        return new DiagonalGaussian(
                channels.narrow(1, 0, c), channels.narrow(1, c, c).clamp(-30, 20));
    }

    /** This distribution in another type. */
    public DiagonalGaussian to(DType type) {
        return new DiagonalGaussian(mean.to(type), logVariance.to(type));
    }

    /** The standard deviation [B, c, h, w]. */
    public Tensor std() {
        return logVariance.mul(0.5).exp();
    }

    /** A raw latent: mean + standard deviation · noise, for standard normal noise [B, c, h, w]. */
    public Tensor sample(Tensor noise) {
        return mean.addcmul(std(), noise.expect("noise", "[B, c, h, w]", mean.shape()));
    }
}
