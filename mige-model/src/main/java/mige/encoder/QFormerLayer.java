package mige.encoder;

import mige.tensor.Tensor;
import mige.tensor.nn.Attention;
import mige.tensor.nn.LayerNorm;
import mige.tensor.nn.Linear;
import mige.tensor.nn.Mlp;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * One layer of the {@link QFormer}, in BERT's order: each step is followed by its norm.
 *
 * <pre>
 *   x = LN(x + dense(attention(x, x)))
 *   x = LN(x + dense(attention(x, picture)))       only in layers that look
 *   x = LN(x + dense(gelu(dense(x))))
 * </pre>
 *
 * Source: reference ENCODER.md section 3.
 */
public final class QFormerLayer {

    /** An attention with its residual and norm; keys {@code self.{query,key,value}} and {@code output.{dense,LayerNorm}}. */
    private static final class Step {
        final Linear query, key, value, project;
        final LayerNorm norm;
        final int heads;

        Step(Weights weights, int width, int keyWidth, int heads) {
            Weights self = weights.at("self"), output = weights.at("output");
            this.heads = heads;
            query   = new Linear(self.at("query"), width, width, Birth.FAN_IN, Birth.ZERO);
            key     = new Linear(self.at("key"), keyWidth, width, Birth.FAN_IN, Birth.ZERO);
            value   = new Linear(self.at("value"), keyWidth, width, Birth.FAN_IN, Birth.ZERO);
            project = new Linear(output.at("dense"), width, width, Birth.FAN_IN, Birth.ZERO);
            norm    = new LayerNorm(output.at("LayerNorm"), width, QFormer.EPS);
        }

        Tensor forward(Tensor x, Tensor to) {
            Tensor mixed = Attention.attend(query.forward(x), key.forward(to), value.forward(to), heads);
            return norm.forward(project.forward(mixed).add(x));
        }
    }

    private final Step among;
    private final Step look;            // null: this layer does not look at the picture
    private final Mlp mlp;
    private final LayerNorm mlpNorm;

    public QFormerLayer(QFormer.Config config, Weights weights, boolean looks) {
        int d = config.width();
        among   = new Step(weights.at("attention"), d, d, config.heads());
        look    = looks ? new Step(weights.at("crossattention"), d, config.pictureWidth(), config.heads()) : null;
        mlp     = new Mlp(new Linear(weights.at("intermediate_query").at("dense"), d, config.hidden(), Birth.FAN_IN, Birth.ZERO), Tensor::geluErf,
                          new Linear(weights.at("output_query").at("dense"), config.hidden(), d, Birth.FAN_IN, Birth.ZERO));
        mlpNorm = new LayerNorm(weights.at("output_query").at("LayerNorm"), d, QFormer.EPS);
    }

    /** Queries [n, Q, D] and pictures [n, T, W] to queries [n, Q, D]. */
    public Tensor forward(Tensor queries, Tensor pictures) {
        Tensor x = among(queries);
        if (looks()) x = look(x, pictures);
        return think(x);
    }

    /** The queries [n, Q, D] after they looked at each other. */
    public Tensor among(Tensor queries) {
        return among.forward(queries, queries);
    }

    /** Whether this layer looks at the picture. */
    public boolean looks() {
        return look != null;
    }

    /** The queries [n, Q, D] after each looked at its picture [n, T, W]; only where {@link #looks}. */
    public Tensor look(Tensor queries, Tensor pictures) {
        return look.forward(queries, pictures);
    }

    /** The queries [n, Q, D] after the feed-forward. */
    public Tensor think(Tensor queries) {
        return mlpNorm.forward(mlp.forward(queries).add(queries));
    }
}
