package dev.mige4j.train.teach;

import dev.mige4j.pipeline.ModelFingerprint;
import dev.mige4j.tensor.DType;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import java.nio.file.Path;
import java.util.Map;

/** Writes the LoRA of a training with the name that was taught. */
final class LoraOutput {

    private LoraOutput() {}

    /**
     * Writes the LoRA.
     *
     * @param trained the file that the training exported
     * @param name the word for the subject or style
     * @param model folder of the base model
     */
    static void write(Path trained, Path output, String name, Path model) {
        LoraFile file = LoraFile.read(trained);
        Map<String, LoraAdapter> adapters = file.adapters(DType.F32);
        try {
            LoraFile.write(
                    output, new LoraMetadata(file.metadata().config(), ModelFingerprint.of(model), name), adapters);
        } finally {
            adapters.values().forEach(LoraAdapter::close);
        }
    }
}
