package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * Affine transformation of the last axis.
 *
 * <pre>
 *   y = x Wᵀ + b        W [out, in], b [out]
 * </pre>
 *
 * <p>Keys {@code weight} and {@code bias}. Weights of another type than x are converted for the product.
 */
public final class Linear {

    private final Tensor weight;
    private final Tensor bias; // null: none

    private Linear(Tensor weight, Tensor bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** With bias; Xavier-uniform weight, zero bias. */
    public Linear(Weights weights, long inFeatures, long outFeatures) {
        this(weights, inFeatures, outFeatures, Init.XAVIER_UNIFORM, Init.ZEROS);
    }

    /** With bias, and another initialization. */
    public Linear(Weights weights, long inFeatures, long outFeatures, Init weightInit, Init biasInit) {
        this(weights.get("weight", weightInit, outFeatures, inFeatures), weights.get("bias", biasInit, outFeatures));
    }

    /** Without bias; Xavier-uniform weight. */
    public static Linear withoutBias(Weights weights, long inFeatures, long outFeatures) {
        return withoutBias(weights, inFeatures, outFeatures, Init.XAVIER_UNIFORM);
    }

    /** Without bias, and another initialization. */
    public static Linear withoutBias(Weights weights, long inFeatures, long outFeatures, Init init) {
        return new Linear(weights.get("weight", init, outFeatures, inFeatures), null);
    }

    /** Zero-initialized, so that its residual branch contributes nothing at the start of training. */
    public static Linear zeroInit(Weights weights, long inFeatures, long outFeatures) {
        return new Linear(weights, inFeatures, outFeatures, Init.ZEROS, Init.ZEROS);
    }

    /**
     * From given tensors, for weights with other keys than {@code weight} and {@code bias}; {@code bias} may be null.
     */
    public static Linear of(Tensor weight, Tensor bias) {
        return new Linear(weight, bias);
    }

    /** x [..., in] to [..., out]. */
    public Tensor forward(Tensor x) {
        return x.linear(weight.typeAs(x), bias == null ? null : bias.typeAs(x));
    }
}
