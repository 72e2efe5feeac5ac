package dev.mige4j.autoencoder;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.GroupNorm;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * Self-attention over all pixels of a level, with a single head.
 *
 * <pre>
 *   n   = norm(x), pixels as tokens
 *   out = x + Wo · attention(Wq n, Wk n, Wv n)
 * </pre>
 */
public final class AttentionBlock {

    private final int channels;
    private final GroupNorm norm;
    private final Linear toQuery, toKey, toValue, toOut;

    public AttentionBlock(Weights weights, int channels, int groups) {
        this.channels = channels;
        norm = new GroupNorm(weights.at("group_norm"), groups, channels, ResnetBlock.EPS);
        toQuery = linear(weights.at("to_q"));
        toKey = linear(weights.at("to_k"));
        toValue = linear(weights.at("to_v"));
        toOut = linear(weights.at("to_out").at(0));
    }

    private Linear linear(Weights weights) {
        Init init = Init.uniform(1 / Math.sqrt(channels)); // PyTorch's default
        return new Linear(weights, channels, channels, init, init);
    }

    /** x [B, F, h, w] to the same shape; x is not modified. */
    public Tensor forward(Tensor x) {
        Tensor normalized = norm.forward(x)
                .reshape(x.size(0), channels, x.size(2) * x.size(3))
                .transpose(1, 2)
                .contiguous(); // [B, h·w, F]
        Tensor attentionOutput = Attention.attend(
                toQuery.forward(normalized), toKey.forward(normalized), toValue.forward(normalized), 1); // [B, h·w, F]
        return toOut.forward(attentionOutput).transpose(1, 2).reshape(x.shape()).add(x); // [B, F, h, w]
    }
}
