package dev.mige4j.encoder;

import static dev.mige4j.tensor.Tensor.ANY;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.Weights;
import java.util.List;

/**
 * Adds visual detail to the Q-Former's output: each query attends to the latent patches of its image.
 *
 * <pre>
 *   a   = MHA(LN(Wq x), LN(MLPk(p)), LN(MLPv(p)))
 *   out = LN(x + W a)
 * </pre>
 *
 * Queries, keys and values are projected twice: here, and once more by the input projection of the attention. W is
 * zero-initialised, so training starts from the normalized queries. Source: MIGE, feature fusion;
 * docs/specification/encoder.md section 4. Checkpoint prefix {@code FFM}.
 *
 * <p>For LoRA, the input projection of the attention is one module {@code FFM.clip_attn.in_proj} with 3 · D outputs,
 * those of the queries first, then keys, then values, although each third has another input.
 */
public final class FeatureFusion {

    private static final double EPS = 1e-6;

    /**
     * Sizes of the feature fusion.
     *
     * @param queryWidth D
     * @param patchWidth C
     * @param heads attention heads; must divide D
     */
    public record Config(int queryWidth, int patchWidth, int heads) {
        public static final Config PUBLISHED = new Config(768, 1152, 8);
        /** For tests. */
        public static final Config TINY = new Config(8, 12, 2);

        public Config {
            ConfigChecks.requirePositive("feature fusion", queryWidth, patchWidth, heads);
            ConfigChecks.requireDivides("feature fusion", "heads", heads, "query width", queryWidth);
        }
    }

    private final Config config;
    private final AttentionProcessor attention;
    private final Linear toQuery, outProj, project;
    private final Mlp toKey, toValue;
    private final LayerNorm queryNorm, keyNorm, valueNorm, outNorm;
    private final Tensor inProjWeight, inProjBias;
    private final List<LoraAdapter> inProjAdapters;

    /** Creates the module with the {@link AttentionProcessor#DEFAULT default} attention. */
    public FeatureFusion(Config config, Weights weights) {
        this(config, weights, AttentionProcessor.DEFAULT);
    }

    /** @param attention computes the attention of the queries [n, Q, D] to the patches */
    public FeatureFusion(Config config, Weights weights, AttentionProcessor attention) {
        int d = config.queryWidth();
        this.config = config;
        this.attention = attention;
        toQuery = Linear.withoutBias(weights.at("q_proj_1"), d, d, Init.LECUN_NORMAL);
        toKey = projectionMlp(weights.at("k_proj_1"));
        toValue = projectionMlp(weights.at("v_proj_1"));
        queryNorm = new LayerNorm(weights.at("ln_q_1"), d, EPS);
        keyNorm = new LayerNorm(weights.at("ln_k_1"), d, EPS);
        valueNorm = new LayerNorm(weights.at("ln_v_1"), d, EPS);
        inProjWeight = weights.at("clip_attn").get("in_proj_weight", Init.XAVIER_UNIFORM, 3L * d, d);
        inProjBias = weights.at("clip_attn").get("in_proj_bias", Init.ZEROS, 3L * d);
        inProjAdapters = weights.at("clip_attn").at("in_proj").adapters(d, 3L * d);
        outProj = new Linear(weights.at("clip_attn").at("out_proj"), d, d, Init.LECUN_NORMAL, Init.ZEROS);
        project = Linear.zeroInit(weights.at("mlp"), d, d);
        outNorm = new LayerNorm(weights.at("ln_out"), d, EPS);
    }

    private Mlp projectionMlp(Weights weights) {
        int d = config.queryWidth(), c = config.patchWidth();
        return new Mlp(
                new Linear(weights.at(0), c, d, Init.LECUN_NORMAL, Init.ZEROS),
                Tensor::gelu,
                new Linear(weights.at(2), d, d, Init.LECUN_NORMAL, Init.ZEROS));
    }

    /**
     * Fuses the queries [n, Q, D] of n images with their latent patches [n, N, C]; modifies neither.
     *
     * @return [n, Q, D]
     * @throws dev.mige4j.common.ShapeException when a shape does not match
     */
    public Tensor forward(Tensor queries, Tensor patches) {
        queries.expect("queries", "[n, Q, D]", ANY, ANY, config.queryWidth());
        patches.expect("patches", "[n, N, C]", queries.size(0), ANY, config.patchWidth());
        return outNorm.forward(project.forward(crossAttention(queries, patches)).add(queries)); // [n, Q, D]
    }

    /** The attention output of queries [n, Q, D] over patches [n, N, C]: [n, Q, D]. */
    public Tensor crossAttention(Tensor queries, Tensor patches) {
        Tensor q = inProj(0, projectQueries(queries)); // [n, Q, D]
        Tensor k = inProj(1, projectKeys(patches)); // [n, N, D]
        Tensor v = inProj(2, projectValues(patches)); // [n, N, D]
        double scale = 1 / Math.sqrt((double) config.queryWidth() / config.heads());
        return outProj.forward(attention.attend(q, k, v, config.heads(), scale, null)); // [n, Q, D]
    }

    /** LN(Wq x) of queries [n, Q, D]. */
    public Tensor projectQueries(Tensor queries) {
        return queryNorm.forward(toQuery.forward(queries));
    }

    /** LN(MLPk(p)) of patches [n, N, C]: [n, N, D]. */
    public Tensor projectKeys(Tensor patches) {
        return keyNorm.forward(toKey.forward(patches));
    }

    /** LN(MLPv(p)) of patches [n, N, C]: [n, N, D]. */
    public Tensor projectValues(Tensor patches) {
        return valueNorm.forward(toValue.forward(patches));
    }

    /** The attention's input projection of the queries (0), keys (1) or values (2). */
    private Tensor inProj(int index, Tensor x) {
        int d = config.queryWidth();
        long start = (long) index * d;
        Tensor y = x.linear(
                inProjWeight.narrow(0, start, d).typeAs(x),
                inProjBias.narrow(0, start, d).typeAs(x));
        for (LoraAdapter adapter : inProjAdapters) y = adapter.outputs(start, d).addTo(y, x);
        return y;
    }
}
