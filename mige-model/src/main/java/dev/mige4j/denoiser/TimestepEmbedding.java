package dev.mige4j.denoiser;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * Embeds the timestep.
 *
 * <pre>
 *   f_k = exp(−ln(10000) · k / 128),  k = 0..127
 *   te  = W2 silu(W1 [cos(t f), sin(t f)])        for the final layer
 *   t0  = W3 silu(te), as 6 vectors               shared by all blocks
 * </pre>
 *
 * <p>Source: docs/specification/diffusion.md sections 1.3 and 4.
 */
public final class TimestepEmbedding {

    /** The precision of t and its sinusoid. */
    public enum TimestepRounding {
        /** float32. */
        NONE,
        /**
         * t and its sinusoid are rounded to bfloat16, as in the reference; the published weights were trained this way.
         */
        BF16
    }

    /**
     * The embeddings.
     *
     * @param te [B, C]
     * @param t0 [B, 6, C]
     */
    public record EmbeddedTimestep(Tensor te, Tensor t0) {}

    private static final int FREQUENCY_CHANNELS = 256;

    private final int hiddenSize;
    private final Mlp mlp;
    private final Linear blockModulation;

    public TimestepEmbedding(Denoiser.Config config, Weights embedder, Weights block) {
        int c = config.hiddenSize();
        this.hiddenSize = c;
        mlp = new Mlp(
                new Linear(embedder.at("mlp").at(0), FREQUENCY_CHANNELS, c, Init.LECUN_NORMAL, Init.ZEROS),
                Tensor::silu,
                new Linear(embedder.at("mlp").at(2), c, c, Init.LECUN_NORMAL, Init.ZEROS));
        blockModulation = new Linear(block.at(1), c, 6L * c, Init.LECUN_NORMAL, Init.ZEROS);
    }

    /** Embeds timesteps t [B], 0 to 999, possibly fractional. */
    public EmbeddedTimestep forward(Tensor t, TimestepRounding rounding) {
        Tensor te = mlp.forward(sinusoidalEmbedding(t, FREQUENCY_CHANNELS, rounding)); // [B, C]
        return new EmbeddedTimestep(te, blockModulation.forward(te.silu()).view(t.size(0), 6, hiddenSize));
    }

    /** The sinusoid of t [B]: [B, width], all cosines, then all sines, then a zero where the width is odd. */
    public static Tensor sinusoidalEmbedding(Tensor t, int width, TimestepRounding rounding) {
        int half = width / 2;
        Tensor f = Tensor.arange(half)
                .to(DType.F32)
                .mul(-Math.log(10000))
                .div(half)
                .exp(); // [width/2], float32 throughout
        Tensor angles = round(t.to(DType.F32), rounding).unsqueeze(1).mul(f.unsqueeze(0)); // [B, width/2]
        Tensor embedding = Tensor.cat(1, angles.cos(), angles.sin());
        return round(width % 2 == 0 ? embedding : embedding.pad(0, 0, 1), rounding);
    }

    private static Tensor round(Tensor x, TimestepRounding rounding) {
        return rounding == TimestepRounding.BF16 ? x.to(DType.BF16).to(DType.F32) : x;
    }
}
