package mige.encoder;

import static mige.tensor.Scope.scoped;
import static mige.tensor.Tensor.ANY;

import java.util.List;
import java.util.stream.IntStream;
import mige.tensor.Tensor;
import mige.tensor.nn.Conv2d;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Looks at a picture: EVA-CLIP's vision transformer, one token a patch and a class token in front.
 *
 * <pre>
 *   x = [class; patches] + positions
 *   x = block(x)  for each block
 * </pre>
 *
 * The result is the residual stream behind the last block: no final norm, no pooling, no head. Source: reference ENCODER.md
 * section 2. Checkpoint prefix {@code visual_encoder}.
 */
public final class VisionTransformer {

    /** Picture side and patch side in pixels; width W; hidden is the width inside of a block's MLP. */
    public record Config(int side, int patch, int width, int heads, int depth, int hidden) {
        public static final Config PUBLISHED = new Config(224, 14, 1408, 16, 39, 6144);
        public static final Config TINY = new Config(8, 4, 12, 2, 2, 20);

        public Config {
            Sizes.positive("vision transformer", side, patch, width, heads, depth, hidden);
            Sizes.divides("vision transformer", "patch", patch, "side", side);
            Sizes.divides("vision transformer", "heads", heads, "width", width);
        }

        /** Tokens of a picture, T: its patches and the class token. */
        public int tokens() {
            return (side / patch) * (side / patch) + 1;
        }
    }

    private final Config config;
    private final Conv2d patches;
    private final Tensor classToken, positions;
    private final List<VisionBlock> blocks;

    public VisionTransformer(Config config, Weights weights) {
        this.config = config;
        patches    = new Conv2d(weights.at("patch_embed").at("proj"), 3, config.width, config.patch, config.patch, 0);
        classToken = weights.get("cls_token", Birth.normal(0.02), 1, 1, config.width);
        positions  = weights.get("pos_embed", Birth.normal(0.02), 1, config.tokens(), config.width);
        blocks     = IntStream.range(0, config.depth).mapToObj(i -> new VisionBlock(config, weights.at("blocks").at(i), i)).toList();
    }

    /** Pictures [n, 3, side, side], normalised with CLIP's mean and deviation, to [n, T, W]. */
    public Tensor forward(Tensor pictures) {
        Tensor x = embed(pictures);                                                             // [n, T, W]
        for (VisionBlock block : blocks) {
            Tensor before = x;
            x = scoped(() -> block.forward(before));                                            // [n, T, W]
        }
        return x;
    }

    /** The patches of pictures [n, 3, side, side], row by row: [n, T - 1, W]; no class token, no positions. */
    public Tensor patches(Tensor pictures) {
        pictures.expect("pictures", "[n, 3, s, s]", ANY, 3, config.side, config.side);
        Tensor cells = patches.forward(pictures);                                               // [n, W, side/patch, side/patch]
        return cells.view(cells.size(0), config.width, -1).transpose(1, 2);
    }

    /** What the first block gets: [n, T, W]. */
    public Tensor embed(Tensor pictures) {
        Tensor cells = patches(pictures);
        Tensor first = classToken.like(cells).expand(cells.size(0), 1, config.width);
        return Tensor.cat(1, first, cells).add(positions.like(cells));
    }

    /** The blocks in their order. */
    public List<VisionBlock> blocks() {
        return blocks;
    }
}
