package mige.encoder;

import static mige.tensor.Scope.scoped;
import static mige.tensor.Tensor.ANY;

import java.util.List;
import java.util.stream.IntStream;
import mige.tensor.Tensor;
import mige.tensor.nn.LayerNorm;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Asks a few learned questions about each picture: queries that attend to each other and, in some layers, to the picture.
 *
 * <pre>
 *   x = LN(query_tokens)              the same for every picture; no positions
 *   x = layer(x, picture)  for each layer
 * </pre>
 *
 * No text goes in: BLIP-2's text half is not part of this model. Its dropout in training (0.1) is left out here. Source: reference
 * ENCODER.md section 3. Checkpoint keys {@code query_tokens} and, under {@code Qformer.bert}, all others.
 */
public final class QFormer {

    static final double EPS = 1e-12;        // query tokens are small: a larger one would show

    /** Width D; hidden inside of the feed-forward; queries Q; pictureWidth W; every crossEvery-th layer, the first included, looks at the picture. */
    public record Config(int width, int heads, int depth, int hidden, int queries, int pictureWidth, int crossEvery) {
        public static final Config PUBLISHED = new Config(768, 12, 12, 3072, 32, 1408, 2);
        public static final Config TINY = new Config(8, 2, 3, 16, 3, 12, 2);

        public Config {
            Sizes.positive("Q-Former", width, heads, depth, hidden, queries, pictureWidth, crossEvery);
            Sizes.divides("Q-Former", "heads", heads, "width", width);
        }
    }

    private final Config config;
    private final Tensor queries;
    private final LayerNorm queryNorm;
    private final List<QFormerLayer> layers;

    /** {@code weights} is the root: the queries stand beside the layers. */
    public QFormer(Config config, Weights weights) {
        Weights bert = weights.at("Qformer").at("bert");
        this.config = config;
        queries   = weights.get("query_tokens", Birth.normal(0.02), 1, config.queries, config.width);
        queryNorm = new LayerNorm(bert.at("embeddings").at("LayerNorm"), config.width, EPS);
        layers    = IntStream.range(0, config.depth)
                .mapToObj(i -> new QFormerLayer(config, bert.at("encoder").at("layer").at(i), i % config.crossEvery == 0)).toList();
    }

    /** What the pictures [n, T, W] answer: [n, Q, D]. */
    public Tensor forward(Tensor pictures) {
        pictures.expect("pictures", "[n, T, W]", ANY, ANY, config.pictureWidth);
        Tensor x = embed(pictures);                                                             // [n, Q, D]
        for (QFormerLayer layer : layers) {
            Tensor before = x;
            x = scoped(() -> layer.forward(before, pictures));                                  // [n, Q, D]
        }
        return x;
    }

    /** What the first layer gets for pictures [n, T, W]: the normalised queries, once a picture, [n, Q, D]. */
    public Tensor embed(Tensor pictures) {
        return queryNorm.forward(queries.like(pictures)).expand(pictures.size(0), config.queries, config.width);
    }

    /** The layers in their order. */
    public List<QFormerLayer> layers() {
        return layers;
    }
}
