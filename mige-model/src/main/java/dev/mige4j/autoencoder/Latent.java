package dev.mige4j.autoencoder;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;

/**
 * Latents in the scale of the denoiser, that is, multiplied by the scaling factor of the autoencoder.
 *
 * <p>Unscaled latents are plain tensors called raw; {@link AutoEncoder#toLatent} and {@link AutoEncoder#toRaw} convert.
 *
 * @param values [B, c, h, w]
 */
public record Latent(Tensor values) {

    /** The source latent of a task without a source image: zeros [count, channels, height, width]. */
    public static Latent zeros(int count, int channels, int height, int width) {
        return new Latent(Tensor.zeros(count, channels, height, width));
    }

    /**
     * Standard normal noise for items first .. first + count - 1 of a request. Item i depends only on (seed, i) and the
     * size, not on the batch.
     */
    public static Latent noise(long seed, int first, int count, int channels, int height, int width) {
        Tensor batch = Tensor.zeros(count, channels, height, width);
        for (int i = 0; i < count; i++) batch.row(i).copy_(new Rng(seed, first + i).normal(1, channels, height, width));
        return new Latent(batch);
    }
}
