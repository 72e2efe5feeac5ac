package dev.mige4j.encoder;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.RmsNorm;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * One block of the {@link T5Encoder}. No layer has a bias.
 *
 * <pre>
 *   h = RMS(x);   x = x + Wo · attention(Wq h, Wk h, Wv h)
 *   h = RMS(x);   x = x + wo(gelu(wi_0 h) · (wi_1 h))              tanh approximation of gelu
 * </pre>
 *
 * Attention scores are not divided by √headWidth; Wq is initialized small instead. Source:
 * docs/specification/encoder.md sections 7 and 13.
 */
public final class T5Block {

    /**
     * Attention over queries, keys and values, all [B, L, heads · headWidth]: softmax(q kᵀ + bias) v. The
     * implementation decides which tokens belong to the same item.
     */
    @FunctionalInterface
    public interface AttentionFunction {
        Tensor attend(Tensor q, Tensor k, Tensor v);
    }

    private final RmsNorm attentionNorm, mlpNorm;
    private final Linear query, key, value, project, gate, up, down;

    public T5Block(T5Encoder.Config config, Weights weights) {
        int e = config.width(), inner = config.heads() * config.headWidth();
        Weights attentionLayer = weights.at("layer").at(0), attention = attentionLayer.at("SelfAttention");
        Weights mlpLayer = weights.at("layer").at(1), mlp = mlpLayer.at("DenseReluDense");
        Init byWidth = Init.normal(1 / Math.sqrt(e));
        attentionNorm = new RmsNorm(attentionLayer.at("layer_norm"), e, T5Encoder.EPS);
        query = Linear.withoutBias(
                attention.at("q"), e, inner, Init.normal(1 / Math.sqrt((double) e * config.headWidth())));
        key = Linear.withoutBias(attention.at("k"), e, inner, byWidth);
        value = Linear.withoutBias(attention.at("v"), e, inner, byWidth);
        project = Linear.withoutBias(attention.at("o"), inner, e, Init.normal(1 / Math.sqrt(inner)));
        mlpNorm = new RmsNorm(mlpLayer.at("layer_norm"), e, T5Encoder.EPS);
        gate = Linear.withoutBias(mlp.at("wi_0"), e, config.mlpWidth(), byWidth);
        up = Linear.withoutBias(mlp.at("wi_1"), e, config.mlpWidth(), byWidth);
        down = Linear.withoutBias(mlp.at("wo"), config.mlpWidth(), e, Init.normal(1 / Math.sqrt(config.mlpWidth())));
    }

    /** x [B, L, E] to the same shape. */
    public Tensor forward(Tensor x, AttentionFunction attention) {
        Tensor hidden = x.add(selfAttention(x, attention));
        return hidden.add(feedForward(hidden));
    }

    /** The output of the self-attention branch for x [B, L, E], before the residual. */
    public Tensor selfAttention(Tensor x, AttentionFunction attention) {
        Tensor h = attentionNorm.forward(x);
        return project.forward(attention.attend(query.forward(h), key.forward(h), value.forward(h)));
    }

    /** The output of the feed-forward branch for x [B, L, E], before the residual. */
    public Tensor feedForward(Tensor x) {
        Tensor h = mlpNorm.forward(x);
        return down.forward(gate.forward(h).geluTanh().mul(up.forward(h)));
    }
}
