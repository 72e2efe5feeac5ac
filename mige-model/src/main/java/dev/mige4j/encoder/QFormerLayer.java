package dev.mige4j.encoder;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * One layer of the {@link QFormer}: a BERT layer (post-norm) with optional cross-attention.
 *
 * <pre>
 *   x = LN(x + dense(attention(x, x)))
 *   x = LN(x + dense(attention(x, vision features)))     only in layers with cross-attention
 *   x = LN(x + dense(gelu(dense(x))))
 * </pre>
 *
 * Source: docs/specification/encoder.md section 3.
 */
public final class QFormerLayer {

    /** Attention with residual and norm; keys {@code self.{query,key,value}} and {@code output.{dense,LayerNorm}}. */
    private static final class AttentionSublayer {
        final Linear query, key, value, project;
        final LayerNorm norm;
        final int heads;

        AttentionSublayer(Weights weights, int width, int keyWidth, int heads) {
            Weights self = weights.at("self"), output = weights.at("output");
            this.heads = heads;
            query = new Linear(self.at("query"), width, width, Init.LECUN_NORMAL, Init.ZEROS);
            key = new Linear(self.at("key"), keyWidth, width, Init.LECUN_NORMAL, Init.ZEROS);
            value = new Linear(self.at("value"), keyWidth, width, Init.LECUN_NORMAL, Init.ZEROS);
            project = new Linear(output.at("dense"), width, width, Init.LECUN_NORMAL, Init.ZEROS);
            norm = new LayerNorm(output.at("LayerNorm"), width, QFormer.EPS);
        }

        Tensor forward(Tensor x, Tensor context) {
            Tensor attentionOutput =
                    Attention.attend(query.forward(x), key.forward(context), value.forward(context), heads);
            return norm.forward(project.forward(attentionOutput).add(x));
        }
    }

    private final AttentionSublayer selfAttention;
    private final AttentionSublayer crossAttention; // null in layers without
    private final Mlp mlp;
    private final LayerNorm mlpNorm;

    public QFormerLayer(QFormer.Config config, Weights weights, boolean hasCrossAttention) {
        int d = config.width();
        selfAttention = new AttentionSublayer(weights.at("attention"), d, d, config.heads());
        crossAttention = hasCrossAttention
                ? new AttentionSublayer(weights.at("crossattention"), d, config.visionWidth(), config.heads())
                : null;
        mlp = new Mlp(
                new Linear(
                        weights.at("intermediate_query").at("dense"),
                        d,
                        config.mlpWidth(),
                        Init.LECUN_NORMAL,
                        Init.ZEROS),
                Tensor::gelu,
                new Linear(
                        weights.at("output_query").at("dense"), config.mlpWidth(), d, Init.LECUN_NORMAL, Init.ZEROS));
        mlpNorm = new LayerNorm(weights.at("output_query").at("LayerNorm"), d, QFormer.EPS);
    }

    /** Queries [n, Q, D] and vision features [n, T, V] to queries [n, Q, D]. */
    public Tensor forward(Tensor queries, Tensor imageFeatures) {
        Tensor x = selfAttention(queries);
        if (hasCrossAttention()) x = crossAttention(x, imageFeatures);
        return feedForward(x);
    }

    /** The queries [n, Q, D] after self-attention, residual and norm. */
    public Tensor selfAttention(Tensor queries) {
        return selfAttention.forward(queries, queries);
    }

    /** Whether this layer attends to the image. */
    public boolean hasCrossAttention() {
        return crossAttention != null;
    }

    /**
     * The queries [n, Q, D] after cross-attention to the vision features [n, T, V], residual and norm; only where
     * {@link #hasCrossAttention}.
     */
    public Tensor crossAttention(Tensor queries, Tensor imageFeatures) {
        return crossAttention.forward(queries, imageFeatures);
    }

    /** The queries [n, Q, D] after the feed-forward network, residual and norm. */
    public Tensor feedForward(Tensor queries) {
        return mlpNorm.forward(mlp.forward(queries).add(queries));
    }
}
