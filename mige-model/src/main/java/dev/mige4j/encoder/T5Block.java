package dev.mige4j.encoder;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.RmsNorm;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * One block of the {@link T5Encoder}; no biases anywhere.
 *
 * <pre>
 *   h = RMS(x);   x = x + Wo · mixing(Wq h, Wk h, Wv h)            scores are not divided by √headWidth: Wq is born small instead
 *   h = RMS(x);   x = x + wo(gelu(wi_0 h) · (wi_1 h))              gelu by its tanh formula
 * </pre>
 *
 * Source: docs/specification/encoder.md sections 7 and 13.
 */
public final class T5Block {

    /**
     * Lets queries look at keys and take values, all [B, L, H · headWidth]: softmax(q kᵀ + bias) v, within whatever
     * belongs together.
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
        Tensor attended = x.add(selfAttention(x, attention));
        return attended.add(feedForward(attended));
    }

    /** What attention adds to x [B, L, E]. */
    public Tensor selfAttention(Tensor x, AttentionFunction attention) {
        Tensor h = attentionNorm.forward(x);
        return project.forward(attention.attend(query.forward(h), key.forward(h), value.forward(h)));
    }

    /** What the feed-forward adds to x [B, L, E]. */
    public Tensor feedForward(Tensor x) {
        Tensor h = mlpNorm.forward(x);
        return down.forward(gate.forward(h).geluTanh().mul(up.forward(h)));
    }
}
