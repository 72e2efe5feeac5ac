package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/** 2D convolution with a square kernel and bias; keys {@code weight} [out, in, k, k] and {@code bias} [out]. */
public final class Conv2d {

    private final Tensor weight;
    private final Tensor bias;
    private final int stride;
    private final int padding;

    /** With the default initialization of PyTorch. */
    public Conv2d(Weights weights, long inChannels, long outChannels, int kernelSize, int stride, int padding) {
        this(weights, inChannels, outChannels, kernelSize, stride, padding, Init.CONV_DEFAULT);
    }

    /** With another initialization of the kernel. */
    public Conv2d(
            Weights weights, long inChannels, long outChannels, int kernelSize, int stride, int padding, Init init) {
        this.weight = weights.get("weight", init, outChannels, inChannels, kernelSize, kernelSize);
        this.bias = weights.get(
                "bias", Init.uniform(1 / Math.sqrt((double) inChannels * kernelSize * kernelSize)), outChannels);
        this.stride = stride;
        this.padding = padding;
    }

    /** x [B, in, h, w] to [B, out, h', w']. */
    public Tensor forward(Tensor x) {
        return x.conv2d(weight.typeAs(x), bias.typeAs(x), stride, padding);
    }
}
