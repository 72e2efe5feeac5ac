package dev.mige4j.denoiser;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * The output layer of the diffusion transformer: noise and variance of each patch.
 *
 * <pre>
 *   [shift, scale] = table + te
 *   values of a token = W (LN(x) · (1 + scale) + shift) + b,  ordered (dy, dx, channel)
 * </pre>
 *
 * <p>Modulated by te itself, neither its SiLU nor t0. W and b are zero-initialized. Source:
 * docs/specification/diffusion.md section 1.6.
 */
public final class FinalLayer {

    private final Tensor scaleShiftTable;
    private final Linear project;

    public FinalLayer(Denoiser.Config config, Weights weights) {
        int c = config.hiddenSize();
        scaleShiftTable = weights.get("scale_shift_table", Init.normal(1 / Math.sqrt(c)), 2, c);
        project = Linear.zeroInit(
                weights.at("linear"), c, (long) config.patchSize() * config.patchSize() * config.outChannels());
    }

    /** Image tokens [B, N, C] and te [B, C] (or [1, C] for all items) to [B, N, p · p · 2c]. */
    public Tensor forward(Tensor x, Tensor te) {
        Tensor modulation = scaleShiftTable.typeAs(x).unsqueeze(0).add(te.unsqueeze(1)); // [B, 2, C]
        return project.forward(DitBlock.modulate(x, modulation.narrow(1, 0, 1), modulation.narrow(1, 1, 1)));
    }
}
