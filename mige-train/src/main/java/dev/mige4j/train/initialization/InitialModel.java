package dev.mige4j.train.initialization;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The model with which a training starts.
 *
 * @param config its sizes, the autoencoder's being those of {@code autoencoder}
 * @param weights initial values of encoder and denoiser
 * @param autoencoder the frozen autoencoder
 * @param autoencoderTensors its tensors by key, for the export
 * @param vocabulary the tokenizer's SentencePiece file
 * @param frozenFiles files of all frozen weights, on which cached features depend
 * @param fingerprint of the model folder, if the weights are those of one; null: they are not
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record InitialModel(
        ModelConfig config,
        Weights weights,
        AutoEncoder autoencoder,
        Map<String, Tensor> autoencoderTensors,
        byte[] vocabulary,
        List<Path> frozenFiles,
        String fingerprint) {

    /** A model that is not that of one folder. */
    public InitialModel(
            ModelConfig config,
            Weights weights,
            AutoEncoder autoencoder,
            Map<String, Tensor> autoencoderTensors,
            byte[] vocabulary,
            List<Path> frozenFiles) {
        this(config, weights, autoencoder, autoencoderTensors, vocabulary, frozenFiles, null);
    }

    /** A configuration with the sizes of another autoencoder. */
    static ModelConfig withAutoencoder(ModelConfig config, AutoEncoder.Config autoencoder) {
        return new ModelConfig(
                config.name(),
                config.imageSize(),
                config.encoder(),
                config.denoiser(),
                autoencoder,
                config.prompts(),
                config.timestepRounding(),
                config.predictionType(),
                config.positionalPatchFeatures(),
                config.referenceNormalization(),
                config.defaults());
    }
}
