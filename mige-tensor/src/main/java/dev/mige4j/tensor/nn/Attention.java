package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Tensor;

/**
 * Multi-head attention over projected queries, keys and values; it has no weights.
 *
 * <pre>
 *   out = concat over heads of  softmax(q kᵀ · scale + bias) v
 * </pre>
 *
 * <p>Three implementations agree up to rounding. On a CPU, libtorch's fused kernel multiplies bfloat16 in a naive loop
 * (8 GFLOP/s), and its backward pass does so head by head. There, inference in bfloat16 uses explicit matrix products
 * over chunks of heads whose scores fit in the cache, and training uses explicit products over all heads (batch 32, 4
 * heads of 64, 64 tokens, forward and backward: 57 ms fused, 7 ms explicit in bfloat16; 32 and 13 ms in float32). All
 * other cases use the fused kernel.
 */
public final class Attention {

    /** Size of the scores of one chunk: about that of the CPU cache. */
    private static final long MAX_SCORE_BYTES = 12L << 20;

    private Attention() {}

    /**
     * Attention with the scale 1/√(C/heads) and without bias.
     *
     * @param q [B, N, C]
     * @param k [B, M, C]
     * @param v [B, M, E]
     * @param heads number of heads; divides C and E
     * @return [B, N, E]
     */
    public static Tensor attend(Tensor q, Tensor k, Tensor v, int heads) {
        return attend(q, k, v, heads, 1 / Math.sqrt((double) q.size(-1) / heads), null);
    }

    /**
     * Attention with a given scale and bias.
     *
     * @param bias added to the scores, [heads, N, M] or [B, heads, N, M], or null
     * @return [B, N, E]
     */
    public static Tensor attend(Tensor q, Tensor k, Tensor v, int heads, double scale, Tensor bias) {
        Tensor qh = splitHeads(q, heads); // [B, H, N, d]
        Tensor kh = splitHeads(k, heads); // [B, H, M, d]
        Tensor vh = splitHeads(v, heads); // [B, H, M, e]
        bias = batched(bias, q);
        boolean onCpu = Engine.instance().isCpu(),
                requiresGrad = q.requiresGrad() || k.requiresGrad() || v.requiresGrad();
        if (onCpu && !requiresGrad && q.dtype() == DType.BF16) return chunked(qh, kh, vh, scale, bias);
        Tensor output = onCpu && requiresGrad
                ? unfused(qh, kh, vh, scale, bias)
                : Tensor.scaledDotProductAttention(qh, kh, vh, bias, scale);
        return output.transpose(1, 2).reshape(q.size(0), q.size(1), v.size(2));
    }

    /**
     * As {@link #attend(Tensor, Tensor, Tensor, int, double, Tensor)}, also with a bias for all heads [1, N, M], for
     * inference on sequences of at most some hundred tokens. Where libtorch divides float32 products among threads,
     * explicit products are faster there than the fused kernel (32 images, one thread of a Zen 4: 28 ms fused, 11 ms
     * explicit with 50 tokens and 12 heads of 64; 55 and 39 ms with 197 tokens and 6 heads).
     */
    public static Tensor attendShort(Tensor q, Tensor k, Tensor v, int heads, double scale, Tensor bias) {
        Engine engine = Engine.instance();
        boolean requiresGrad = q.requiresGrad() || k.requiresGrad() || v.requiresGrad();
        if (!engine.isCpu() || engine.parallelizesMatmul() || requiresGrad) return attend(q, k, v, heads, scale, bias);
        Tensor perHead = bias == null ? null : batched(bias, q).expand(-1, heads, -1, -1);
        return chunked(splitHeads(q, heads), splitHeads(k, heads), splitHeads(v, heads), scale, perHead);
    }

    /** The bias with an axis for the batch, in the type of q; null if there is none. */
    private static Tensor batched(Tensor bias, Tensor q) {
        if (bias == null) return null;
        return (bias.dim() == 3 ? bias.unsqueeze(0) : bias).typeAs(q);
    }

    /**
     * The attention scores before the softmax: q kᵀ · scale + bias.
     *
     * @param q [B, N, C]
     * @param k [B, M, C]
     * @return [B, heads, N, M]
     */
    public static Tensor scores(Tensor q, Tensor k, int heads, double scale, Tensor bias) {
        return scores(splitHeads(q, heads), splitHeads(k, heads), scale, bias == null ? null : bias.typeAs(q));
    }

    private static Tensor unfused(Tensor q, Tensor k, Tensor v, double scale, Tensor bias) {
        return scores(q, k, scale, bias).softmax(-1).matmul(v);
    }

    private static Tensor scores(Tensor q, Tensor k, double scale, Tensor bias) {
        Tensor scores = q.mul(scale).matmul(k.transpose(2, 3)); // [B, H, N, M]
        return bias == null ? scores : scores.add(bias);
    }

    private static Tensor splitHeads(Tensor x, int heads) {
        return x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
    }

    private static Tensor chunked(Tensor q, Tensor k, Tensor v, double scale, Tensor bias) {
        long batch = q.size(0), heads = q.size(1), n = q.size(2), m = k.size(2), e = v.size(3);
        long chunk =
                Math.max(1, Math.min(heads, MAX_SCORE_BYTES / (n * m * q.dtype().elementSize())));
        Tensor out = Tensor.empty(q.dtype(), batch, n, heads, e);
        Tensor scoreBuffer = Tensor.empty(q.dtype(), chunk, n, m);
        for (long b = 0; b < batch; b++) {
            for (long h = 0; h < heads; h += chunk) {
                long c = Math.min(chunk, heads - h);
                Tensor scores = scoreBuffer
                        .narrow(0, 0, c)
                        .bmmOut(headSlice(q, b, h, c), headSlice(k, b, h, c).transpose(1, 2), scale);
                if (bias != null) scores.add_(headSlice(bias, bias.size(0) == 1 ? 0 : b, h, c));
                out.select(0, b).transpose(0, 1).narrow(0, h, c).bmmOut(scores.softmax_(), headSlice(v, b, h, c));
            }
        }
        return out.view(batch, n, heads * e);
    }

    private static Tensor headSlice(Tensor x, long batchIndex, long firstHead, long headCount) {
        return x.select(0, batchIndex).narrow(0, firstHead, headCount);
    }
}
