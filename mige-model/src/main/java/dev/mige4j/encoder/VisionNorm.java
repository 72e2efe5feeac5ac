package dev.mige4j.encoder;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.weights.Weights;

/**
 * Layer norm of the vision transformer's output. Always computed in float32, with eps 1e-5 (the blocks use 1e-6).
 *
 * <p>Source: docs/specification/encoder.md sections 2 and 9. Checkpoint prefix {@code ln_vision}.
 */
public final class VisionNorm {

    private final LayerNorm norm;

    public VisionNorm(Weights weights, int width) {
        norm = new LayerNorm(weights, width, 1e-5);
    }

    /** x [..., V] to the same shape and type. */
    public Tensor forward(Tensor x) {
        return norm.forward(x.to(DType.F32)).typeAs(x);
    }
}
