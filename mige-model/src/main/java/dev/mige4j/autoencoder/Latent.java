package dev.mige4j.autoencoder;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;

/**
 * What the denoiser works on: a latent in the denoiser's unit, that is always multiplied by the autoencoder's scale.
 *
 * <p>A latent without that factor is a bare tensor called raw; {@link AutoEncoder#toLatent} and
 * {@link AutoEncoder#toRaw} convert.
 *
 * @param values [B, c, h, w]
 */
public record Latent(Tensor values) {

    /** The canvas of a task without one: zeros [count, channels, height, width]. */
    public static Latent zeros(int count, int channels, int height, int width) {
        return new Latent(Tensor.zeros(count, channels, height, width));
    }

    /**
     * Standard normal noise for items first .. first + count - 1 of a request: item i depends on (seed, i) and the size
     * alone.
     */
    public static Latent noise(long seed, int first, int count, int channels, int height, int width) {
        Tensor batch = Tensor.zeros(count, channels, height, width);
        for (int i = 0; i < count; i++) batch.row(i).copy_(new Rng(seed, first + i).normal(1, channels, height, width));
        return new Latent(batch);
    }
}
