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
        mlp = new Mlp(linear(weights.at("fc1"), config.textWidth(), c), Tensor::geluTanh, linear(weights.at("fc2"), c, c));
    }

    /** Born as wide as its input asks. The reference's 0.02 is near that at its sizes; a small model with it does not hear its words. */
    private static Linear linear(Weights weights, int in, int out) {
        return new Linear(weights, in, out, Birth.normal(1 / Math.sqrt(in)), Birth.ZERO);
    }

    /** Text [B, L, D] to words [B, L, C]. */
    public Tensor forward(Tensor text) {
        return mlp.forward(text);
    }
}
