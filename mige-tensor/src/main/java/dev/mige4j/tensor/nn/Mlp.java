package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Multilayer perceptron of two linear layers with an activation between them.
 *
 * <pre>
 *   y = fc2(activation(fc1(x)))
 * </pre>
 */
public final class Mlp {

    private final Linear fc1;
    private final Linear fc2;
    private final UnaryOperator<Tensor> activation;

    /** The output size of {@code fc1} must be the input size of {@code fc2}. */
    public Mlp(Linear fc1, UnaryOperator<Tensor> activation, Linear fc2) {
        this.fc1 = fc1;
        this.activation = activation;
        this.fc2 = fc2;
    }

    /** x [..., in] to [..., out]. */
    public Tensor forward(Tensor x) {
        return fc2.forward(activation.apply(fc1.forward(x)));
    }
}
