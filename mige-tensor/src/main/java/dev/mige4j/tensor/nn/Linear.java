package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * An affine map of the last axis.
 *
 * <pre>
 *   y = x Wᵀ + b        W [out, in], b [out]
 * </pre>
 *
 * Keys {@code weight} and {@code bias}. Weights stored in another type than x are converted for the product.
 */
public final class Linear {

    private final Tensor weight;
    private final Tensor bias; // null: none

    private Linear(Tensor weight, Tensor bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** With bias; born Xavier-uniform, the bias zero. */
    public Linear(Weights weights, long inFeatures, long outFeatures) {
        this(weights, inFeatures, outFeatures, Init.XAVIER_UNIFORM, Init.ZEROS);
    }

    public Linear(Weights weights, long inFeatures, long outFeatures, Init weight, Init bias) {
        this(weights.get("weight", weight, outFeatures, inFeatures), weights.get("bias", bias, outFeatures));
    }

    public static Linear withoutBias(Weights weights, long inFeatures, long outFeatures) {
        return withoutBias(weights, inFeatures, outFeatures, Init.XAVIER_UNIFORM);
    }

    public static Linear withoutBias(Weights weights, long inFeatures, long outFeatures, Init init) {
        return new Linear(weights.get("weight", init, outFeatures, inFeatures), null);
    }

    /** Born zero, so that at the start of training its branch adds nothing. */
    public static Linear zeroInit(Weights weights, long inFeatures, long outFeatures) {
        return new Linear(weights, inFeatures, outFeatures, Init.ZEROS, Init.ZEROS);
    }

    /**
     * From tensors that are at hand, for weights whose keys do not follow the {@code weight} / {@code bias} pattern;
     * bias may be null.
     */
    public static Linear of(Tensor weight, Tensor bias) {
        return new Linear(weight, bias);
    }

    /** x [..., in] to [..., out]. */
    public Tensor forward(Tensor x) {
        return x.linear(weight.typeAs(x), bias == null ? null : bias.typeAs(x));
    }
}
