package dev.mige4j.autoencoder;

import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Conv2d;
import dev.mige4j.tensor.nn.GroupNorm;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Encoder of the autoencoder: images to the mean and log variance of their latents.
 *
 * <pre>
 *   pixel unshuffle → conv_in → levels of ResNet blocks, 2x downsampling between them
 *   → mid block → norm → silu → conv_out
 * </pre>
 *
 * <p>Downsampling pads one zero column on the right and one zero row at the bottom, as in the published weights'
 * training.
 */
public final class Encoder {

    private final List<UnaryOperator<Tensor>> layers = new ArrayList<>();

    public Encoder(AutoEncoder.Config config, Weights weights) {
        List<Integer> channels = config.channels();
        int groups = config.groups(), last = channels.get(channels.size() - 1);

        layers.add(x -> config.unshuffleFactor() == 1 ? x : x.pixelUnshuffle(config.unshuffleFactor()));
        layers.add(new Conv2d(weights.at("conv_in"), config.unshuffledChannels(), channels.get(0), 3, 1, 1)::forward);
        for (int level = 0, in = channels.get(0); level < channels.size(); level++) {
            int out = channels.get(level);
            Weights block = weights.at("down_blocks").at(level);
            for (int i = 0; i < config.blocksPerLevel(); i++, in = out) {
                layers.add(new ResnetBlock(block.at("resnets").at(i), in, out, groups)::forward);
            }
            if (level < channels.size() - 1) {
                Conv2d downsampleConv =
                        new Conv2d(block.at("downsamplers").at(0).at("conv"), out, out, 3, 2, 0);
                layers.add(x -> downsampleConv.forward(x.pad(0, 0, 1, 0, 1)));
            }
        }
        layers.add(new MidBlock(weights.at("mid_block"), last, groups)::forward);
        GroupNorm norm = new GroupNorm(weights.at("conv_norm_out"), groups, last, ResnetBlock.EPS);
        Conv2d convOut = new Conv2d(weights.at("conv_out"), last, 2L * config.latentChannels(), 3, 1, 1);
        layers.add(x -> convOut.forward(ResnetBlock.silu(norm.forward(x))));
    }

    /** Images [B, 3, H, W] to [B, 2c, h, w]. */
    public Tensor forward(Tensor images) {
        return Scope.sequential(images, layers);
    }
}
