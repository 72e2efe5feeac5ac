package mige.tensor.nn;

import mige.tensor.Tensor;
import mige.weights.Birth;
import mige.weights.Weights;

/** Normalises groups of channels of [B, C, h, w], then scales and shifts each channel. */
public final class GroupNorm {

    private final Tensor weight;
    private final Tensor bias;
    private final int groups;
    private final double eps;

    public GroupNorm(Weights weights, int groups, long channels, double eps) {
        this.weight = weights.get("weight", Birth.ONE, channels);
        this.bias = weights.get("bias", Birth.ZERO, channels);
        this.groups = groups;
        this.eps = eps;
    }

    public Tensor forward(Tensor x) {
        return x.groupNorm(groups, weight.like(x), bias.like(x), eps);
    }
}
