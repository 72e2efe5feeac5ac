package dev.mige4j.eval.embedding;

import static dev.mige4j.tensor.Tensor.ANY;

import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.weights.Weights;

/**
 * The vision transformer of DINO (ViT-S/16), whose class token is compared by the DINO score.
 *
 * <pre>
 *   x = vit(images)                    biased keys, erf-GELU
 *   feature = LN(x)[class token]       eps 1e-6
 * </pre>
 *
 * <p>The epsilon of all norms is that of the original program, 1e-6, whatever the configuration of a hub folder says
 * (1e-12). Keys are those of the original file; {@link HubVitWeights} reads those of the hub. There is no pooler and no
 * head. Source: docs/specification/evaluation.md section 3; arXiv 2104.14294.
 */
public final class DinoVit {

    /** The size of the published ViT-S/16. */
    public static final VisionTransformer.Config SMALL = new VisionTransformer.Config(224, 16, 384, 6, 12, 1536);

    private static final double EPS = 1e-6;

    /** How the position embedding is adapted to images of another size: bicubic, with one of two scales. */
    public enum PositionInterpolation {
        /** The original program: for m patches from g, the scale is (m + 0.1) / g. */
        ORIGINAL(0.1),
        /** The transformers library: m / g. */
        HUB(0);

        private final double offset;

        PositionInterpolation(double offset) {
            this.offset = offset;
        }
    }

    private final VisionTransformer.Config config;
    private final VisionTransformer transformer;
    private final LayerNorm norm;

    public DinoVit(VisionTransformer.Config config, Weights weights) {
        this.config = config;
        transformer = new VisionTransformer(config, weights, AttentionProcessor.SHORT);
        norm = new LayerNorm(weights.at("norm"), config.width(), EPS);
    }

    /**
     * The features of images [n, 3, H, W], normalized with the mean and standard deviation of ImageNet: [n, V]. Sides
     * that are no multiple of the patch size lose the rest.
     */
    public Tensor forward(Tensor images) {
        return forward(images, PositionInterpolation.ORIGINAL);
    }

    /** As {@link #forward(Tensor)}, with another interpolation for images of another size. */
    public Tensor forward(Tensor images, PositionInterpolation interpolation) {
        images.expect("images", "[n, 3, H, W]", ANY, 3, ANY, ANY);
        long rows = images.size(2) / config.patchSize(), columns = images.size(3) / config.patchSize();
        return norm.forward(transformer.classToken(images, positionEmbedding(rows, columns, interpolation)));
    }

    /** The position embedding of the class token and of rows × columns patches, row by row: [1, T, V]. */
    public Tensor positionEmbedding(long rows, long columns, PositionInterpolation interpolation) {
        Tensor positions = transformer.positionEmbedding();
        long grid = config.imageSize() / config.patchSize();
        if (rows == grid && columns == grid) return positions;
        Tensor patches = positions
                .narrow(1, 1, grid * grid)
                .view(1, grid, grid, config.width())
                .permute(0, 3, 1, 2) // [1, V, g, g]
                .upsampleBicubic2d(
                        rows,
                        columns,
                        (rows + interpolation.offset) / grid,
                        (columns + interpolation.offset) / grid); // [1, V, rows, columns]
        return Tensor.cat(
                1, positions.narrow(1, 0, 1), patches.permute(0, 2, 3, 1).reshape(1, rows * columns, config.width()));
    }

    /** The transformer before the final norm. */
    public VisionTransformer transformer() {
        return transformer;
    }
}
