package dev.mige4j.eval.embedding;

import dev.mige4j.image.Image;
import dev.mige4j.train.clip.ClipModel;
import java.nio.file.Path;
import java.util.List;

/** An {@link Embedder} that runs a {@link ClipModel} in batches. */
public final class ClipEmbedder implements Embedder {

    private final ClipModel clip;
    private final String name;

    private ClipEmbedder(ClipModel clip, String name) {
        this.clip = clip;
        this.name = name;
    }

    /**
     * Opens the CLIP model in a folder; the first 16 digits of the SHA-256 of its weights become the name.
     *
     * @throws dev.mige4j.common.UsageException when the folder has no CLIP model
     */
    public static ClipEmbedder open(Path folder) {
        ClipModel clip = ClipModel.open(folder);
        return new ClipEmbedder(clip, WeightsHash.of(folder.resolve(ClipModel.WEIGHTS_FILE)));
    }

    @Override
    public List<float[]> embedPrepared(List<Image> images) {
        return EmbeddingBatches.embed(images, clip::encodeImages);
    }

    @Override
    public List<float[]> embedTexts(List<String> texts) {
        // one by one, since the length of one text changes the rounding of others
        return texts.stream()
                .map(text ->
                        EmbeddingBatches.embed(List.of(text), clip::encodeTexts).get(0))
                .toList();
    }

    @Override
    public String name() {
        return name;
    }
}
