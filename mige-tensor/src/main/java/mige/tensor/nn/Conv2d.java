package mige.tensor.nn;

import mige.tensor.Tensor;
import mige.weights.Birth;
import mige.weights.Weights;

/** A square convolution with bias; keys {@code weight} [out, in, k, k] and {@code bias} [out]. */
public final class Conv2d {

    private final Tensor weight;
    private final Tensor bias;
    private final int stride;
    private final int padding;

    public Conv2d(Weights weights, long in, long out, int kernel, int stride, int padding) {
        this(weights, in, out, kernel, stride, padding, Birth.CONV_DEFAULT);
    }

    public Conv2d(Weights weights, long in, long out, int kernel, int stride, int padding, Birth birth) {
        this.weight = weights.get("weight", birth, out, in, kernel, kernel);
        this.bias = weights.get("bias", Birth.uniform(1 / Math.sqrt((double) in * kernel * kernel)), out);
        this.stride = stride;
        this.padding = padding;
    }

    /** x [B, in, h, w] to [B, out, h', w']. */
    public Tensor forward(Tensor x) {
        return x.conv2d(weight.like(x), bias.like(x), stride, padding);
    }
}
