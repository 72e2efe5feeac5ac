package mige.tensor.nn;

import mige.tensor.Tensor;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Layer normalisation of the last axis with the biased variance.
 *
 * <pre>
 *   y = (x − mean) / √(var + eps) · weight + bias
 * </pre>
 */
public final class LayerNorm {

    private final Tensor weight;
    private final Tensor bias;
    private final double eps;

    public LayerNorm(Weights weights, long width, double eps) {
        this.weight = weights.get("weight", Birth.ONE, width);
        this.bias = weights.get("bias", Birth.ZERO, width);
        this.eps = eps;
    }

    /** x [..., width], same shape back. */
    public Tensor forward(Tensor x) {
        return x.layerNorm(weight.like(x), bias.like(x), eps);
    }
}
