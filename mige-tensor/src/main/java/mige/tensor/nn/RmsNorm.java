package mige.tensor.nn;

import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.weights.Birth;
import mige.weights.Weights;

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
        this.weight = weights.get("weight", Birth.ONE, width);
        this.eps = eps;
    }

    /** x [..., width], same shape back. */
    public Tensor forward(Tensor x) {
        Tensor wide = x.to(DType.F32);
        Tensor scale = wide.mul(wide).mean(true, -1).add(eps).rsqrt();
        return wide.mul(scale).like(x).mul(weight.like(x));
    }
}
