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
 * Summarizes the vision features of an image in a fixed number of learned queries (BLIP-2's Q-Former without its text
 * branch).
 *
 * <pre>
 *   x = LN(query_tokens)                    the same for every image; no positions
 *   x = layer(x, vision features)           for each layer
 * </pre>
 *
 * The dropout of 0.1 that the reference uses in training is left out. Source: docs/specification/encoder.md section 3.
 * Checkpoint keys {@code query_tokens} and, for everything else, prefix {@code Qformer.bert}.
 */
public final class QFormer {

    static final double EPS = 1e-12; // query tokens are small, so a larger value would change the result

    /**
     * Sizes of the Q-Former.
     *
     * @param width D
     * @param heads attention heads; must divide D
     * @param depth number of layers
     * @param mlpWidth hidden width of the feed-forward network
     * @param numQueries Q
     * @param visionWidth V
     * @param crossAttentionFrequency every n-th layer has cross-attention, beginning with the first
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
        /** For tests. */
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

    /** @param weights the root of the weights, because the query tokens are not under the prefix of the layers */
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

    /** Vision features [n, T, V] to queries [n, Q, D]. */
    public Tensor forward(Tensor imageFeatures) {
        imageFeatures.expect("vision features", "[n, T, V]", ANY, ANY, config.visionWidth);
        Tensor x = embedQueries(imageFeatures); // [n, Q, D]
        for (QFormerLayer layer : layers) {
            Tensor input = x;
            x = scoped(() -> layer.forward(input, imageFeatures)); // [n, Q, D]
        }
        return x;
    }

    /**
     * The input of the first layer for vision features [n, T, V]: the normalized queries, repeated for every image, [n,
     * Q, D].
     */
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
