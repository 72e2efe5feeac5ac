package mige.tensor.nn;

import mige.tensor.Tensor;
import mige.weights.Birth;
import mige.weights.Weights;

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
    private final Tensor bias;      // null: none

    private Linear(Tensor weight, Tensor bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** With bias; born Xavier-uniform, the bias zero. */
    public Linear(Weights weights, long in, long out) {
        this(weights, in, out, Birth.XAVIER, Birth.ZERO);
    }

    public Linear(Weights weights, long in, long out, Birth weight, Birth bias) {
        this(weights.get("weight", weight, out, in), weights.get("bias", bias, out));
    }

    public static Linear unbiased(Weights weights, long in, long out) {
        return unbiased(weights, in, out, Birth.XAVIER);
    }

    public static Linear unbiased(Weights weights, long in, long out, Birth birth) {
        return new Linear(weights.get("weight", birth, out, in), null);
    }

    /** Born zero, so that at the start of training its branch adds nothing. */
    public static Linear zeroed(Weights weights, long in, long out) {
        return new Linear(weights, in, out, Birth.ZERO, Birth.ZERO);
    }

    /** From tensors that are at hand, for weights whose keys do not follow the {@code weight} / {@code bias} pattern; bias may be null. */
    public static Linear of(Tensor weight, Tensor bias) {
        return new Linear(weight, bias);
    }

    /** x [..., in] to [..., out]. */
    public Tensor forward(Tensor x) {
        return x.linear(weight.like(x), bias == null ? null : bias.like(x));
    }
}
