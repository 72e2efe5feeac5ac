package dev.mige4j.pipeline;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionTransformer;
import java.util.List;

/**
 * The floating-point operations of the networks, from their sizes: of matrix products, convolutions and attention, as
 * {@link dev.mige4j.tensor.FlopCounter} counts them.
 */
final class NetworkFlops {

    private NetworkFlops() {}

    /** Vision transformer, Q-Former and feature fusion for one image. */
    static double embedImage(ModelConfig config) {
        MultimodalEncoder.Config encoder = config.encoder();
        VisionTransformer.Config vision = encoder.vision();
        double tokens = vision.tokens(), width = vision.width();
        double visionFlops = linear(tokens - 1, 3.0 * vision.patchSize() * vision.patchSize(), width)
                + vision.depth()
                        * (linear(tokens, width, 4 * width)
                                + attention(tokens, tokens, width)
                                + linear(tokens, width, 2.0 * vision.mlpWidth()));
        return visionFlops
                + qFormer(encoder.qFormer(), tokens)
                + fusion(encoder.fusion(), config.denoiser(), encoder.qFormer().numQueries())
                + linear(
                        encoder.qFormer().numQueries(),
                        encoder.fusion().queryWidth(),
                        encoder.text().width());
    }

    private static double qFormer(QFormer.Config config, double visionTokens) {
        double q = config.numQueries(), d = config.width();
        int crossLayers = (config.depth() + config.crossAttentionFrequency() - 1) / config.crossAttentionFrequency();
        return config.depth() * (linear(q, d, 4 * d) + attention(q, q, d) + linear(q, d, 2.0 * config.mlpWidth()))
                + crossLayers
                        * (linear(q, d, 2 * d)
                                + linear(visionTokens, config.visionWidth(), 2 * d)
                                + attention(q, visionTokens, d));
    }

    private static double fusion(FeatureFusion.Config config, Denoiser.Config denoiser, double queries) {
        double d = config.queryWidth(), patches = patches(denoiser);
        return patchEmbedding(denoiser)
                + linear(queries, d, 4 * d)
                + 2 * linear(patches, config.patchWidth() + 2 * d, d)
                + attention(queries, patches, d);
    }

    /** The text encoder for a sequence of {@code length} tokens. */
    static double encodeText(T5Encoder.Config config, double length) {
        double inner = config.heads() * config.headWidth();
        return config.depth()
                * (linear(length, config.width(), 4 * inner)
                        + attention(length, length, inner)
                        + linear(length, config.width(), 3.0 * config.mlpWidth()));
    }

    /** What a request prepares once for {@code branches} branches and a text of {@code length} tokens. */
    static double prepareDenoiser(Denoiser.Config config, int branches, double length) {
        double c = config.hiddenSize(), rows = branches * length;
        return branches * patchEmbedding(config)
                + linear(rows, config.textWidth(), c)
                + linear(rows, c, c)
                + config.depth() * linear(rows, c, 2 * c);
    }

    /** One forward pass of {@code branches} branches. */
    static double denoise(Denoiser.Config config, int branches, double length) {
        double c = config.hiddenSize(), patches = patches(config), rows = branches * patches;
        double timestep = linear(1, 256, c) + linear(1, c, 7 * c);
        double output = 2.0 * config.latentChannels() * config.patchSize() * config.patchSize();
        return patchEmbedding(config)
                + timestep
                + config.depth()
                        * (linear(rows, c, 6 * c)
                                + attention(rows, patches, c)
                                + attention(rows, length, c)
                                + linear(rows, c, 2 * config.mlpRatio() * c))
                + linear(rows, c, output);
    }

    private static double patches(Denoiser.Config config) {
        int side = config.latentSize() / config.patchSize();
        return (double) side * side;
    }

    private static double patchEmbedding(Denoiser.Config config) {
        double inputs = (double) config.latentChannels() * config.patchSize() * config.patchSize();
        return linear(patches(config), inputs, config.hiddenSize());
    }

    /** The autoencoder's encoder for an image of {@code side} × {@code side} pixels. */
    static double encodeImage(AutoEncoder.Config config, int side) {
        List<Integer> channels = config.channels();
        double width = (double) side / config.unshuffleFactor(), in = channels.get(0), latent = config.latentChannels();
        double flops = conv(width, 3, unshuffledChannels(config), in);
        for (int level = 0; level < channels.size(); level++, width /= 2) {
            double out = channels.get(level);
            flops += levelBlocks(width, in, out, config.blocksPerLevel());
            if (level == channels.size() - 1) break;
            flops += conv(width / 2, 3, out, out);
            in = out;
        }
        double widest = channels.get(channels.size() - 1);
        return flops
                + midBlock(width, widest)
                + conv(width, 3, widest, 2 * latent)
                + conv(width, 1, 2 * latent, 2 * latent)
                + linearShortcut(config, width);
    }

    /** The autoencoder's decoder for an image of {@code side} × {@code side} pixels. */
    static double decodeImage(AutoEncoder.Config config, int side) {
        List<Integer> channels = config.channels();
        int levels = channels.size();
        double width = (double) side / config.downscaleFactor(), in = channels.get(levels - 1);
        double flops = conv(width, 1, config.latentChannels(), config.latentChannels())
                + conv(width, 3, config.latentChannels(), in)
                + midBlock(width, in)
                + linearShortcut(config, width);
        for (int level = levels - 1; level >= 0; level--) {
            double out = channels.get(level);
            flops += levelBlocks(width, in, out, config.blocksPerLevel() + 1);
            if (level == 0) break;
            width *= 2;
            flops += conv(width, 3, out, out);
            in = out;
        }
        return flops + conv(width, 3, channels.get(0), unshuffledChannels(config));
    }

    private static double levelBlocks(double width, double in, double out, int blocks) {
        double shortcut = in == out ? 0 : conv(width, 1, in, out);
        return conv(width, 3, in, out) + shortcut + (2 * blocks - 1) * conv(width, 3, out, out);
    }

    private static double midBlock(double width, double channels) {
        double pixels = width * width;
        return 4 * conv(width, 3, channels, channels)
                + linear(pixels, channels, 4 * channels)
                + attention(pixels, pixels, channels);
    }

    private static double linearShortcut(AutoEncoder.Config config, double width) {
        double pixels = 3.0 * config.downscaleFactor() * config.downscaleFactor();
        return config.linearShortcut() ? conv(width, 1, pixels, config.latentChannels()) : 0;
    }

    private static double unshuffledChannels(AutoEncoder.Config config) {
        return 3.0 * config.unshuffleFactor() * config.unshuffleFactor();
    }

    private static double conv(double width, double kernel, double in, double out) {
        return linear(width * width, kernel * kernel * in, out);
    }

    private static double linear(double rows, double in, double out) {
        return 2 * rows * in * out;
    }

    /** Scores and weighted sums. */
    private static double attention(double queries, double keys, double width) {
        return 4 * queries * keys * width;
    }
}
