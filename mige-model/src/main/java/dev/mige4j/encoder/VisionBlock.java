package dev.mige4j.encoder;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * One block of the {@link VisionTransformer}: self-attention and MLP, each with pre-norm and residual.
 *
 * <pre>
 *   x = x + proj(attention(qkv(LN(x))))
 *   x = x + fc2(gelu(fc1(LN(x))))
 * </pre>
 *
 * In EVA-CLIP, queries and values have a bias ({@code q_bias}, {@code v_bias}), keys have none; in other transformers,
 * all three have one ({@code qkv.bias}).
 *
 * <p>The norms and the sums have the type of x, the products {@code productType}: with x in float32 and products in
 * bfloat16, the rounding of 39 blocks adds up to a quarter of what it is with x in bfloat16. The last layer of each
 * branch is initialized smaller the deeper the block is. Source: docs/specification/encoder.md sections 2 and 9.
 */
public final class VisionBlock {

    private static final double EPS = 1e-6;

    private final VisionTransformer.Config config;
    private final AttentionProcessor attention;
    private final LayerNorm attentionNorm, mlpNorm;
    private final Tensor qkv;
    private final Tensor qkvBias; // null: keys have none
    private final Tensor queryBias, valueBias; // null: part of qkvBias
    private final Linear project;
    private final Mlp mlp;

    /** Creates a block with the {@link AttentionProcessor#DEFAULT default} attention. */
    public VisionBlock(VisionTransformer.Config config, Weights weights, int index) {
        this(config, weights, index, AttentionProcessor.DEFAULT);
    }

    /** @param index the position of this block, from 0; scales the initialization */
    VisionBlock(VisionTransformer.Config config, Weights weights, int index, AttentionProcessor attentionProcessor) {
        int w = config.width();
        Init init = Init.normal(0.02), outputInit = Init.normal(0.02 / Math.sqrt(2.0 * (index + 1)));
        Weights projections = weights.at("attn"), inner = weights.at("mlp");
        this.config = config;
        this.attention = attentionProcessor;
        attentionNorm = new LayerNorm(weights.at("norm1"), w, EPS);
        qkv = projections.at("qkv").get("weight", init, 3L * w, w);
        boolean biasedKeys = projections.at("qkv").has("bias");
        qkvBias = biasedKeys ? projections.at("qkv").get("bias", Init.ZEROS, 3L * w) : null;
        queryBias = biasedKeys ? null : projections.get("q_bias", Init.ZEROS, w);
        valueBias = biasedKeys ? null : projections.get("v_bias", Init.ZEROS, w);
        project = new Linear(projections.at("proj"), w, w, outputInit, Init.ZEROS);
        mlpNorm = new LayerNorm(weights.at("norm2"), w, EPS);
        mlp = new Mlp(
                new Linear(inner.at("fc1"), w, config.mlpWidth(), init, Init.ZEROS),
                Tensor::gelu,
                new Linear(inner.at("fc2"), config.mlpWidth(), w, outputInit, Init.ZEROS));
    }

    /**
     * x [n, T, V] to the same shape and type; x is not modified.
     *
     * @param productType the type of the matrix products
     */
    public Tensor forward(Tensor x, DType productType) {
        Tensor hidden = x.add(selfAttention(x, productType));
        return hidden.add(feedForward(hidden, productType));
    }

    /** The first token of {@link #forward}, of all x [n, T, V]: [n, 1, V], without computing the others. */
    public Tensor forwardFirst(Tensor x, DType productType) {
        int w = config.width();
        Tensor normed = attentionNorm.forward(x).to(productType), // [n, T, V]
                weight = qkv.to(productType),
                bias = bias(productType);
        Tensor query = normed.narrow(1, 0, 1).linear(weight.narrow(0, 0, w), bias.narrow(0, 0, w)); // [n, 1, V]
        Tensor keyAndValue = normed.linear(weight.narrow(0, w, 2L * w), bias.narrow(0, w, 2L * w)); // [n, T, 2V]
        Tensor hidden = x.narrow(1, 0, 1).add(attend(query, keyAndValue.narrow(2, 0, w), keyAndValue.narrow(2, w, w)));
        return hidden.add(feedForward(hidden, productType));
    }

    /** The output of the attention branch for x [n, T, V], before the residual, in {@code productType}. */
    public Tensor selfAttention(Tensor x, DType productType) {
        int w = config.width();
        Tensor projected =
                attentionNorm.forward(x).to(productType).linear(qkv.to(productType), bias(productType)); // [n, T, 3V]
        return attend(projected.narrow(2, 0, w), projected.narrow(2, w, w), projected.narrow(2, 2L * w, w));
    }

    /** The bias of queries, keys and values, [3V]. */
    private Tensor bias(DType productType) {
        if (qkvBias != null) return qkvBias.to(productType);
        return Tensor.cat(0, queryBias, Tensor.zeros(queryBias.dtype(), config.width()), valueBias)
                .to(productType);
    }

    private Tensor attend(Tensor query, Tensor key, Tensor value) {
        double scale = 1 / Math.sqrt((double) config.width() / config.heads());
        return project.forward(attention.attend(query, key, value, config.heads(), scale, null));
    }

    /** The output of the MLP branch for x [n, T, V], before the residual, in {@code productType}. */
    public Tensor feedForward(Tensor x, DType productType) {
        return mlp.forward(mlpNorm.forward(x).to(productType));
    }
}
