package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;

/**
 * Computes the attention of a layer from its projected queries, keys and values.
 *
 * <p>A network takes one in its constructor and uses {@link #DEFAULT} otherwise. Another implementation may compute the
 * same result differently, change it, or record the scores; see {@link Attention#scores}. The interface corresponds to
 * the attention processors of diffusers.
 */
@FunctionalInterface
public interface AttentionProcessor {

    /** {@link Attention#attend}: the fastest implementation on this machine. */
    AttentionProcessor DEFAULT = Attention::attend;

    /** {@link Attention#attendShort}: for inference on short sequences. */
    AttentionProcessor SHORT = Attention::attendShort;

    /**
     * softmax(q kᵀ · scale + bias) v for each head.
     *
     * @param q [B, N, C]
     * @param k [B, M, C]
     * @param v [B, M, E]
     * @param heads number of heads; divides C and E
     * @param bias added to the scores, [heads, N, M] or [B, heads, N, M], or null
     * @return [B, N, E], the heads concatenated
     */
    Tensor attend(Tensor q, Tensor k, Tensor v, int heads, double scale, Tensor bias);
}
