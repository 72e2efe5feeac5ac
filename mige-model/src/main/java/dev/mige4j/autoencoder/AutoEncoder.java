package dev.mige4j.autoencoder;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.common.ShapeException;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Conv2d;
import dev.mige4j.weights.Weights;
import java.util.List;

/**
 * Variational autoencoder between images [B, 3, H, W] in [-1, 1] and latents [B, c, h, w]; H = downscale factor · h.
 *
 * <pre>
 *   (mean, log variance) = quant_conv(encoder(image))          log variance within [-30, 20]
 *   raw                  = mean + exp(log variance / 2) · noise
 *   latent               = scalingFactor · raw
 *   image                = decoder(post_quant_conv(latent / scalingFactor))
 * </pre>
 *
 * <p>This is the only class that applies the scaling factor. Differences from the reference: an {@code unshuffleFactor}
 * above 1 moves blocks of pixels into channels before the first convolution, which makes small models fast. With
 * {@code linearShortcut}, a linear map of each block of pixels is added to the mean, and one of each latent cell to the
 * image, so that the networks learn only what a {@link BlockTransform} misses. Source: sd-vae-ft-ema,
 * docs/specification/diffusion.md section 9; the shortcuts are related to those of DC-AE, arXiv 2410.10733.
 */
public final class AutoEncoder {

    /**
     * Sizes of the autoencoder, and the scale of its latents.
     *
     * @param latentChannels c
     * @param channels the width F of each level, finest first; between two levels the resolution is halved
     * @param blocksPerLevel ResNet blocks per level of the encoder; the decoder has one more
     * @param groups groups of every group norm; must divide all channels
     * @param unshuffleFactor side of the pixel blocks that are moved into channels before the first convolution; 1 in
     *     the published model
     * @param scalingFactor latent = scalingFactor · raw, chosen so that latents have about unit variance
     * @param linearShortcut whether linear maps between blocks of pixels and latent cells are added to the networks;
     *     then latentChannels must be a power of two
     */
    public record Config(
            int latentChannels,
            List<Integer> channels,
            int blocksPerLevel,
            int groups,
            @JsonAlias("stem") int unshuffleFactor,
            @JsonAlias("scale") double scalingFactor,
            boolean linearShortcut) {

        /** sd-vae-ft-ema. */
        public static final Config PUBLISHED = new Config(4, List.of(128, 256, 512, 512), 2, 32, 1, 0.18215);
        /** For tests. */
        public static final Config TINY = new Config(4, List.of(8, 16), 1, 4, 2, 0.5);

        /** Sizes without linear shortcuts. */
        public Config(
                int latentChannels,
                List<Integer> channels,
                int blocksPerLevel,
                int groups,
                int unshuffleFactor,
                double scalingFactor) {
            this(latentChannels, channels, blocksPerLevel, groups, unshuffleFactor, scalingFactor, false);
        }

        public Config {
            channels = List.copyOf(channels);
            if (channels.isEmpty()
                    || latentChannels < 1
                    || blocksPerLevel < 1
                    || groups < 1
                    || unshuffleFactor < 1
                    || !(scalingFactor > 0)) {
                throw new UsageException(
                        "The autoencoder needs at least one level and positive latentChannels, blocksPerLevel, groups,"
                                + " unshuffleFactor and scalingFactor.");
            }
            if (linearShortcut && Integer.bitCount(latentChannels) != 1)
                throw new UsageException(
                        "The autoencoder has %d latentChannels; with linearShortcut they must be a power of two.",
                        latentChannels);
            for (int c : channels) {
                if (c % groups != 0)
                    throw new UsageException(
                            "The autoencoder has a level of %d channels, which is not a multiple of groups %d.",
                            c, groups);
            }
        }

        /** Image size divided by latent size. */
        public int downscaleFactor() {
            return unshuffleFactor << (channels.size() - 1);
        }

        /** The same sizes with another scaling factor. */
        public Config withScalingFactor(double factor) {
            return new Config(
                    latentChannels, channels, blocksPerLevel, groups, unshuffleFactor, factor, linearShortcut);
        }

        int unshuffledChannels() {
            return 3 * unshuffleFactor * unshuffleFactor;
        }
    }

    private final Config config;
    private final Encoder encoder;
    private final Decoder decoder;
    private final Conv2d quantConv, postQuantConv;
    private final Conv2d encoderShortcut, decoderShortcut; // null without linear shortcuts

    public AutoEncoder(Config config, Weights weights) {
        int c = config.latentChannels();
        this.config = config;
        encoder = new Encoder(config, weights.at("encoder"));
        quantConv = new Conv2d(weights.at("quant_conv"), 2L * c, 2L * c, 1, 1, 0);
        postQuantConv = new Conv2d(weights.at("post_quant_conv"), c, c, 1, 1, 0);
        decoder = new Decoder(config, weights.at("decoder"));
        BlockTransform transform = new BlockTransform(config.downscaleFactor(), c);
        long pixels = 3L * config.downscaleFactor() * config.downscaleFactor();
        encoderShortcut = config.linearShortcut()
                ? new Conv2d(weights.at("encoder_shortcut"), pixels, c, 1, 1, 0, transform.analysis())
                : null;
        decoderShortcut = config.linearShortcut()
                ? new Conv2d(weights.at("decoder_shortcut"), c, pixels, 1, 1, 0, transform.synthesis())
                : null;
    }

    public Config config() {
        return config;
    }

    /**
     * Encodes images [B, 3, H, W] in [-1, 1] to the distribution of their raw latents.
     *
     * @throws ShapeException when H or W is not a multiple of the downscale factor
     */
    public DiagonalGaussian latentDistribution(Tensor images) {
        images.expect("images", "[B, 3, H, W]", Tensor.ANY, 3, Tensor.ANY, Tensor.ANY);
        if (images.size(2) % config.downscaleFactor() != 0 || images.size(3) % config.downscaleFactor() != 0) {
            throw new ShapeException(
                    "images of %d x %d pixels cannot be encoded, expected multiples of %d",
                    images.size(3), images.size(2), config.downscaleFactor());
        }
        DiagonalGaussian distribution = DiagonalGaussian.of(quantConv.forward(encoder.forward(images)));
        if (encoderShortcut == null) return distribution;
        Tensor linear = encoderShortcut.forward(images.pixelUnshuffle(config.downscaleFactor())); // [B, c, h, w]
        return new DiagonalGaussian(distribution.mean().add(linear), distribution.logVariance());
    }

    /** Samples latents of images [B, 3, H, W] with the given standard normal noise [B, c, h, w]. */
    public Latent encode(Tensor images, Tensor noise) {
        return toLatent(latentDistribution(images).sample(noise));
    }

    /** Decodes latents to images [B, 3, H, W], about in [-1, 1] but not clamped. */
    public Tensor decode(Latent latent) {
        return decodeRaw(toRaw(latent));
    }

    /** Decodes raw latents [B, c, h, w], as needed to train the autoencoder. */
    public Tensor decodeRaw(Tensor raw) {
        raw.expect("latents", "[B, c, h, w]", Tensor.ANY, config.latentChannels(), Tensor.ANY, Tensor.ANY);
        Tensor images = decoder.forward(postQuantConv.forward(raw)); // [B, 3, H, W]
        return decoderShortcut == null
                ? images
                : images.add(decoderShortcut.forward(raw).pixelShuffle(config.downscaleFactor()));
    }

    /** Scales raw latents for the denoiser. */
    public Latent toLatent(Tensor raw) {
        return new Latent(raw.mul(config.scalingFactor()));
    }

    /** Undoes the scaling of {@link #toLatent}. */
    public Tensor toRaw(Latent latent) {
        return latent.values().div(config.scalingFactor());
    }
}
