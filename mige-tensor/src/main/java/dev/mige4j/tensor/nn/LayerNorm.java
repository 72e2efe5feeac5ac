package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

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
        this.weight = weights.get("weight", Init.ONES, width);
        this.bias = weights.get("bias", Init.ZEROS, width);
        this.eps = eps;
    }

    /** x [..., width], same shape back. */
    public Tensor forward(Tensor x) {
        return x.layerNorm(weight.typeAs(x), bias.typeAs(x), eps);
    }
}
