package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * Layer normalization of the last axis; keys {@code weight} and {@code bias} [width].
 *
 * <pre>
 *   y = (x − mean) / √(var + eps) · weight + bias
 * </pre>
 */
public final class LayerNorm {

    private final Tensor weight;
    private final Tensor bias;
    private final double eps;

    /** @param eps added to the biased variance */
    public LayerNorm(Weights weights, long width, double eps) {
        this.weight = weights.get("weight", Init.ONES, width);
        this.bias = weights.get("bias", Init.ZEROS, width);
        this.eps = eps;
    }

    /** x [..., width] to the same shape. */
    public Tensor forward(Tensor x) {
        return x.layerNorm(weight.typeAs(x), bias.typeAs(x), eps);
    }
}
