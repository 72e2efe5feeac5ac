package mige.autoencoder;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.nn.Conv2d;
import mige.tensor.nn.GroupNorm;
import mige.weights.Weights;

/**
 * Latents to pictures: the encoder's way back, with one ResNet block more a level.
 *
 * <pre>
 *   conv_in → mid block → levels of ResNet blocks, doubling between them → norm → silu → conv_out → shuffle(stem)
 * </pre>
 */
public final class Decoder {

    private final List<UnaryOperator<Tensor>> steps = new ArrayList<>();    // in the order of the latent's way

    public Decoder(AutoEncoder.Config config, Weights weights) {
        List<Integer> channels = config.channels();
        int groups = config.groups(), levels = channels.size(), widest = channels.get(levels - 1);

        steps.add(new Conv2d(weights.at("conv_in"), config.latentChannels(), widest, 3, 1, 1)::forward);
        steps.add(new MidBlock(weights.at("mid_block"), widest, groups)::forward);
        for (int level = 0, in = widest; level < levels; level++) {
            int out = channels.get(levels - 1 - level);
            Weights block = weights.at("up_blocks").at(level);
            for (int i = 0; i <= config.blocksPerLevel(); i++, in = out) {
                steps.add(new ResnetBlock(block.at("resnets").at(i), in, out, groups)::forward);
            }
            if (level < levels - 1) {
                Conv2d smooth = new Conv2d(block.at("upsamplers").at(0).at("conv"), out, out, 3, 1, 1);
                steps.add(x -> smooth.forward(x.doubleNearest()));
            }
        }
        GroupNorm norm = new GroupNorm(weights.at("conv_norm_out"), groups, channels.get(0), ResnetBlock.EPS);
        Conv2d toPicture = new Conv2d(weights.at("conv_out"), channels.get(0), config.stemChannels(), 3, 1, 1);
        steps.add(x -> toPicture.forward(ResnetBlock.silu(norm.forward(x))));
        steps.add(x -> config.stem() == 1 ? x : x.pixelShuffle(config.stem()));
    }

    /** Latents [B, c, h, w] to pictures [B, 3, H, W], not clamped. */
    public Tensor forward(Tensor latents) {
        return Scope.through(latents, steps);
    }
}
