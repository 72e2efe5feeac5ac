package dev.mige4j.encoder;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * One block of the {@link VisionTransformer}: the tokens look at each other, then each thinks for itself.
 *
 * <pre>
 *   x = x + proj(attention(qkv(LN(x))))        the keys have no bias, and no key for one in the checkpoint
 *   x = x + fc2(gelu(fc1(LN(x))))
 * </pre>
 *
 * At birth the two last maps are smaller the deeper the block stands. Source: docs/specification/encoder.md section 2.
 */
public final class VisionBlock {

    private static final double EPS = 1e-6;

    private final VisionTransformer.Config config;
    private final LayerNorm attentionNorm, mlpNorm;
    private final Tensor qkv, queryBias, valueBias;
    private final Linear project;
    private final Mlp mlp;

    /** {@code depth} counts the blocks before this one. */
    public VisionBlock(VisionTransformer.Config config, Weights weights, int index) {
        int w = config.width();
        Init init = Init.normal(0.02), outputInit = Init.normal(0.02 / Math.sqrt(2.0 * (index + 1)));
        Weights attention = weights.at("attn"), inner = weights.at("mlp");
        this.config = config;
        attentionNorm = new LayerNorm(weights.at("norm1"), w, EPS);
        qkv = attention.at("qkv").get("weight", init, 3L * w, w);
        queryBias = attention.get("q_bias", Init.ZEROS, w);
        valueBias = attention.get("v_bias", Init.ZEROS, w);
        project = new Linear(attention.at("proj"), w, w, outputInit, Init.ZEROS);
        mlpNorm = new LayerNorm(weights.at("norm2"), w, EPS);
        mlp = new Mlp(
                new Linear(inner.at("fc1"), w, config.mlpWidth(), init, Init.ZEROS),
                Tensor::gelu,
                new Linear(inner.at("fc2"), config.mlpWidth(), w, outputInit, Init.ZEROS));
    }

    /** x [n, T, W] to the same shape. */
    public Tensor forward(Tensor x) {
        Tensor attended = x.add(selfAttention(x));
        return attended.add(feedForward(attended));
    }

    /** What attention adds to x [n, T, W]. */
    public Tensor selfAttention(Tensor x) {
        int w = config.width();
        Tensor bias = Tensor.cat(0, queryBias, Tensor.zeros(queryBias.dtype(), w), valueBias)
                .typeAs(x); // [3W]
        Tensor projected = attentionNorm.forward(x).linear(qkv.typeAs(x), bias); // [n, T, 3W]
        return project.forward(Attention.attend(
                projected.narrow(2, 0, w), projected.narrow(2, w, w), projected.narrow(2, 2L * w, w), config.heads()));
    }

    /** What the MLP adds to x [n, T, W]. */
    public Tensor feedForward(Tensor x) {
        return mlp.forward(mlpNorm.forward(x));
    }
}
