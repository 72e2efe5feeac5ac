package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/** Group normalization of [B, C, h, w] with a weight and bias per channel; keys {@code weight} and {@code bias} [C]. */
public final class GroupNorm {

    private final Tensor weight;
    private final Tensor bias;
    private final int numGroups;
    private final double eps;

    /** {@code numGroups} divides {@code numChannels}. */
    public GroupNorm(Weights weights, int numGroups, long numChannels, double eps) {
        this.weight = weights.get("weight", Init.ONES, numChannels);
        this.bias = weights.get("bias", Init.ZEROS, numChannels);
        this.numGroups = numGroups;
        this.eps = eps;
    }

    /** x [B, C, h, w] to the same shape. */
    public Tensor forward(Tensor x) {
        return x.groupNorm(numGroups, weight.typeAs(x), bias.typeAs(x), eps);
    }
}
