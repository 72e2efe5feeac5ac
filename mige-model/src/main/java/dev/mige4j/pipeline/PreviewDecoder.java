package dev.mige4j.pipeline;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.ImageTensors;
import dev.mige4j.autoencoder.Latent;
import dev.mige4j.image.Image;
import java.util.Optional;

/**
 * Decodes previews of a request from averaged latents. A preview is left out when the previews would take more than 5 %
 * of the time.
 */
final class PreviewDecoder {

    /** Less than 5 %: small float32 convolutions reach about half the speed of the denoiser in bfloat16. */
    private static final double MAX_SHARE_OF_FLOPS = 0.025;

    private static final int MIN_SIDE = 128; // pixels

    private final AutoEncoder autoencoder;
    private final int poolSize;
    private final double flopsPerPreview;
    private int previews;

    PreviewDecoder(ModelConfig config, AutoEncoder autoencoder) {
        int pool = 1;
        while (config.latentSize() % (2 * pool) == 0 && config.imageSize() / (2 * pool) >= MIN_SIDE) pool *= 2;
        this.autoencoder = autoencoder;
        this.poolSize = pool;
        this.flopsPerPreview = NetworkFlops.decodeImage(config.autoencoder(), config.imageSize() / pool);
    }

    /**
     * The image of a latent [1, c, h, w]; for large models {@value #MIN_SIDE} pixels wide.
     *
     * @param flopsDone the operations of the request so far
     */
    Optional<Image> decode(Latent latent, double flopsDone) {
        if ((previews + 1) * flopsPerPreview > MAX_SHARE_OF_FLOPS * flopsDone) return Optional.empty();
        previews++;
        return Optional.of(scoped(() -> ImageTensors.toImage(
                autoencoder.decode(
                        poolSize == 1 ? latent : new Latent(latent.values().avgPool2d(poolSize))),
                0)));
    }
}
