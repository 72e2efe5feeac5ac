package mige.denoiser;

import mige.tensor.Tensor;
import mige.tensor.nn.Linear;
import mige.tensor.nn.Mlp;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Brings the conditioning to the denoiser's width.
 *
 * <pre>
 *   words = W2 gelu(W1 text + b1) + b2        gelu in its tanh form
 * </pre>
 * <p>Source: DIFFUSION.md section 1.4.
 */
public final class TextProjection {

    private final Mlp mlp;

    public TextProjection(Denoiser.Config config, Weights weights) {
        int c = config.hidden();
        mlp = new Mlp(new Linear(weights.at("fc1"), config.textWidth(), c, Birth.FAN_IN, Birth.ZERO), Tensor::geluTanh,
                      new Linear(weights.at("fc2"), c, c, Birth.FAN_IN, Birth.ZERO));
    }

    /** Text [B, L, D] to words [B, L, C]. */
    public Tensor forward(Tensor text) {
        return mlp.forward(text);
    }
}
