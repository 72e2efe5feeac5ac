package dev.mige4j.eval.embedding;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.common.ShapeException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Embedding;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The text transformer of an {@link OpenAiClip}; attention is causal, and the end token is pooled.
 *
 * <pre>
 *   x = tokens + positions
 *   x = layer(x)  for each layer, where position i attends to 0..i
 *   pooled = LN(x)[end token]
 * </pre>
 *
 * <p>What follows the end token does not matter, so texts may be padded with any id that is not larger. Source:
 * docs/specification/evaluation.md section 2. Checkpoint prefix {@code text_model}.
 */
public final class ClipTextTower {

    private final ClipConfig config;
    private final Embedding tokenEmbedding;
    private final Tensor positionEmbedding;
    private final List<ClipLayer> layers;
    private final LayerNorm finalNorm;

    ClipTextTower(ClipConfig config, Weights weights) {
        Weights embeddings = weights.at("embeddings");
        ClipConfig.Tower tower = config.text();
        int w = tower.width();
        this.config = config;
        tokenEmbedding = new Embedding(embeddings.at("token_embedding"), config.vocabularySize(), w);
        positionEmbedding = embeddings.at("position_embedding").get("weight", Init.normal(0.01), config.maxTokens(), w);
        layers = IntStream.range(0, tower.depth())
                .mapToObj(i ->
                        new ClipLayer(tower, weights.at("encoder").at("layers").at(i)))
                .toList();
        finalNorm = new LayerNorm(weights.at("final_layer_norm"), w, tower.eps());
    }

    /** Token ids [N, L], int64, to the pooled end tokens [N, W]. */
    public Tensor forward(Tensor ids) {
        Tensor mask = causalMask((int) ids.size(1)), x = embed(ids); // [N, L, W]
        for (ClipLayer layer : layers) {
            Tensor input = x;
            x = scoped(() -> layer.forward(input, mask)); // [N, L, W]
        }
        return pool(finalNorm(x), ids);
    }

    /**
     * Token ids [N, L] to token and position embeddings [N, L, W], the input of the first layer.
     *
     * @throws ShapeException when L is larger than the model allows, or an id is not in its vocabulary
     */
    public Tensor embed(Tensor ids) {
        if (ids.dim() != 2 || ids.size(1) < 1 || ids.size(1) > config.maxTokens())
            throw new ShapeException("The ids are %s, expected [N, L] with L from 1 to %d.", ids, config.maxTokens());
        for (long id : ids.toLongArray())
            if (id < 0 || id >= config.vocabularySize())
                throw new ShapeException(
                        "The id %d is not in the vocabulary of %d tokens.", id, config.vocabularySize());
        return tokenEmbedding.forward(ids).add(positionEmbedding.narrow(0, 0, ids.size(1)));
    }

    /** −∞ where a position would attend to a later one, else 0: [1, L, L]. */
    public Tensor causalMask(int length) {
        float[] mask = new float[length * length];
        for (int i = 0; i < length; i++)
            for (int j = i + 1; j < length; j++) mask[i * length + j] = Float.NEGATIVE_INFINITY;
        return Tensor.of(mask, 1, length, length);
    }

    /** The final norm of the output [N, L, W] of the last layer. */
    public Tensor finalNorm(Tensor x) {
        return finalNorm.forward(x);
    }

    /** The end tokens [N, W] of x [N, L, W] for the ids [N, L] of the texts. */
    public Tensor pool(Tensor x, Tensor ids) {
        int n = (int) ids.size(0), length = (int) ids.size(1);
        long[] flat = ids.toLongArray(), rows = new long[n];
        for (int i = 0; i < n; i++) rows[i] = (long) i * length + endPosition(flat, i * length, length);
        return x.reshape((long) n * length, config.text().width()).embedding(Tensor.of(rows, n));
    }

    /** The first position of the end id, 0 if there is none; or of the largest id ({@link ClipConfig#LARGEST_ID}). */
    private int endPosition(long[] ids, int start, int length) {
        int end = 0;
        for (int i = 0; i < length; i++) {
            if (config.endId() == ClipConfig.LARGEST_ID) {
                if (ids[start + i] > ids[start + end]) end = i;
            } else if (ids[start + i] == config.endId()) return i;
        }
        return end;
    }

    /** The layers, first to last. */
    public List<ClipLayer> layers() {
        return layers;
    }
}
