package dev.mige4j.train.initialization;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelFingerprint;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of a model folder, optionally with another autoencoder or vision encoder. Selected with the type
 * {@code pretrained}.
 */
public record PretrainedInitialization(
        @ConfigKey("model folder to start from, relative to the output folder; embedded: the embedded model")
        String model,

        @ConfigKey(
                value = "folder of another autoencoder that the stage vae trained; empty: the model folder's",
                defaultValue = "\"\"")
        String autoencoder,

        @ConfigKey(
                value = "folder of another vision encoder and vocabulary, that the stage clip trained or of a complete"
                        + " model; empty: the model folder's",
                defaultValue = "\"\"")
        String visionEncoder)
        implements Initialization {

    /** Smaller models are read into float32; larger ones stay mapped in the type in which they are stored. */
    private static final long MAX_FLOAT32_BYTES = 1L << 30;

    private static final String EMBEDDED = "embedded";

    @Override
    public InitialModel load(ModelConfig configured, Path folder, long seed) {
        Path modelFolder = model.equals(EMBEDDED) ? EmbeddedModel.folder() : resolve(folder, model),
                autoencoderFolder = resolve(folder, autoencoder),
                visionEncoderFolder = resolve(folder, visionEncoder);
        ModelConfig stored = ModelConfig.read(modelFolder);
        Checkpoint checkpoint = openCheckpoint(modelFolder);
        requireNotQuantized(modelFolder, checkpoint);
        Map<String, Tensor> autoencoderTensors = new LinkedHashMap<>();
        AutoEncoder.Config autoencoderConfig =
                autoencoder.isEmpty() ? stored.autoencoder() : AutoencoderFolder.readConfig(autoencoderFolder);
        AutoEncoder loaded = autoencoder.isEmpty()
                ? new AutoEncoder(autoencoderConfig, checkpoint.weights().recordingInto(autoencoderTensors))
                : AutoencoderFolder.load(autoencoderFolder, autoencoderTensors);
        Weights weights = visionEncoder.isEmpty()
                ? checkpoint.weights()
                : VisionEncoderFolder.overlay(visionEncoderFolder, checkpoint.weights());
        List<Path> frozenFiles = new ArrayList<>();
        if (autoencoder.isEmpty() || visionEncoder.isEmpty()) frozenFiles.addAll(Checkpoint.weightFiles(modelFolder));
        if (!autoencoder.isEmpty()) frozenFiles.add(autoencoderFolder.resolve(AutoencoderFolder.WEIGHTS_FILE));
        if (!visionEncoder.isEmpty()) frozenFiles.add(VisionEncoderFolder.weightsFile(visionEncoderFolder));
        return new InitialModel(
                InitialModel.withAutoencoder(configured == null ? stored : configured, autoencoderConfig),
                weights,
                loaded,
                autoencoderTensors,
                VisionEncoderFolder.readVocabulary(visionEncoder.isEmpty() ? modelFolder : visionEncoderFolder),
                frozenFiles,
                autoencoder.isEmpty() && visionEncoder.isEmpty() && (configured == null || configured.equals(stored))
                        ? ModelFingerprint.of(modelFolder)
                        : null);
    }

    private static void requireNotQuantized(Path folder, Checkpoint checkpoint) {
        for (TensorFile file : checkpoint.files())
            if (file.tensorInfos().values().stream().anyMatch(tensor -> tensor.dtype() == DType.I8))
                throw new UsageException(
                        "%s: has weights in int8, which cannot be trained; convert the model without --quantize.",
                        folder);
    }

    private static Path resolve(Path folder, String relative) {
        return folder.resolve(relative).normalize();
    }

    private static Checkpoint openCheckpoint(Path folder) {
        long bytes = Checkpoint.weightFiles(folder).stream()
                .mapToLong(file -> file.toFile().length())
                .sum();
        return Checkpoint.open(
                bytes < MAX_FLOAT32_BYTES ? Checkpoint.LoadDType.FLOAT32 : Checkpoint.LoadDType.AS_STORED, folder);
    }
}
