package dev.mige4j.encoder;

import static dev.mige4j.tensor.Scope.scoped;
import static dev.mige4j.tensor.Tensor.ANY;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Conv2d;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Looks at a picture: EVA-CLIP's vision transformer, one token a patch and a class token in front.
 *
 * <pre>
 *   x = [class; patches] + positions
 *   x = block(x)  for each block
 * </pre>
 *
 * The result is the residual stream behind the last block: no final norm, no pooling, no head. Source:
 * docs/specification/encoder.md section 2. Checkpoint prefix {@code visual_encoder}.
 */
public final class VisionTransformer {

    /** Picture side and patch side in pixels; width W; hidden is the width inside of a block's MLP. */
    public record Config(
            @JsonAlias("side") int imageSize,
            @JsonAlias("patch") int patchSize,
            int width,
            int heads,
            int depth,
            @JsonAlias("hidden") int mlpWidth) {
        public static final Config PUBLISHED = new Config(224, 14, 1408, 16, 39, 6144);
        public static final Config TINY = new Config(8, 4, 12, 2, 2, 20);

        public Config {
            ConfigChecks.requirePositive("vision transformer", imageSize, patchSize, width, heads, depth, mlpWidth);
            ConfigChecks.requireDivides("vision transformer", "patch", patchSize, "side", imageSize);
            ConfigChecks.requireDivides("vision transformer", "heads", heads, "width", width);
        }

        /** Tokens of a picture, T: its patches and the class token. */
        public int tokens() {
            return (imageSize / patchSize) * (imageSize / patchSize) + 1;
        }
    }

    private final Config config;
    private final Conv2d patchEmbedding;
    private final Tensor classToken, positionEmbedding;
    private final List<VisionBlock> blocks;

    public VisionTransformer(Config config, Weights weights) {
        this.config = config;
        patchEmbedding = new Conv2d(
                weights.at("patch_embed").at("proj"), 3, config.width, config.patchSize, config.patchSize, 0);
        classToken = weights.get("cls_token", Init.normal(0.02), 1, 1, config.width);
        positionEmbedding = weights.get("pos_embed", Init.normal(0.02), 1, config.tokens(), config.width);
        blocks = IntStream.range(0, config.depth)
                .mapToObj(i -> new VisionBlock(config, weights.at("blocks").at(i), i))
                .toList();
    }

    /** Pictures [n, 3, side, side], normalised with CLIP's mean and deviation, to [n, T, W]. */
    public Tensor forward(Tensor images) {
        Tensor x = embed(images); // [n, T, W]
        for (VisionBlock block : blocks) {
            Tensor input = x;
            x = scoped(() -> block.forward(input)); // [n, T, W]
        }
        return x;
    }

    /** The patches of pictures [n, 3, side, side], row by row: [n, T - 1, W]; no class token, no positions. */
    public Tensor embedPatches(Tensor images) {
        images.expect("pictures", "[n, 3, s, s]", ANY, 3, config.imageSize, config.imageSize);
        Tensor patchTokens = patchEmbedding.forward(images); // [n, W, side/patch, side/patch]
        return patchTokens.view(patchTokens.size(0), config.width, -1).transpose(1, 2);
    }

    /** What the first block gets: [n, T, W]. */
    public Tensor embed(Tensor images) {
        Tensor patchTokens = embedPatches(images);
        Tensor classTokens = classToken.typeAs(patchTokens).expand(patchTokens.size(0), 1, config.width);
        return Tensor.cat(1, classTokens, patchTokens).add(positionEmbedding.typeAs(patchTokens));
    }

    /** The blocks in their order. */
    public List<VisionBlock> blocks() {
        return blocks;
    }
}
