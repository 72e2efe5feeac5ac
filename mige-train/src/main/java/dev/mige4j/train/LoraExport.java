package dev.mige4j.train;

import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes the current adapters of a LoRA training as one file.
 *
 * @param baseModel fingerprint of the model that they belong to
 * @param adapters by module
 */
record LoraExport(
        Path file, String baseModel, MigeTrainingConfig.LoraTraining training, Map<String, LoraAdapter> adapters) {

    /** The file in the folder of a training. */
    static final String FILE_NAME = "lora.safetensors";

    /** Whether the folder of a training has a LoRA. */
    static boolean isComplete(Path trainingFolder) {
        return Files.exists(trainingFolder.resolve(FILE_NAME));
    }

    /** Whether a tensor is one of an adapter; see {@link dev.mige4j.weights.Weights#recordingInto}. */
    static boolean isAdapter(String key) {
        return key.endsWith(".lora_A.weight") || key.endsWith(".lora_B.weight");
    }

    void write() {
        LoraFile.write(file, new LoraMetadata(training.config(), baseModel, training.trigger()), adapters);
    }
}
