package dev.mige4j.encoder;

import static dev.mige4j.tensor.Scope.scoped;
import static dev.mige4j.tensor.Tensor.ANY;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.tensor.nn.Conv2d;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.List;
import java.util.stream.IntStream;

/**
 * EVA-CLIP's vision transformer (ViT-g/14): one token per patch and a class token in front.
 *
 * <pre>
 *   x = [class; patches] + positions
 *   x = block(x)  for each block
 * </pre>
 *
 * The output is the residual stream after the last block: no final norm, no pooling, no head. Source:
 * docs/specification/encoder.md section 2. Checkpoint prefix {@code visual_encoder}.
 */
public final class VisionTransformer {

    /**
     * Sizes of the vision transformer.
     *
     * @param imageSize height and width of the images in pixels, a multiple of the patch size
     * @param patchSize side of a patch in pixels
     * @param width V
     * @param heads attention heads; must divide V
     * @param depth number of blocks
     * @param mlpWidth hidden width of the MLP
     */
    public record Config(
            @JsonAlias("side") int imageSize,
            @JsonAlias("patch") int patchSize,
            int width,
            int heads,
            int depth,
            @JsonAlias("hidden") int mlpWidth) {
        public static final Config PUBLISHED = new Config(224, 14, 1408, 16, 39, 6144);
        /** For tests. */
        public static final Config TINY = new Config(8, 4, 12, 2, 2, 20);

        public Config {
            ConfigChecks.requirePositive("vision transformer", imageSize, patchSize, width, heads, depth, mlpWidth);
            ConfigChecks.requireDivides("vision transformer", "patch size", patchSize, "image size", imageSize);
            ConfigChecks.requireDivides("vision transformer", "heads", heads, "width", width);
        }

        /** The number of tokens of an image, T: its patches and the class token. */
        public int tokens() {
            return (imageSize / patchSize) * (imageSize / patchSize) + 1;
        }
    }

    private final Config config;
    private final Conv2d patchEmbedding;
    private final Tensor classToken, positionEmbedding;
    private final List<VisionBlock> blocks;

    /** Creates a transformer with the {@link AttentionProcessor#DEFAULT default} attention. */
    public VisionTransformer(Config config, Weights weights) {
        this(config, weights, AttentionProcessor.DEFAULT);
    }

    /** Creates a transformer with another attention. */
    public VisionTransformer(Config config, Weights weights, AttentionProcessor attention) {
        this.config = config;
        patchEmbedding = new Conv2d(
                weights.at("patch_embed").at("proj"), 3, config.width, config.patchSize, config.patchSize, 0);
        classToken = weights.get("cls_token", Init.normal(0.02), 1, 1, config.width);
        positionEmbedding = weights.get("pos_embed", Init.normal(0.02), 1, config.tokens(), config.width);
        blocks = IntStream.range(0, config.depth)
                .mapToObj(i -> new VisionBlock(config, weights.at("blocks").at(i), i, attention))
                .toList();
    }

    /**
     * Images [n, 3, H, W], normalized with the mean and standard deviation of CLIP, to [n, T, V] in float32. Products
     * have the type of the images; the residual stream and the norms are float32, as in the reference.
     */
    public Tensor forward(Tensor images) {
        return forward(embed(images.to(DType.F32)), images.dtype(), blocks);
    }

    private static Tensor forward(Tensor embedded, DType productType, List<VisionBlock> blocks) {
        Tensor x = embedded; // [n, T, V]
        for (VisionBlock block : blocks) {
            Tensor input = x;
            x = scoped(() -> block.forward(input, productType)); // [n, T, V]
        }
        return x;
    }

    /**
     * The class token [n, V] of {@link #forward} alone, for which the last block computes less; for images of any size.
     *
     * @param positions position embedding of the class token and of the patches of these images, [1, T, V]
     */
    public Tensor classToken(Tensor images, Tensor positions) {
        int last = config.depth - 1;
        Tensor x = forward(embed(images.to(DType.F32), positions), images.dtype(), blocks.subList(0, last));
        return scoped(() -> blocks.get(last).forwardFirst(x, images.dtype())).select(1, 0);
    }

    /** The patch embeddings of images [n, 3, H, W], row by row: [n, T - 1, V], without class token and positions. */
    public Tensor embedPatches(Tensor images) {
        Tensor patchTokens = patchEmbedding.forward(images); // [n, V, H/patch, W/patch]
        return patchTokens.view(patchTokens.size(0), config.width, -1).transpose(1, 2);
    }

    /** The input of the first block for images [n, 3, H, W]: [n, T, V]. */
    public Tensor embed(Tensor images) {
        images.expect("images", "[n, 3, H, W]", ANY, 3, config.imageSize, config.imageSize);
        return embed(images, positionEmbedding);
    }

    private Tensor embed(Tensor images, Tensor positions) {
        Tensor patchTokens = embedPatches(images);
        Tensor classTokens = classToken.typeAs(patchTokens).expand(patchTokens.size(0), 1, config.width);
        return Tensor.cat(1, classTokens, patchTokens).add(positions.typeAs(patchTokens));
    }

    /** The position embedding of the class token and of the patches, row by row: [1, T, V]. */
    public Tensor positionEmbedding() {
        return positionEmbedding;
    }

    /** The blocks, first to last. */
    public List<VisionBlock> blocks() {
        return blocks;
    }
}
