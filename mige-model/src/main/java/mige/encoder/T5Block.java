package mige.encoder;

import mige.tensor.Tensor;
import mige.tensor.nn.Linear;
import mige.tensor.nn.RmsNorm;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * One block of the {@link T5Encoder}; no biases anywhere.
 *
 * <pre>
 *   h = RMS(x);   x = x + Wo · mixing(Wq h, Wk h, Wv h)            scores are not divided by √headWidth: Wq is born small instead
 *   h = RMS(x);   x = x + wo(gelu(wi_0 h) · (wi_1 h))              gelu by its tanh formula
 * </pre>
 *
 * Source: reference ENCODER.md sections 7 and 13.
 */
public final class T5Block {

    /** Lets queries look at keys and take values, all [B, L, H · headWidth]: softmax(q kᵀ + bias) v, within whatever belongs together. */
    @FunctionalInterface
    public interface Mixing {
        Tensor mix(Tensor q, Tensor k, Tensor v);
    }

    private final RmsNorm attentionNorm, mlpNorm;
    private final Linear query, key, value, project, gate, up, down;

    public T5Block(T5Encoder.Config config, Weights weights) {
        int e = config.width(), inner = config.heads() * config.headWidth();
        Weights first = weights.at("layer").at(0), attention = first.at("SelfAttention");
        Weights second = weights.at("layer").at(1), mlp = second.at("DenseReluDense");
        Birth byWidth = Birth.normal(1 / Math.sqrt(e));
        attentionNorm = new RmsNorm(first.at("layer_norm"), e, T5Encoder.EPS);
        query         = Linear.unbiased(attention.at("q"), e, inner, Birth.normal(1 / Math.sqrt((double) e * config.headWidth())));
        key           = Linear.unbiased(attention.at("k"), e, inner, byWidth);
        value         = Linear.unbiased(attention.at("v"), e, inner, byWidth);
        project       = Linear.unbiased(attention.at("o"), inner, e, Birth.normal(1 / Math.sqrt(inner)));
        mlpNorm       = new RmsNorm(second.at("layer_norm"), e, T5Encoder.EPS);
        gate          = Linear.unbiased(mlp.at("wi_0"), e, config.hidden(), byWidth);
        up            = Linear.unbiased(mlp.at("wi_1"), e, config.hidden(), byWidth);
        down          = Linear.unbiased(mlp.at("wo"), config.hidden(), e, Birth.normal(1 / Math.sqrt(config.hidden())));
    }

    /** x [B, L, E] to the same shape. */
    public Tensor forward(Tensor x, Mixing mixing) {
        Tensor read = x.add(look(x, mixing));
        return read.add(think(read));
    }

    /** What attention adds to x [B, L, E]. */
    public Tensor look(Tensor x, Mixing mixing) {
        Tensor h = attentionNorm.forward(x);
        return project.forward(mixing.mix(query.forward(h), key.forward(h), value.forward(h)));
    }

    /** What the feed-forward adds to x [B, L, E]. */
    public Tensor think(Tensor x) {
        Tensor h = mlpNorm.forward(x);
        return down.forward(gate.forward(h).geluTanh().mul(up.forward(h)));
    }
}
