package mige.tensor.nn;

import java.util.function.UnaryOperator;
import mige.tensor.Tensor;

/**
 * Two affine maps with a non-linearity between them.
 *
 * <pre>
 *   y = second(activation(first(x)))
 * </pre>
 */
public final class Mlp {

    private final Linear first;
    private final Linear second;
    private final UnaryOperator<Tensor> activation;

    public Mlp(Linear first, UnaryOperator<Tensor> activation, Linear second) {
        this.first = first;
        this.activation = activation;
        this.second = second;
    }

    /** x [..., in] to [..., out]. */
    public Tensor forward(Tensor x) {
        return second.forward(activation.apply(first.forward(x)));
    }
}
