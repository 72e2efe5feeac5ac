package dev.mige4j.eval.embedding;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.weights.Weights;

/**
 * One layer of either tower of an {@link OpenAiClip}: self-attention and MLP, each with pre-norm and residual.
 *
 * <pre>
 *   x = x + out(attention(q(LN1(x)), k(LN1(x)), v(LN1(x))))
 *   x = x + fc2(quick_gelu(fc1(LN2(x))))
 * </pre>
 *
 * <p>Source: docs/specification/evaluation.md section 2.
 */
public final class ClipLayer {

    private final int heads;
    private final LayerNorm attentionNorm, mlpNorm;
    private final Linear query, key, value, out;
    private final Mlp mlp;

    ClipLayer(ClipConfig.Tower tower, Weights weights) {
        int w = tower.width();
        Weights attention = weights.at("self_attn"), inner = weights.at("mlp");
        heads = tower.heads();
        attentionNorm = new LayerNorm(weights.at("layer_norm1"), w, tower.eps());
        query = new Linear(attention.at("q_proj"), w, w);
        key = new Linear(attention.at("k_proj"), w, w);
        value = new Linear(attention.at("v_proj"), w, w);
        out = new Linear(attention.at("out_proj"), w, w);
        mlpNorm = new LayerNorm(weights.at("layer_norm2"), w, tower.eps());
        mlp = new Mlp(
                new Linear(inner.at("fc1"), w, tower.mlpWidth()),
                Tensor::quickGelu,
                new Linear(inner.at("fc2"), tower.mlpWidth(), w));
    }

    /**
     * x [N, T, W] to the same shape; x is not modified.
     *
     * @param mask added to the attention scores, [1, T, T], or null
     */
    public Tensor forward(Tensor x, Tensor mask) {
        Tensor hidden = x.add(selfAttention(x, mask));
        return hidden.add(feedForward(hidden));
    }

    /** The first token of {@link #forward} without a mask, of all x [N, T, W]: [N, 1, W], without the others. */
    Tensor forwardFirst(Tensor x) {
        Tensor normed = attentionNorm.forward(x); // [N, T, W]
        Tensor hidden = x.narrow(1, 0, 1).add(attend(normed.narrow(1, 0, 1), normed, null));
        return hidden.add(feedForward(hidden));
    }

    /** The output of the attention branch, before the residual. */
    public Tensor selfAttention(Tensor x, Tensor mask) {
        Tensor normed = attentionNorm.forward(x); // [N, T, W]
        return attend(normed, normed, mask);
    }

    private Tensor attend(Tensor x, Tensor context, Tensor mask) {
        double scale = 1 / Math.sqrt((double) x.size(-1) / heads);
        return out.forward(Attention.attendShort(
                query.forward(x), key.forward(context), value.forward(context), heads, scale, mask));
    }

    /** The output of the MLP branch, before the residual. */
    public Tensor feedForward(Tensor x) {
        return mlp.forward(mlpNorm.forward(x));
    }
}
