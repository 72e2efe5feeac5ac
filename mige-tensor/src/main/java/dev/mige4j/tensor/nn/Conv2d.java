package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/** 2D convolution with a square kernel; keys {@code weight} [out, in, k, k] and {@code bias} [out]. */
public final class Conv2d {

    private final Tensor weight;
    private final Tensor bias; // null: none
    private final int stride;
    private final int padding;

    private Conv2d(Tensor weight, Tensor bias, int stride, int padding) {
        this.weight = weight;
        this.bias = bias;
        this.stride = stride;
        this.padding = padding;
    }

    /** With bias, and the default initialization of PyTorch. */
    public Conv2d(Weights weights, long inChannels, long outChannels, int kernelSize, int stride, int padding) {
        this(weights, inChannels, outChannels, kernelSize, stride, padding, Init.CONV_DEFAULT);
    }

    /** With bias, and another initialization of the kernel. */
    public Conv2d(
            Weights weights, long inChannels, long outChannels, int kernelSize, int stride, int padding, Init init) {
        this(
                weights.get("weight", init, outChannels, inChannels, kernelSize, kernelSize),
                weights.get(
                        "bias",
                        Init.uniform(1 / Math.sqrt((double) inChannels * kernelSize * kernelSize)),
                        outChannels),
                stride,
                padding);
    }

    /** Without bias and padding; the default initialization of PyTorch. */
    public static Conv2d withoutBias(Weights weights, long inChannels, long outChannels, int kernelSize, int stride) {
        return new Conv2d(
                weights.get("weight", Init.CONV_DEFAULT, outChannels, inChannels, kernelSize, kernelSize),
                null,
                stride,
                0);
    }

    /** x [B, in, h, w] to [B, out, h', w']. */
    public Tensor forward(Tensor x) {
        return x.conv2d(weight.typeAs(x), bias == null ? null : bias.typeAs(x), stride, padding);
    }
}
