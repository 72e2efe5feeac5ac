package dev.mige4j.eval.embedding;

import dev.mige4j.common.UsageException;
import dev.mige4j.train.clip.ClipModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Embeds images and texts in one space, where cosine similarity measures how well they match.
 *
 * <p>For nano-MIGEBench it should be trained on all concepts, including those held out from the evaluated model.
 */
public interface Embedder extends ImageEmbedder {

    /**
     * Opens a CLIP model by its content: a folder that {@code mige train clip-eval} wrote, a folder of the hub
     * ({@code openai/clip-vit-base-patch32}), or a file of OpenAI ({@code ViT-B-32.pt}).
     *
     * @throws UsageException when there is no such file or folder
     * @throws dev.mige4j.common.WeightsException when it has no weights, or those of another model
     */
    static Embedder open(Path folderOrFile) {
        return open(folderOrFile, ClipTextPreparation.HUB);
    }

    /** As {@link #open(Path)}, with the preprocessing of another program; a model of {@code mige train} has its own. */
    static Embedder open(Path folderOrFile, ClipTextPreparation preparation) {
        if (!Files.exists(folderOrFile))
            throw new UsageException(
                    "%s: there is no such file or folder; expected a CLIP model (mige download clip).", folderOrFile);
        return Files.exists(folderOrFile.resolve(ClipModel.WEIGHTS_FILE))
                ? ClipEmbedder.open(folderOrFile)
                : OpenAiClipEmbedder.open(folderOrFile, preparation);
    }

    /** The embeddings of texts, in order, of the same length as those of images. */
    List<float[]> embedTexts(List<String> texts);

    /** The embedding of a text. */
    default float[] embedText(String text) {
        return embedTexts(List.of(text)).get(0);
    }
}
