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
 * Decoder of the autoencoder: mirrors the encoder, with one more ResNet block per level.
 *
 * <pre>
 *   conv_in → mid block → levels of ResNet blocks, 2x upsampling between them → norm → silu → conv_out → pixel shuffle
 * </pre>
 */
public final class Decoder {

    private final List<UnaryOperator<Tensor>> layers = new ArrayList<>();

    public Decoder(AutoEncoder.Config config, Weights weights) {
        List<Integer> channels = config.channels();
        int groups = config.groups(), levels = channels.size(), widest = channels.get(levels - 1);

        layers.add(new Conv2d(weights.at("conv_in"), config.latentChannels(), widest, 3, 1, 1)::forward);
        layers.add(new MidBlock(weights.at("mid_block"), widest, groups)::forward);
        for (int level = 0, in = widest; level < levels; level++) {
            int out = channels.get(levels - 1 - level);
            Weights block = weights.at("up_blocks").at(level);
            for (int i = 0; i <= config.blocksPerLevel(); i++, in = out) {
                layers.add(new ResnetBlock(block.at("resnets").at(i), in, out, groups)::forward);
            }
            if (level < levels - 1) {
                Conv2d upsampleConv = new Conv2d(block.at("upsamplers").at(0).at("conv"), out, out, 3, 1, 1);
                layers.add(x -> upsampleConv.forward(x.upsampleNearest2x()));
            }
        }
        GroupNorm norm = new GroupNorm(weights.at("conv_norm_out"), groups, channels.get(0), ResnetBlock.EPS);
        Conv2d convOut = new Conv2d(weights.at("conv_out"), channels.get(0), config.unshuffledChannels(), 3, 1, 1);
        layers.add(x -> convOut.forward(ResnetBlock.silu(norm.forward(x))));
        layers.add(x -> config.unshuffleFactor() == 1 ? x : x.pixelShuffle(config.unshuffleFactor()));
    }

    /** Raw latents [B, c, h, w] to images [B, 3, H, W], not clamped. */
    public Tensor forward(Tensor latents) {
        return Scope.sequential(latents, layers);
    }
}
