package mige.encoder;

import mige.tensor.Tensor;
import mige.tensor.nn.Attention;
import mige.tensor.nn.LayerNorm;
import mige.tensor.nn.Linear;
import mige.tensor.nn.Mlp;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * One block of the {@link VisionTransformer}: the tokens look at each other, then each thinks for itself.
 *
 * <pre>
 *   x = x + proj(attention(qkv(LN(x))))        the keys have no bias, and no key for one in the checkpoint
 *   x = x + fc2(gelu(fc1(LN(x))))
 * </pre>
 *
 * At birth the two last maps are smaller the deeper the block stands. Source: reference ENCODER.md section 2.
 */
public final class VisionBlock {

    private static final double EPS = 1e-6;

    private final VisionTransformer.Config config;
    private final LayerNorm attentionNorm, mlpNorm;
    private final Tensor qkv, queryBias, valueBias;
    private final Linear project;
    private final Mlp mlp;

    /** {@code depth} counts the blocks before this one. */
    public VisionBlock(VisionTransformer.Config config, Weights weights, int depth) {
        int w = config.width();
        Birth small = Birth.normal(0.02), smaller = Birth.normal(0.02 / Math.sqrt(2.0 * (depth + 1)));
        Weights attention = weights.at("attn"), inner = weights.at("mlp");
        this.config   = config;
        attentionNorm = new LayerNorm(weights.at("norm1"), w, EPS);
        qkv           = attention.at("qkv").get("weight", small, 3L * w, w);
        queryBias     = attention.get("q_bias", Birth.ZERO, w);
        valueBias     = attention.get("v_bias", Birth.ZERO, w);
        project       = new Linear(attention.at("proj"), w, w, smaller, Birth.ZERO);
        mlpNorm       = new LayerNorm(weights.at("norm2"), w, EPS);
        mlp           = new Mlp(new Linear(inner.at("fc1"), w, config.hidden(), small, Birth.ZERO), Tensor::geluErf,
                                new Linear(inner.at("fc2"), config.hidden(), w, smaller, Birth.ZERO));
    }

    /** x [n, T, W] to the same shape. */
    public Tensor forward(Tensor x) {
        Tensor seen = x.add(look(x));
        return seen.add(think(seen));
    }

    /** What attention adds to x [n, T, W]. */
    public Tensor look(Tensor x) {
        int w = config.width();
        Tensor bias = Tensor.cat(0, queryBias, Tensor.zeros(queryBias.type(), w), valueBias).like(x);   // [3W]
        Tensor all = attentionNorm.forward(x).linear(qkv.like(x), bias);                                // [n, T, 3W]
        return project.forward(Attention.attend(all.narrow(2, 0, w), all.narrow(2, w, w), all.narrow(2, 2L * w, w), config.heads()));
    }

    /** What the MLP adds to x [n, T, W]. */
    public Tensor think(Tensor x) {
        return mlp.forward(mlpNorm.forward(x));
    }
}
