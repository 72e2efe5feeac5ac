package mige.denoiser;

import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.tensor.nn.Linear;
import mige.tensor.nn.Mlp;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Tells the network how noisy its input is.
 *
 * <pre>
 *   f_k = exp(−ln(10000) · k / 128),  k = 0..127
 *   te  = W2 silu(W1 [cos(t f), sin(t f)])        for the last layer
 *   t0  = W3 silu(te), as 6 vectors               shared by all blocks
 * </pre>
 * <p>Source: DIFFUSION.md sections 1.3 and 4.
 */
public final class TimestepEmbedding {

    /** How t enters the sinusoid. */
    public enum Rounding {
        /** As it is. */
        NONE,
        /** t and its sinusoid rounded to bfloat16, as the reference computes and as the published weights have always seen it. */
        BF16
    }

    /** te [B, C] and t0 [B, 6, C]. */
    public record Embedded(Tensor te, Tensor t0) {}

    private static final int FREQUENCIES = 256;

    private final int hidden;
    private final Mlp embed;
    private final Linear toBlocks;

    public TimestepEmbedding(Denoiser.Config config, Weights embedder, Weights block) {
        int c = config.hidden();
        this.hidden = c;
        embed    = new Mlp(new Linear(embedder.at("mlp").at(0), FREQUENCIES, c, Birth.FAN_IN, Birth.ZERO), Tensor::silu,
                           new Linear(embedder.at("mlp").at(2), c, c, Birth.FAN_IN, Birth.ZERO));
        toBlocks = new Linear(block.at(1), c, 6L * c, Birth.FAN_IN, Birth.ZERO);
    }

    /** t [B], 0 to 999 and possibly fractional. */
    public Embedded forward(Tensor t, Rounding rounding) {
        Tensor te = embed.forward(frequencies(t, FREQUENCIES, rounding));                          // [B, C]
        return new Embedded(te, toBlocks.forward(te.silu()).view(t.size(0), 6, hidden));
    }

    /** t [B] to [B, width]: all cosines, then all sines, then a zero where the width is odd. */
    public static Tensor frequencies(Tensor t, int width, Rounding rounding) {
        int half = width / 2;
        Tensor f = Tensor.range(half).to(DType.F32).mul(-Math.log(10000)).div(half).exp();        // [width/2], float32 throughout
        Tensor angles = rounded(t.to(DType.F32), rounding).unsqueeze(1).mul(f.unsqueeze(0));      // [B, width/2]
        Tensor waves = Tensor.cat(1, angles.cos(), angles.sin());
        return rounded(width % 2 == 0 ? waves : waves.pad(0, 0, 1), rounding);
    }

    private static Tensor rounded(Tensor x, Rounding rounding) {
        return rounding == Rounding.BF16 ? x.to(DType.BF16).to(DType.F32) : x;
    }
}
