package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.Int8Quantization;
import java.util.List;

/**
 * Affine transformation of the last axis.
 *
 * <pre>
 *   y = x Wᵀ + b        W [out, in], b [out]
 * </pre>
 *
 * <p>Keys {@code weight} and {@code bias}. Weights of another type than x are converted for the product. A weight in
 * int8 has the key {@code weight_scale} as well; see {@link Int8Quantization}. The {@link LoraAdapter}s of the layer
 * are those that its {@link Weights} have for it; each adds its update to y.
 */
public final class Linear {

    private static final String WEIGHT = "weight", SCALE = WEIGHT + Int8Quantization.SCALE;

    private final Tensor weight;
    private final Tensor scale; // [out, 1]; null: the weight is not quantized
    private final Tensor bias; // null: none

    private final List<LoraAdapter> adapters;

    private Linear(Tensor weight, Tensor scale, Tensor bias, List<LoraAdapter> adapters) {
        this.weight = weight;
        this.scale = scale;
        this.bias = bias;
        this.adapters = adapters;
    }

    /** With bias; Xavier-uniform weight, zero bias. */
    public Linear(Weights weights, long inFeatures, long outFeatures) {
        this(weights, inFeatures, outFeatures, Init.XAVIER_UNIFORM, Init.ZEROS);
    }

    /** With bias, and another initialization. */
    public Linear(Weights weights, long inFeatures, long outFeatures, Init weightInit, Init biasInit) {
        scale = scale(weights, outFeatures);
        weight = weights.get(WEIGHT, weightInit, outFeatures, inFeatures);
        bias = weights.get("bias", biasInit, outFeatures);
        adapters = weights.adapters(inFeatures, outFeatures);
    }

    /** Without bias; Xavier-uniform weight. */
    public static Linear withoutBias(Weights weights, long inFeatures, long outFeatures) {
        return withoutBias(weights, inFeatures, outFeatures, Init.XAVIER_UNIFORM);
    }

    /** Without bias, and another initialization. */
    public static Linear withoutBias(Weights weights, long inFeatures, long outFeatures, Init init) {
        Tensor scale = scale(weights, outFeatures);
        return new Linear(
                weights.get(WEIGHT, init, outFeatures, inFeatures),
                scale,
                null,
                weights.adapters(inFeatures, outFeatures));
    }

    /** Zero-initialized, so that its residual branch contributes nothing at the start of training. */
    public static Linear zeroInit(Weights weights, long inFeatures, long outFeatures) {
        return new Linear(weights, inFeatures, outFeatures, Init.ZEROS, Init.ZEROS);
    }

    /**
     * From given tensors, for weights with other keys than {@code weight} and {@code bias}; {@code bias} may be null.
     */
    public static Linear of(Tensor weight, Tensor bias) {
        return new Linear(weight, null, bias, List.of());
    }

    /** The scales of a quantized weight, read before it: a checkpoint gives int8 only to a reader of the scales. */
    private static Tensor scale(Weights weights, long outFeatures) {
        return weights.has(SCALE) ? weights.get(SCALE, Init.ONES, outFeatures, 1) : null;
    }

    /** x [..., in] to [..., out]. */
    public Tensor forward(Tensor x) {
        Tensor b = bias == null ? null : bias.typeAs(x);
        Tensor y = scale == null ? x.linear(weight, b) : x.linearInt8(weight, scale, b);
        for (LoraAdapter adapter : adapters) y = adapter.addTo(y, x);
        return y;
    }
}
