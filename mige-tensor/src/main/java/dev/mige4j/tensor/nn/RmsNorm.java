package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * Root mean square normalization of the last axis, as in T5; key {@code weight} [width].
 *
 * <pre>
 *   y = w · (x / √(mean(x²) + eps))        mean square in float32
 * </pre>
 */
public final class RmsNorm {

    private final Tensor weight;
    private final double eps;

    /** @param eps added to the mean square */
    public RmsNorm(Weights weights, long width, double eps) {
        this.weight = weights.get("weight", Init.ONES, width);
        this.eps = eps;
    }

    /** x [..., width] to the same shape. */
    public Tensor forward(Tensor x) {
        Tensor upcast = x.to(DType.F32);
        Tensor inverseRms = upcast.mul(upcast).mean(true, -1).add(eps).rsqrt();
        return upcast.mul(inverseRms).typeAs(x).mul(weight.typeAs(x));
    }
}
