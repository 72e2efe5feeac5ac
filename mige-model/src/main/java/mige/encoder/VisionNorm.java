package mige.encoder;

import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.tensor.nn.LayerNorm;
import mige.weights.Weights;

/**
 * Normalises what the vision transformer saw; always in float32, and with another eps (1e-5) than inside of its blocks.
 *
 * <p>Source: reference ENCODER.md sections 2 and 9. Checkpoint prefix {@code ln_vision}.
 */
public final class VisionNorm {

    private final LayerNorm norm;

    public VisionNorm(Weights weights, int width) {
        norm = new LayerNorm(weights, width, 1e-5);
    }

    /** x [..., W] to the same shape and type. */
    public Tensor forward(Tensor x) {
        return norm.forward(x.to(DType.F32)).like(x);
    }
}
