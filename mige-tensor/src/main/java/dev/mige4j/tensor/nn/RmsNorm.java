package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * T5's normalisation: by the root mean square, without centring or bias.
 *
 * <pre>
 *   y = w · (x / √(mean(x²) + eps))        mean square in float32
 * </pre>
 */
public final class RmsNorm {

    private final Tensor weight;
    private final double eps;

    public RmsNorm(Weights weights, long width, double eps) {
        this.weight = weights.get("weight", Init.ONES, width);
        this.eps = eps;
    }

    /** x [..., width], same shape back. */
    public Tensor forward(Tensor x) {
        Tensor upcast = x.to(DType.F32);
        Tensor inverseRms = upcast.mul(upcast).mean(true, -1).add(eps).rsqrt();
        return upcast.mul(inverseRms).typeAs(x).mul(weight.typeAs(x));
    }
}
