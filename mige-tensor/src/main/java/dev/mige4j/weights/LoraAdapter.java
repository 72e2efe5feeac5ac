package dev.mige4j.weights;

import dev.mige4j.common.ShapeException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;

/**
 * Low-rank update (LoRA) of the weight of one linear layer.
 *
 * <pre>
 *   y = W x + b + scale · B (A x)        A [r, in], B [out, r]
 * </pre>
 *
 * <p>W stays as it is, in any type, quantized or memory-mapped; the update is computed in the type of x. Source: LoRA
 * (arXiv 2106.09685) section 4.1; PEFT, {@code tuners/lora/layer.py}. Differences from PEFT: no dropout, and the
 * product has the type of x instead of that of A.
 *
 * @param a A [r, in]
 * @param b B [out, r]
 * @param scale alpha / r, times the scale that the user chose
 */
public record LoraAdapter(Tensor a, Tensor b, double scale) {

    /** @throws ShapeException when the shapes do not fit each other */
    public LoraAdapter {
        a.expect("lora_A", "[r, in]", Tensor.ANY, Tensor.ANY);
        b.expect("lora_B", "[out, r]", Tensor.ANY, a.size(0));
        if (!Double.isFinite(scale)) throw new ShapeException("The scale of a LoRA is %s, expected a number.", scale);
    }

    /**
     * An adapter before training, as PEFT initializes it: A is uniform in ±1/√in ({@code kaiming_uniform_} with a =
     * √5), B is zero, so the layer computes what it did without. In float32; outlives the current scope.
     */
    public static LoraAdapter init(Rng rng, int rank, long inFeatures, long outFeatures, double scale) {
        return Scope.unscoped(() -> new LoraAdapter(
                Scope.scoped(() -> Init.CONV_DEFAULT.create(rng, rank, inFeatures)),
                Tensor.zeros(outFeatures, rank),
                scale));
    }

    /** r. */
    public int rank() {
        return (int) a.size(0);
    }

    /** Width of x. */
    public long inFeatures() {
        return a.size(1);
    }

    /** Width of y. */
    public long outFeatures() {
        return b.size(0);
    }

    /** As this adapter, with its scale multiplied. */
    public LoraAdapter scaledBy(double factor) {
        return new LoraAdapter(a, b, scale * factor);
    }

    /** The adapter of some of the outputs, for layers that are projected in parts; a view. */
    public LoraAdapter outputs(long start, long length) {
        return new LoraAdapter(a, b.narrow(0, start, length), scale);
    }

    /**
     * y + scale · B (A x).
     *
     * @param y [..., out], the output of the layer, which no one else uses; overwritten where no gradient is needed
     * @param x [..., in], not modified
     * @return [..., out], in the type of y
     */
    public Tensor addTo(Tensor y, Tensor x) {
        return y.addLinear(x.typeAs(y).linear(a, null), b, scale);
    }

    /** scale · B A [out, in], in float32: what is added to W when the adapter is merged. */
    public Tensor deltaWeight() {
        return Scope.scoped(() -> b.to(DType.F32).matmul(a.to(DType.F32)).mul(scale));
    }

    /** Frees both tensors. */
    public void close() {
        a.close();
        b.close();
    }
}
