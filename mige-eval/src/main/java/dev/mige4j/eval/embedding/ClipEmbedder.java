package dev.mige4j.eval.embedding;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.clip.ClipModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An {@link Embedder} that runs a {@link ClipModel} in batches. */
public final class ClipEmbedder implements Embedder {

    private static final int BATCH_SIZE = 32;

    private final ClipModel clip;
    private final String name;

    private ClipEmbedder(ClipModel clip, String name) {
        this.clip = clip;
        this.name = name;
    }

    /**
     * Opens the CLIP model in a folder; the first 16 digits of the SHA-256 of its weights become the name.
     *
     * @throws UsageException when the folder has no CLIP model
     */
    public static ClipEmbedder open(Path folder) {
        ClipModel clip = ClipModel.open(folder);
        Path weights = folder.resolve(ClipModel.WEIGHTS_FILE);
        try {
            return new ClipEmbedder(clip, Sha256.hex(weights).substring(0, 16));
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", weights, e.getMessage(), e);
        }
    }

    @Override
    public List<float[]> embedImages(List<Image> images) {
        List<float[]> embeddings = new ArrayList<>();
        for (int i = 0; i < images.size(); i += BATCH_SIZE) {
            List<Image> batch = images.subList(i, Math.min(images.size(), i + BATCH_SIZE));
            float[] values =
                    scoped(() -> Tensor.noGrad(() -> clip.encodeImages(batch).toFloatArray()));
            embeddings.addAll(splitRows(values, batch.size()));
        }
        return embeddings;
    }

    @Override
    public List<float[]> embedTexts(List<String> texts) {
        List<float[]> embeddings = new ArrayList<>();
        for (String text : texts)
            embeddings.add(scoped(
                    () -> Tensor.noGrad(() -> clip.encodeTexts(List.of(text)).toFloatArray())));
        return embeddings;
    }

    @Override
    public String name() {
        return name;
    }

    private static List<float[]> splitRows(float[] values, int count) {
        int width = values.length / count;
        List<float[]> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) rows.add(Arrays.copyOfRange(values, i * width, (i + 1) * width));
        return rows;
    }
}
