package mige.encoder;

import static mige.tensor.Tensor.ANY;

import java.util.function.Consumer;
import mige.tensor.Tensor;
import mige.tensor.nn.Attention;
import mige.tensor.nn.LayerNorm;
import mige.tensor.nn.Linear;
import mige.tensor.nn.Mlp;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Lets the Q-Former's queries look again: each attends to the patches of its own picture's latent and adds what it finds to itself.
 *
 * <pre>
 *   seen = MHA(LN(Wq x), LN(MLPk(p)), LN(MLPv(p)))
 *   out  = LN(x + W seen)
 * </pre>
 *
 * Queries, keys and values are projected twice: here, and once more inside of the attention. W is zero at birth, so training starts
 * from the normalised queries. Source: MIGE, feature fusion; reference ENCODER.md section 4. Checkpoint prefix {@code FFM}.
 */
public final class FeatureFusion {

    private static final double EPS = 1e-6;

    /** Query width D, patch width C. */
    public record Config(int queryWidth, int patchWidth, int heads) {
        public static final Config PUBLISHED = new Config(768, 1152, 8);
        public static final Config TINY = new Config(8, 12, 2);

        public Config {
            Sizes.positive("feature fusion", queryWidth, patchWidth, heads);
            Sizes.divides("feature fusion", "heads", heads, "query width", queryWidth);
        }
    }

    private final Config config;
    private final Linear toQuery, attended, project;
    private final Mlp toKey, toValue;
    private final LayerNorm queryNorm, keyNorm, valueNorm, outNorm;
    private final Tensor inWeight, inBias;

    public FeatureFusion(Config config, Weights weights) {
        int d = config.queryWidth();
        this.config = config;
        toQuery   = Linear.unbiased(weights.at("q_proj_1"), d, d, Birth.FAN_IN);
        toKey     = inward(weights.at("k_proj_1"));
        toValue   = inward(weights.at("v_proj_1"));
        queryNorm = new LayerNorm(weights.at("ln_q_1"), d, EPS);
        keyNorm   = new LayerNorm(weights.at("ln_k_1"), d, EPS);
        valueNorm = new LayerNorm(weights.at("ln_v_1"), d, EPS);
        inWeight  = weights.at("clip_attn").get("in_proj_weight", Birth.XAVIER, 3L * d, d);
        inBias    = weights.at("clip_attn").get("in_proj_bias", Birth.ZERO, 3L * d);
        attended  = new Linear(weights.at("clip_attn").at("out_proj"), d, d, Birth.FAN_IN, Birth.ZERO);
        project   = Linear.zeroed(weights.at("mlp"), d, d);
        outNorm   = new LayerNorm(weights.at("ln_out"), d, EPS);
    }

    private Mlp inward(Weights weights) {
        int d = config.queryWidth(), c = config.patchWidth();
        return new Mlp(new Linear(weights.at(0), c, d, Birth.FAN_IN, Birth.ZERO), Tensor::geluErf, new Linear(weights.at(2), d, d, Birth.FAN_IN, Birth.ZERO));
    }

    /** Fuses queries [n, Q, D] with the patches [n, N, C] of their pictures into [n, Q, D]; modifies neither. */
    public Tensor forward(Tensor queries, Tensor patches) {
        return forward(queries, patches, null);
    }

    /** The same, and {@code looks} is told the scores of the queries' looks at the patches, [n, heads, Q, N]; null: nobody is. */
    Tensor forward(Tensor queries, Tensor patches, Consumer<Tensor> looks) {
        queries.expect("queries", "[n, Q, D]", ANY, ANY, config.queryWidth());
        patches.expect("patches", "[n, N, C]", queries.size(0), ANY, config.patchWidth());
        return outNorm.forward(project.forward(look(queries, patches, looks)).add(queries));           // [n, Q, D]
    }

    /** What the queries [n, Q, D] find in the patches [n, N, C]: [n, Q, D]. */
    public Tensor look(Tensor queries, Tensor patches) {
        return look(queries, patches, null);
    }

    private Tensor look(Tensor queries, Tensor patches, Consumer<Tensor> looks) {
        Tensor q = inside(0, asked(queries));                                                   // [n, Q, D]
        Tensor k = inside(1, keys(patches));                                                    // [n, N, D]
        Tensor v = inside(2, values(patches));                                                  // [n, N, D]
        if (looks != null) looks.accept(Attention.scores(q, k, config.heads(), 1 / Math.sqrt((double) config.queryWidth() / config.heads()), null));
        return attended.forward(Attention.attend(q, k, v, config.heads()));
    }

    /** LN(Wq x) of queries [n, Q, D]. */
    public Tensor asked(Tensor queries) {
        return queryNorm.forward(toQuery.forward(queries));
    }

    /** LN(MLPk(p)) of patches [n, N, C]: [n, N, D]. */
    public Tensor keys(Tensor patches) {
        return keyNorm.forward(toKey.forward(patches));
    }

    /** LN(MLPv(p)) of patches [n, N, C]: [n, N, D]. */
    public Tensor values(Tensor patches) {
        return valueNorm.forward(toValue.forward(patches));
    }

    /** The attention's own projection of its queries (0), keys (1) or values (2). */
    private Tensor inside(int which, Tensor x) {
        int d = config.queryWidth();
        return x.linear(inWeight.narrow(0, (long) which * d, d).like(x), inBias.narrow(0, (long) which * d, d).like(x));
    }
}
