package dev.mige4j.pipeline;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.ModelSpec;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.Weights;
import java.util.Map;
import java.util.Set;

/**
 * The two trainable networks of a model. They share the denoiser's patch embedding, which gives the encoder the patch
 * features of reference latents.
 */
public record ModelNetworks(Denoiser denoiser, MultimodalEncoder encoder) {

    /**
     * Builds both networks from the tensors of one checkpoint.
     *
     * @param dtype the type in which the encoder computes
     */
    public static ModelNetworks build(ModelConfig config, Weights weights, DType dtype) {
        return build(config, weights, dtype, AttentionProcessor.DEFAULT, AttentionProcessor.DEFAULT);
    }

    /**
     * The same, with attention processors.
     *
     * @param fusionAttention for the encoder's feature fusion
     * @param denoiserAttention for the cross-attention of the denoiser's blocks
     */
    public static ModelNetworks build(
            ModelConfig config,
            Weights weights,
            DType dtype,
            AttentionProcessor fusionAttention,
            AttentionProcessor denoiserAttention) {
        Denoiser denoiser = new Denoiser(config.denoiser(), weights, denoiserAttention);
        return new ModelNetworks(denoiser, buildEncoder(config, weights, dtype, fusionAttention, denoiser));
    }

    /** Builds the encoder for a denoiser that has been built. */
    static MultimodalEncoder buildEncoder(
            ModelConfig config, Weights weights, DType dtype, AttentionProcessor fusionAttention, Denoiser denoiser) {
        return new MultimodalEncoder(
                config.encoder(),
                weights,
                config.positionalPatchFeatures() ? denoiser::positionalPatchFeatures : denoiser::patchFeatures,
                dtype,
                fusionAttention);
    }

    /** The linear layers of a model of this configuration that take LoRA adapters; allocates no tensor memory. */
    public static Map<String, ShapeRecorder.LinearSpec> linearLayers(ModelConfig config) {
        ShapeRecorder model = new ShapeRecorder();
        build(config, model.weights(), DType.F32);
        return model.linearLayers();
    }

    /** Key and shape of each tensor that a model of this configuration reads; allocates no tensor memory. */
    public static ModelSpec requiredTensors(ModelConfig config) {
        ShapeRecorder model = new ShapeRecorder(), autoencoder = new ShapeRecorder();
        build(config, model.weights(), DType.F32);
        new AutoEncoder(config.autoencoder(), autoencoder.weights());
        return new ModelSpec(
                model,
                autoencoder,
                config.toJson(),
                Set.of(),
                file -> config.requireFitting(Tokenizer.read(file, ModelFolder.TOKENIZER), ModelFolder.TOKENIZER));
    }
}
