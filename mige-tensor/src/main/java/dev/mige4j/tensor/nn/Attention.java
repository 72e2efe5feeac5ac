package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Tensor;

/**
 * Multi-head attention of queries on keys and values that are already projected; it has no weights of its own.
 *
 * <pre>
 *   out = concat over heads of  softmax(q kᵀ · scale + bias) v
 * </pre>
 *
 * The one place where attention is computed, in one of three ways that agree up to rounding. On a processor libtorch's
 * fused kernel multiplies bfloat16 in a naive loop (8 GFLOP/s), and its gradient does so for each head alone, so there
 * the products are written out: over chunks of heads whose scores stay in the cache, or, where a gradient is wanted,
 * over all heads at once (32 items, 4 heads of 64, 64 tokens, forward and back: 57 ms fused, 7 ms written out in
 * bfloat16; 32 and 13 ms in float32). Elsewhere the fused kernel is used.
 */
public final class Attention {

    /** Scores held at once: about what a processor's cache keeps. */
    private static final long MAX_SCORE_BYTES = 12L << 20;

    private Attention() {}

    /** q [B, N, C], k [B, M, C], v [B, M, E] to [B, N, E], with C and E split into heads; scale 1/√(C/heads). */
    public static Tensor attend(Tensor q, Tensor k, Tensor v, int heads) {
        return attend(q, k, v, heads, 1 / Math.sqrt((double) q.size(-1) / heads), null);
    }

    /** The same with a scale and a bias that is added to the scores, [heads, N, M] or [B, heads, N, M], or null. */
    public static Tensor attend(Tensor q, Tensor k, Tensor v, int heads, double scale, Tensor bias) {
        Tensor qh = splitHeads(q, heads); // [B, H, N, d]
        Tensor kh = splitHeads(k, heads); // [B, H, M, d]
        Tensor vh = splitHeads(v, heads); // [B, H, M, e]
        if (bias != null && bias.dim() == 3) bias = bias.unsqueeze(0);
        if (bias != null) bias = bias.typeAs(q);
        boolean onCpu = Engine.instance().isCpu(),
                requiresGrad = q.requiresGrad() || k.requiresGrad() || v.requiresGrad();
        if (onCpu && !requiresGrad && q.dtype() == DType.BF16) return chunked(qh, kh, vh, scale, bias);
        Tensor output = onCpu && requiresGrad
                ? unfused(qh, kh, vh, scale, bias)
                : Tensor.scaledDotProductAttention(qh, kh, vh, bias, scale);
        return output.transpose(1, 2).reshape(q.size(0), q.size(1), v.size(2));
    }

    /** The scores whose softmax over M is where each query looks: q [B, N, C], k [B, M, C] to [B, heads, N, M]. */
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
