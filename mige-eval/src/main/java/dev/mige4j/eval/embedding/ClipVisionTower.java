package dev.mige4j.eval.embedding;

import static dev.mige4j.tensor.Scope.scoped;
import static dev.mige4j.tensor.Tensor.ANY;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Conv2d;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The vision transformer of an {@link OpenAiClip}; the class token is pooled.
 *
 * <pre>
 *   x = LNpre([class; patches] + positions)
 *   x = layer(x)  for each layer
 *   pooled = LNpost(x[class token])
 * </pre>
 *
 * <p>Source: docs/specification/evaluation.md section 2. Checkpoint prefix {@code vision_model}.
 */
public final class ClipVisionTower {

    private final ClipConfig config;
    private final Conv2d patchEmbedding;
    private final Tensor classEmbedding, positionEmbedding;
    private final LayerNorm preNorm, postNorm;
    private final List<ClipLayer> layers;

    ClipVisionTower(ClipConfig config, Weights weights) {
        Weights embeddings = weights.at("embeddings");
        ClipConfig.Tower tower = config.vision();
        int w = tower.width();
        this.config = config;
        patchEmbedding =
                Conv2d.withoutBias(embeddings.at("patch_embedding"), 3, w, config.patchSize(), config.patchSize());
        classEmbedding = embeddings.get("class_embedding", Init.normal(0.02), w);
        positionEmbedding =
                embeddings.at("position_embedding").get("weight", Init.normal(0.02), config.imageTokens(), w);
        preNorm = new LayerNorm(weights.at("pre_layrnorm"), w, tower.eps()); // misspelt in the checkpoint
        layers = IntStream.range(0, tower.depth())
                .mapToObj(i ->
                        new ClipLayer(tower, weights.at("encoder").at("layers").at(i)))
                .toList();
        postNorm = new LayerNorm(weights.at("post_layernorm"), w, tower.eps());
    }

    /** Normalised images [N, 3, H, W] to their pooled class tokens [N, V]. */
    public Tensor forward(Tensor images) {
        Tensor x = preNorm(embed(images)); // [N, T, V]
        int last = layers.size() - 1;
        for (ClipLayer layer : layers.subList(0, last)) {
            Tensor input = x;
            x = scoped(() -> layer.forward(input, null)); // [N, T, V]
        }
        return pool(layers.get(last).forwardFirst(x)); // only the class token is pooled
    }

    /** The class token, and the patches row by row, with their positions: [N, T, V], before the first norm. */
    public Tensor embed(Tensor images) {
        int w = config.vision().width();
        images.expect("images", "[N, 3, H, W]", ANY, 3, config.imageSize(), config.imageSize());
        Tensor patches = patchEmbedding.forward(images); // [N, V, H/patch, W/patch]
        Tensor classTokens = classEmbedding.expand(images.size(0), 1, w);
        return Tensor.cat(1, classTokens, patches.view(images.size(0), w, -1).transpose(1, 2))
                .add(positionEmbedding);
    }

    /** The input of the first layer for embedded images [N, T, V], of the same shape. */
    public Tensor preNorm(Tensor embedded) {
        return preNorm.forward(embedded);
    }

    /** The pooled features [N, V] of the output [N, T, V] of the last layer. */
    public Tensor pool(Tensor x) {
        return postNorm.forward(x.select(1, 0));
    }

    /** The layers, first to last. */
    public List<ClipLayer> layers() {
        return layers;
    }
}
