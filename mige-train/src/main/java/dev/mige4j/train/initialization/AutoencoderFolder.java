package dev.mige4j.train.initialization;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A folder with a trained autoencoder: {@value #WEIGHTS_FILE} and {@value #CONFIG_FILE}. */
public final class AutoencoderFolder {

    public static final String WEIGHTS_FILE = "autoencoder.safetensors";
    public static final String CONFIG_FILE = "autoencoder.json";

    private AutoencoderFolder() {}

    /** Whether a folder has a trained autoencoder. */
    public static boolean isComplete(Path folder) {
        return Files.exists(folder.resolve(WEIGHTS_FILE)) && Files.exists(folder.resolve(CONFIG_FILE));
    }

    /** Sizes and scaling factor. */
    public static AutoEncoder.Config readConfig(Path folder) {
        Path file = folder.resolve(CONFIG_FILE);
        if (!Files.exists(file))
            throw new UsageException("%s contains no trained autoencoder: %s is missing.", folder, CONFIG_FILE);
        return ConfigFile.read(file, AutoEncoder.Config.class);
    }

    /** The autoencoder; its tensors are added to {@code namedTensors} by key. */
    public static AutoEncoder load(Path folder, Map<String, Tensor> namedTensors) {
        return new AutoEncoder(
                readConfig(folder),
                Checkpoint.open(folder.resolve(WEIGHTS_FILE)).weights().recordingInto(namedTensors));
    }
}
