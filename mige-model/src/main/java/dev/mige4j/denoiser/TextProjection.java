package dev.mige4j.denoiser;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * Projects the conditioning to the width of the denoiser.
 *
 * <pre>
 *   text = W2 gelu(W1 conditioning + b1) + b2        tanh approximation of gelu
 * </pre>
 *
 * <p>Source: docs/specification/diffusion.md section 1.4.
 */
public final class TextProjection {

    private final Mlp mlp;

    public TextProjection(Denoiser.Config config, Weights weights) {
        int c = config.hiddenSize();
        mlp = new Mlp(
                new Linear(weights.at("fc1"), config.textWidth(), c, Init.LECUN_NORMAL, Init.ZEROS),
                Tensor::geluTanh,
                new Linear(weights.at("fc2"), c, c, Init.LECUN_NORMAL, Init.ZEROS));
    }

    /** Conditioning [B, L, E] to [B, L, C]. */
    public Tensor forward(Tensor text) {
        return mlp.forward(text);
    }
}
