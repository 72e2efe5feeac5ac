package dev.mige4j.train.initialization;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.weights.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Random initial values, over the autoencoder and the vision encoder of earlier stages. Selected with the type
 * {@code fresh}.
 */
public record FreshInitialization(
        @ConfigKey("folder of the autoencoder that the stage vae trained, relative to the output folder")
        String autoencoder,

        @ConfigKey("folder of the vision encoder and vocabulary, that the stage clip trained or of a complete model,"
                + " relative to the output folder")
        String visionEncoder)
        implements Initialization {

    @Override
    public InitialModel load(ModelConfig model, Path folder, long seed) {
        if (model == null)
            throw new UsageException("The initialization 'fresh' needs the sizes of the model, but 'model' is null.");
        Path autoencoderFolder = folder.resolve(autoencoder).normalize(),
                visionEncoderFolder = folder.resolve(visionEncoder).normalize();
        Map<String, Tensor> autoencoderTensors = new LinkedHashMap<>();
        AutoEncoder loaded = AutoencoderFolder.load(autoencoderFolder, autoencoderTensors);
        return new InitialModel(
                InitialModel.withAutoencoder(model, AutoencoderFolder.readConfig(autoencoderFolder)),
                VisionEncoderFolder.overlay(visionEncoderFolder, Weights.fresh(seed)),
                loaded,
                autoencoderTensors,
                VisionEncoderFolder.readVocabulary(visionEncoderFolder),
                List.of(
                        autoencoderFolder.resolve(AutoencoderFolder.WEIGHTS_FILE),
                        VisionEncoderFolder.weightsFile(visionEncoderFolder)));
    }
}
