package dev.mige4j.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.UsageException;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.sampler.AncestralSolver;
import dev.mige4j.sampler.DpmSolver;
import dev.mige4j.sampler.NoiseModel;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.sampler.PredictionType;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.PromptTemplates;
import dev.mige4j.weights.CheckpointConverter;
import dev.mige4j.weights.ShapeRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Everything about a model but its weights: the {@code config.json} of a model folder.
 *
 * @param name for people, such as {@code nano}
 * @param imageSize side of the pictures it makes, in pixels
 * @param encoder sizes of the multimodal encoder
 * @param denoiser sizes of the diffusion transformer
 * @param autoencoder sizes of the autoencoder
 * @param prompts what stands before the user's words
 * @param timestepRounding how the denoiser has always seen its time step
 * @param predictionType what the denoiser says; absent in the file: the noise, as the published one
 * @param positionalPatchFeatures true: the queries of the feature fusion see where a reference's patches lie; absent or
 *     false: not, as published
 * @param defaults settings for users who have none
 */
public record ModelConfig(
        String name,
        int imageSize,
        MultimodalEncoder.Config encoder,
        Denoiser.Config denoiser,
        AutoEncoder.Config autoencoder,
        PromptTemplates prompts,
        TimestepRounding timestepRounding,
        PredictionType predictionType,
        boolean positionalPatchFeatures,
        Defaults defaults) {

    /** The file of a model folder that holds this. */
    public static final String FILE_NAME = "config.json";

    /**
     * How to sample where the user does not say; the published programs' are 50 / 60 steps and 7 / 5.
     *
     * @param clipSampleRange predictions of the clean latent are clipped to ± this; 0: not, as in the reference
     * @param ancestral true: fresh noise at every step, which forgives a small model more than the reference's solver
     *     does
     * @param keepUnchangedPixels true: edits keep the source's own pixels where hardly anything changes
     *     ({@link Region.Auto}), since a small autoencoder blurs
     */
    public record Defaults(
            int generationSteps,
            int editSteps,
            double generationGuidance,
            double editGuidance,
            double imageGuidance,
            double clipSampleRange,
            boolean ancestral,
            boolean keepUnchangedPixels) {
        public static final Defaults PUBLISHED = new Defaults(50, 60, 7, 5, 1, 0);

        /** With the reference's solver. */
        public Defaults(
                int generationSteps,
                int editSteps,
                double generationGuidance,
                double editGuidance,
                double imageGuidance,
                double clipSampleRange) {
            this(
                    generationSteps,
                    editSteps,
                    generationGuidance,
                    editGuidance,
                    imageGuidance,
                    clipSampleRange,
                    false,
                    false);
        }

        public Defaults {
            if (!(clipSampleRange >= 0))
                throw new UsageException("the latent limit is %s, expected 0 (none) or more", clipSampleRange);
        }
    }

    /**
     * Walks from noise [B, c, h, w] to a clean latent the way that suits this model, or the reference's way when
     * {@code faithful}.
     *
     * @param stepNoise noise for a walk that takes more of it on its way
     */
    public Tensor sample(
            Tensor noise,
            NoiseModel model,
            int steps,
            boolean faithful,
            Rng stepNoise,
            DpmSolver.StepListener listener) {
        NoiseSchedule schedule = NoiseSchedule.linear();
        if (faithful || defaults.clipSampleRange == 0 && !defaults.ancestral)
            return new DpmSolver(schedule).sample(noise, model, steps, listener);
        if (defaults.ancestral)
            return new AncestralSolver(schedule, defaults.clipSampleRange)
                    .sample(noise, model, steps, stepNoise, listener);
        return new DpmSolver(schedule, defaults.clipSampleRange).sample(noise, model, steps, listener);
    }

    public static final ModelConfig PUBLISHED = new ModelConfig(
            "mige-xl",
            512,
            MultimodalEncoder.Config.PUBLISHED,
            Denoiser.Config.PUBLISHED,
            AutoEncoder.Config.PUBLISHED,
            PromptTemplates.TRAINING,
            TimestepRounding.BF16,
            PredictionType.NOISE,
            false,
            Defaults.PUBLISHED);

    /** For tests: every part is there, none is bigger than it must be. */
    public static final ModelConfig TINY = new ModelConfig(
            "tiny",
            32,
            new MultimodalEncoder.Config(
                    new VisionTransformer.Config(16, 8, 12, 2, 1, 20),
                    new QFormer.Config(8, 2, 2, 16, 3, 12, 2),
                    new FeatureFusion.Config(8, 16, 2),
                    new T5Encoder.Config(8, 2, 4, 12, 1, 220, 32, 128),
                    64,
                    4,
                    4),
            new Denoiser.Config(4, 8, 2, 16, 2, 2, 8, 64, 4, 1),
            new AutoEncoder.Config(4, List.of(8, 8), 1, 4, 2, 0.5),
            new PromptTemplates("create: ", "edit: ", "compose: "),
            TimestepRounding.NONE,
            PredictionType.VELOCITY,
            true,
            new Defaults(4, 4, 2, 2, 1, 0));

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    public ModelConfig {
        if (predictionType == null) predictionType = PredictionType.NOISE;
        requireEqual("latent channels", autoencoder.latentChannels(), denoiser.latentChannels());
        requireEqual("encoder's latent channels", autoencoder.latentChannels(), encoder.latentChannels());
        requireEqual("conditioning width", encoder.text().width(), denoiser.textWidth());
        requireEqual("patch features", denoiser.hiddenSize(), encoder.fusion().patchWidth());
        if (denoiser.maxTextTokens() < encoder.maxLength()) {
            throw new UsageException(
                    "the null text has %d rows, the encoder gives up to %d",
                    denoiser.maxTextTokens(), encoder.maxLength());
        }
        int factor = autoencoder.downscaleFactor();
        if (imageSize % (factor * denoiser.patchSize()) != 0) {
            throw new UsageException(
                    "the picture size %d is no multiple of %d, the pixels of one patch",
                    imageSize, factor * denoiser.patchSize());
        }
    }

    private static void requireEqual(String what, int produced, int expected) {
        if (produced != expected)
            throw new UsageException(
                    "one part of the model gives %s of %d, the next takes %d", what, produced, expected);
    }

    /** What the encoder sees of references' latents: the features of this denoiser's patches. */
    public UnaryOperator<Tensor> patchFeatures(Denoiser network) {
        return positionalPatchFeatures ? network::positionalPatchFeatures : network::patchFeatures;
    }

    /** Side of the latent of a picture. */
    public int latentSize() {
        return imageSize / autoencoder.downscaleFactor();
    }

    /** The settings with every empty value replaced by this model's default for the task. */
    Settings resolve(Settings settings, Task task) {
        boolean generation = task instanceof SubjectGeneration;
        boolean keepUnchanged = defaults.keepUnchangedPixels && task.source().isPresent() && !settings.faithful();
        return settings.withRegion(settings.region().orElse(keepUnchanged ? Region.AUTO : Region.EVERYWHERE))
                .withSteps(settings.steps().orElse(generation ? defaults.generationSteps : defaults.editSteps))
                .withGuidance(
                        settings.guidance().orElse(generation ? defaults.generationGuidance : defaults.editGuidance))
                .withImageGuidance(settings.imageGuidance().orElse(defaults.imageGuidance));
    }

    /** Reads {@value #FILE_NAME} of a model folder. */
    public static ModelConfig read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        try {
            return JSON.readValue(Files.readString(file), ModelConfig.class);
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not a model's configuration: %s", file, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UsageException(
                    "%s cannot be read; a model folder holds %s, *.safetensors and spiece.model (mige convert writes one)",
                    file, FILE_NAME, e);
        }
    }

    /** The text of {@value #FILE_NAME}. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a configuration is plain data", e);
        }
    }

    /**
     * Every key with its shape that a model of these sizes asks for: what is converted, invented or checked. No memory
     * is taken.
     */
    public CheckpointConverter.ModelSpec requiredTensors() {
        ShapeRecorder modelShapes = new ShapeRecorder(), autoencoderShapes = new ShapeRecorder();
        var network = new Denoiser(denoiser, modelShapes.weights());
        new MultimodalEncoder(encoder, modelShapes.weights(), patchFeatures(network));
        new AutoEncoder(autoencoder, autoencoderShapes.weights());
        return new CheckpointConverter.ModelSpec(modelShapes, autoencoderShapes, toJson());
    }
}
