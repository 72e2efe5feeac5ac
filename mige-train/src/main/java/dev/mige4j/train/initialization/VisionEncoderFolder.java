package dev.mige4j.train.initialization;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The folder of a trained {@link ClipModel} or of a complete model, which provides the frozen vision encoder and the
 * vocabulary.
 */
public final class VisionEncoderFolder {

    private VisionEncoderFolder() {}

    /** Whether a folder has a vision encoder and a vocabulary. */
    public static boolean isComplete(Path folder) {
        return Files.exists(weightsFile(folder)) && Files.exists(folder.resolve(ClipModel.VOCABULARY_FILE));
    }

    /** The file of the vision encoder's weights. */
    static Path weightsFile(Path folder) {
        Path ofModel = folder.resolve(ModelFolder.ENCODER);
        return Files.exists(ofModel) ? ofModel : folder.resolve(ClipModel.WEIGHTS_FILE);
    }

    /** The vision encoder's weights from the folder, all others from {@code others}. */
    static Weights overlay(Path folder, Weights others) {
        Weights pretrained = Checkpoint.open(Checkpoint.LoadDType.FLOAT32, weightsFile(folder))
                .weights();
        return Weights.from(new Weights.Source() {
            @Override
            public Tensor get(String key, Init init, long... shape) {
                return sourceOf(key).get(key, init, shape);
            }

            @Override
            public boolean has(String key) {
                return sourceOf(key).has(key);
            }

            private Weights sourceOf(String key) {
                return isVisionEncoderKey(key) ? pretrained : others;
            }
        });
    }

    private static boolean isVisionEncoderKey(String key) {
        return key.startsWith("visual_encoder.") || key.startsWith("ln_vision.");
    }

    /** The SentencePiece file. */
    static byte[] readVocabulary(Path folder) {
        Path file = folder.resolve(ClipModel.VOCABULARY_FILE);
        if (!Files.exists(file)) throw new UsageException("The vocabulary %s is missing.", file);
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }
}
