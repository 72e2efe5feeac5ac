package dev.mige4j.encoder;

import static dev.mige4j.tensor.Scope.scoped;
import static dev.mige4j.tensor.Tensor.ANY;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Asks a few learned questions about each picture: queries that attend to each other and, in some layers, to the
 * picture.
 *
 * <pre>
 *   x = LN(query_tokens)              the same for every picture; no positions
 *   x = layer(x, picture)  for each layer
 * </pre>
 *
 * No text goes in: BLIP-2's text half is not part of this model. Its dropout in training (0.1) is left out here.
 * Source: docs/specification/encoder.md section 3. Checkpoint keys {@code query_tokens} and, under
 * {@code Qformer.bert}, all others.
 */
public final class QFormer {

    static final double EPS = 1e-12; // query tokens are small: a larger one would show

    /**
     * Width D; hidden inside of the feed-forward; queries Q; pictureWidth W; every crossEvery-th layer, the first
     * included, looks at the picture.
     */
    public record Config(
            int width,
            int heads,
            int depth,
            @JsonAlias("hidden") int mlpWidth,
            @JsonAlias("queries") int numQueries,
            @JsonAlias("pictureWidth") int visionWidth,
            @JsonAlias("crossEvery") int crossAttentionFrequency) {
        public static final Config PUBLISHED = new Config(768, 12, 12, 3072, 32, 1408, 2);
        public static final Config TINY = new Config(8, 2, 3, 16, 3, 12, 2);

        public Config {
            ConfigChecks.requirePositive(
                    "Q-Former", width, heads, depth, mlpWidth, numQueries, visionWidth, crossAttentionFrequency);
            ConfigChecks.requireDivides("Q-Former", "heads", heads, "width", width);
        }
    }

    private final Config config;
    private final Tensor queryTokens;
    private final LayerNorm queryNorm;
    private final List<QFormerLayer> layers;

    /** {@code weights} is the root: the queries stand beside the layers. */
    public QFormer(Config config, Weights weights) {
        Weights bert = weights.at("Qformer").at("bert");
        this.config = config;
        queryTokens = weights.get("query_tokens", Init.normal(0.02), 1, config.numQueries, config.width);
        queryNorm = new LayerNorm(bert.at("embeddings").at("LayerNorm"), config.width, EPS);
        layers = IntStream.range(0, config.depth)
                .mapToObj(i -> new QFormerLayer(
                        config, bert.at("encoder").at("layer").at(i), i % config.crossAttentionFrequency == 0))
                .toList();
    }

    /** What the pictures [n, T, W] answer: [n, Q, D]. */
    public Tensor forward(Tensor imageFeatures) {
        imageFeatures.expect("pictures", "[n, T, W]", ANY, ANY, config.visionWidth);
        Tensor x = embedQueries(imageFeatures); // [n, Q, D]
        for (QFormerLayer layer : layers) {
            Tensor input = x;
            x = scoped(() -> layer.forward(input, imageFeatures)); // [n, Q, D]
        }
        return x;
    }

    /** What the first layer gets for pictures [n, T, W]: the normalised queries, once a picture, [n, Q, D]. */
    public Tensor embedQueries(Tensor imageFeatures) {
        return queryNorm
                .forward(queryTokens.typeAs(imageFeatures))
                .expand(imageFeatures.size(0), config.numQueries, config.width);
    }

    /** The layers in their order. */
    public List<QFormerLayer> layers() {
        return layers;
    }
}
