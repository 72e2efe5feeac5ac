package dev.mige4j.autoencoder;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.common.ShapeException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Conv2d;
import dev.mige4j.weights.Weights;
import java.util.List;

/**
 * Pictures [B, 3, H, W] in [-1, 1] to latents [B, c, h, w] and back; H = factor · h.
 *
 * <pre>
 *   (mean, log variance) = quant_conv(encoder(picture))          log variance within [-30, 20]
 *   raw                  = mean + exp(log variance / 2) · noise
 *   latent               = scale · raw
 *   picture              = decoder(post_quant_conv(latent / scale))
 * </pre>
 *
 * <p>Source: sd-vae-ft-ema, docs/specification/diffusion.md section 9. The scale stands here and nowhere else. A
 * {@code stem} above 1 is ours: the picture is folded into stem² times as many channels first, which makes a small
 * model fast.
 */
public final class AutoEncoder {

    /**
     * @param latentChannels c
     * @param channels width of each level, finest first; between two levels the picture is halved
     * @param blocksPerLevel ResNet blocks a level in the encoder; the decoder has one more
     * @param groups groups of every normalisation; must divide all channels
     * @param unshuffleFactor side of the cells folded into channels before the first convolution; 1: none, as published
     * @param scalingFactor latent = scale · raw, chosen so that latents have about unit variance
     */
    public record Config(
            int latentChannels,
            List<Integer> channels,
            int blocksPerLevel,
            int groups,
            @JsonAlias("stem") int unshuffleFactor,
            @JsonAlias("scale") double scalingFactor) {

        /** sd-vae-ft-ema. */
        public static final Config PUBLISHED = new Config(4, List.of(128, 256, 512, 512), 2, 32, 1, 0.18215);
        /** For tests. */
        public static final Config TINY = new Config(4, List.of(8, 16), 1, 4, 2, 0.5);

        public Config {
            channels = List.copyOf(channels);
            if (channels.isEmpty()
                    || latentChannels < 1
                    || blocksPerLevel < 1
                    || groups < 1
                    || unshuffleFactor < 1
                    || !(scalingFactor > 0)) {
                throw new ShapeException(
                        "autoencoder: latentChannels, channels, blocksPerLevel, groups, stem and scale must be positive");
            }
            for (int c : channels) {
                if (c % groups != 0)
                    throw new ShapeException("autoencoder: %d channels are no multiple of %d groups", c, groups);
            }
        }

        /** Pixels a latent cell covers along one side. */
        public int downscaleFactor() {
            return unshuffleFactor << (channels.size() - 1);
        }

        int unshuffledChannels() {
            return 3 * unshuffleFactor * unshuffleFactor;
        }
    }

    private final Config config;
    private final Encoder encoder;
    private final Decoder decoder;
    private final Conv2d quantConv, postQuantConv;

    public AutoEncoder(Config config, Weights weights) {
        int c = config.latentChannels();
        this.config = config;
        encoder = new Encoder(config, weights.at("encoder"));
        quantConv = new Conv2d(weights.at("quant_conv"), 2 * c, 2 * c, 1, 1, 0);
        postQuantConv = new Conv2d(weights.at("post_quant_conv"), c, c, 1, 1, 0);
        decoder = new Decoder(config, weights.at("decoder"));
    }

    public Config config() {
        return config;
    }

    /**
     * The distribution of the raw latents of pictures [B, 3, H, W] in [-1, 1]; H and W must be multiples of the factor.
     */
    public DiagonalGaussian latentDistribution(Tensor images) {
        images.expect("pictures", "[B, 3, H, W]", Tensor.ANY, 3, Tensor.ANY, Tensor.ANY);
        if (images.size(2) % config.downscaleFactor() != 0 || images.size(3) % config.downscaleFactor() != 0) {
            throw new ShapeException(
                    "a picture of %d x %d pixels cannot be encoded, expected multiples of %d",
                    images.size(3), images.size(2), config.downscaleFactor());
        }
        return DiagonalGaussian.of(quantConv.forward(encoder.forward(images)));
    }

    /** The latents of pictures [B, 3, H, W], drawn with the given standard normal noise [B, c, h, w]. */
    public Latent encode(Tensor images, Tensor noise) {
        return toLatent(latentDistribution(images).sample(noise));
    }

    /** Pictures [B, 3, H, W], about in [-1, 1] but not clamped. */
    public Tensor decode(Latent latent) {
        return decodeRaw(toRaw(latent));
    }

    /** The same from raw latents [B, c, h, w], as the training of the autoencoder needs it. */
    public Tensor decodeRaw(Tensor raw) {
        raw.expect("latents", "[B, c, h, w]", Tensor.ANY, config.latentChannels(), Tensor.ANY, Tensor.ANY);
        return decoder.forward(postQuantConv.forward(raw));
    }

    /** Raw latents in the denoiser's unit. */
    public Latent toLatent(Tensor raw) {
        return new Latent(raw.mul(config.scalingFactor()));
    }

    /** Latents in the autoencoder's own unit. */
    public Tensor toRaw(Latent latent) {
        return latent.values().div(config.scalingFactor());
    }
}
