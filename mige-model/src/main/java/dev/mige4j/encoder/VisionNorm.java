package dev.mige4j.encoder;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.weights.Weights;

/**
 * Normalises what the vision transformer saw; always in float32, and with another eps (1e-5) than inside of its blocks.
 *
 * <p>Source: docs/specification/encoder.md sections 2 and 9. Checkpoint prefix {@code ln_vision}.
 */
public final class VisionNorm {

    private final LayerNorm norm;

    public VisionNorm(Weights weights, int width) {
        norm = new LayerNorm(weights, width, 1e-5);
    }

    /** x [..., W] to the same shape and type. */
    public Tensor forward(Tensor x) {
        return norm.forward(x.to(DType.F32)).typeAs(x);
    }
}
