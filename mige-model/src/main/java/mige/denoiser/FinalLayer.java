package mige.denoiser;

import mige.tensor.Tensor;
import mige.tensor.nn.Linear;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Tokens back to cells: noise and variance of each patch.
 *
 * <pre>
 *   [shift, scale] = table + te
 *   values of a token = W (LN(x) · (1 + scale) + shift) + b,  ordered (dy, dx, channel)
 * </pre>
 * <p>Uses te itself, neither its SiLU nor t0. Zero at birth. Source: DIFFUSION.md section 1.6.
 */
public final class FinalLayer {

    private final Tensor table;
    private final Linear project;

    public FinalLayer(Denoiser.Config config, Weights weights) {
        int c = config.hidden();
        table   = weights.get("scale_shift_table", Birth.normal(1 / Math.sqrt(c)), 2, c);
        project = Linear.zeroed(weights.at("linear"), c, (long) config.patch() * config.patch() * config.outChannels());
    }

    /** Tokens [B, N, C] and te [B, C] (or [1, C] for all) to [B, N, p · p · 2c]. */
    public Tensor forward(Tensor x, Tensor te) {
        Tensor m = table.like(x).unsqueeze(0).add(te.unsqueeze(1));                          // [B, 2, C]
        return project.forward(DitBlock.modulate(x, m.narrow(1, 0, 1), m.narrow(1, 1, 1)));
    }
}
