package dev.mige4j.autoencoder;

import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.List;

/** The middle block of encoder and decoder: ResNet block, attention, ResNet block. */
public final class MidBlock {

    private final ResnetBlock before, after;
    private final AttentionBlock attention;

    public MidBlock(Weights weights, int channels, int groups) {
        before = new ResnetBlock(weights.at("resnets").at(0), channels, channels, groups);
        attention = new AttentionBlock(weights.at("attentions").at(0), channels, groups);
        after = new ResnetBlock(weights.at("resnets").at(1), channels, channels, groups);
    }

    /** x [B, F, h, w] to the same shape. */
    public Tensor forward(Tensor x) {
        return Scope.sequential(x, List.of(before::forward, attention::forward, after::forward));
    }
}
