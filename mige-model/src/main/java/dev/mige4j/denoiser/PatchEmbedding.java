package dev.mige4j.denoiser;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * Embeds latents as patch tokens; the noisy latent and the source latent enter as one latent of 2c channels.
 *
 * <pre>
 *   token = W · [patch of x, patch of source] + b  =  Wx · patch of x  +  (Ws · patch of source + b)
 * </pre>
 *
 * <p>The second form lets sampling compute the source's part once. The raw latent of a reference image is embedded with
 * a source of zeros: {@link #features}. Source: docs/specification/diffusion.md section 1.1.
 */
public final class PatchEmbedding {

    private final Tensor weight; // [C, 2c, p, p]
    private final Tensor bias; // [C]
    private final int channels, patch;

    public PatchEmbedding(Denoiser.Config config, Weights weights) {
        this.channels = config.latentChannels();
        this.patch = config.patchSize();
        long c = 2L * channels;
        weight = weights.get("weight", Init.XAVIER_UNIFORM, config.hiddenSize(), c, patch, patch);
        bias = weights.get("bias", Init.uniform(1 / Math.sqrt((double) c * patch * patch)), config.hiddenSize());
    }

    /** x and source [B, c, h, w] to tokens [B, N, C], row by row. */
    public Tensor forward(Tensor x, Tensor source) {
        return embed(Tensor.cat(1, x, source), weight, bias);
    }

    /** The part of x, without bias. */
    Tensor noisyLatentPart(Tensor x) {
        return embed(x, weight.narrow(1, 0, channels), null);
    }

    /** The part of the source, with bias; the sum with the part of x is {@link #forward}. */
    Tensor sourcePart(Tensor source) {
        return embed(source, weight.narrow(1, channels, channels), bias);
    }

    /** Raw latents of reference images [n, c, h, w], with a source of zeros: [n, N, C]. */
    public Tensor features(Tensor rawLatents) {
        return embed(rawLatents, weight.narrow(1, 0, channels), bias);
    }

    private Tensor embed(Tensor latent, Tensor w, Tensor b) {
        Tensor grid = latent.conv2d(
                w.typeAs(latent).contiguous(), b == null ? null : b.typeAs(latent), patch, 0); // [B, C, h/p, w/p]
        return grid.reshape(grid.size(0), grid.size(1), grid.size(2) * grid.size(3))
                .transpose(1, 2); // [B, N, C]
    }
}
