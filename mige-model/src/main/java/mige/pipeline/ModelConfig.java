package mige.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import mige.autoencoder.AutoEncoder;
import mige.denoiser.Denoiser;
import mige.denoiser.TimestepEmbedding.Rounding;
import mige.encoder.FeatureFusion;
import mige.encoder.MultimodalEncoder;
import mige.encoder.QFormer;
import mige.encoder.T5Encoder;
import mige.encoder.VisionTransformer;
import mige.sampler.AncestralSolver;
import mige.sampler.DpmSolver;
import mige.sampler.NoiseModel;
import mige.sampler.NoiseSchedule;
import mige.sampler.Prediction;
import mige.task.SubjectGeneration;
import mige.task.Task;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.text.Prompts;
import mige.weights.Convert;
import mige.weights.Outline;

/**
 * Everything about a model but its weights: the {@code config.json} of a model folder.
 *
 * @param name        for people, such as {@code nano}
 * @param pictureSize side of the pictures it makes, in pixels
 * @param encoder     sizes of the multimodal encoder
 * @param denoiser    sizes of the diffusion transformer
 * @param autoencoder sizes of the autoencoder
 * @param prompts     what stands before the user's words
 * @param timeRounding how the denoiser has always seen its time step
 * @param prediction  what the denoiser says; absent in the file: the noise, as the published one
 * @param placedPatches true: the queries of the feature fusion see where a reference's patches lie; absent or false: not, as published
 * @param defaults    settings for users who have none
 */
public record ModelConfig(String name, int pictureSize, MultimodalEncoder.Config encoder, Denoiser.Config denoiser,
                          AutoEncoder.Config autoencoder, Prompts prompts, Rounding timeRounding, Prediction prediction, boolean placedPatches,
                          Defaults defaults) {

    /** The file of a model folder that holds this. */
    public static final String FILE = "config.json";

    /**
     * How to sample where the user does not say; the published programs' are 50 / 60 steps and 7 / 5.
     *
     * @param latentLimit predictions of the clean latent are clipped to ± this; 0: not, as in the reference
     * @param ancestral   true: fresh noise at every step, which forgives a small model more than the reference's solver does
     * @param keepsRest   true: edits keep the source's own pixels where hardly anything changes ({@link Region.Auto}), since a small autoencoder blurs
     */
    public record Defaults(int generationSteps, int editSteps, double generationGuidance, double editGuidance, double imageGuidance,
                           double latentLimit, boolean ancestral, boolean keepsRest) {
        public static final Defaults PUBLISHED = new Defaults(50, 60, 7, 5, 1, 0);

        /** With the reference's solver. */
        public Defaults(int generationSteps, int editSteps, double generationGuidance, double editGuidance, double imageGuidance, double latentLimit) {
            this(generationSteps, editSteps, generationGuidance, editGuidance, imageGuidance, latentLimit, false, false);
        }

        public Defaults {
            if (!(latentLimit >= 0)) throw new UsageException("the latent limit is %s, expected 0 (none) or more", latentLimit);
        }
    }

    /**
     * Walks from noise [B, c, h, w] to a clean latent the way that suits this model, or the reference's way when {@code faithful}.
     *
     * @param fresh noise for a walk that takes more of it on its way
     */
    public Tensor walk(Tensor noise, NoiseModel model, int steps, boolean faithful, Rng fresh, DpmSolver.Watch watch) {
        NoiseSchedule schedule = NoiseSchedule.linear();
        if (faithful || defaults.latentLimit == 0 && !defaults.ancestral) return new DpmSolver(schedule).sample(noise, model, steps, watch);
        if (defaults.ancestral) return new AncestralSolver(schedule, defaults.latentLimit).sample(noise, model, steps, fresh, watch);
        return new DpmSolver(schedule, defaults.latentLimit).sample(noise, model, steps, watch);
    }

    public static final ModelConfig PUBLISHED = new ModelConfig("mige-xl", 512, MultimodalEncoder.Config.PUBLISHED,
            Denoiser.Config.PUBLISHED, AutoEncoder.Config.PUBLISHED, Prompts.TRAINING, Rounding.BF16, Prediction.NOISE, false, Defaults.PUBLISHED);

    /** For tests: every part is there, none is bigger than it must be. */
    public static final ModelConfig TINY = new ModelConfig("tiny", 32,
            new MultimodalEncoder.Config(new VisionTransformer.Config(16, 8, 12, 2, 1, 20), new QFormer.Config(8, 2, 2, 16, 3, 12, 2),
                    new FeatureFusion.Config(8, 16, 2), new T5Encoder.Config(8, 2, 4, 12, 1, 220, 32, 128), 64, 4, 4),
            new Denoiser.Config(4, 8, 2, 16, 2, 2, 8, 64, 4, 1), new AutoEncoder.Config(4, List.of(8, 8), 1, 4, 2, 0.5),
            new Prompts("create: ", "edit: ", "compose: "), Rounding.NONE, Prediction.VELOCITY, true, new Defaults(4, 4, 2, 2, 1, 0));

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    public ModelConfig {
        if (prediction == null) prediction = Prediction.NOISE;
        fits("latent channels", autoencoder.latentChannels(), denoiser.latentChannels());
        fits("encoder's latent channels", autoencoder.latentChannels(), encoder.latentChannels());
        fits("conditioning width", encoder.text().width(), denoiser.textWidth());
        fits("patch features", denoiser.hidden(), encoder.fusion().patchWidth());
        if (denoiser.textTokens() < encoder.maxLength()) {
            throw new UsageException("the null text has %d rows, the encoder gives up to %d", denoiser.textTokens(), encoder.maxLength());
        }
        int factor = autoencoder.factor();
        if (pictureSize % (factor * denoiser.patch()) != 0) {
            throw new UsageException("the picture size %d is no multiple of %d, the pixels of one patch", pictureSize, factor * denoiser.patch());
        }
    }

    private static void fits(String what, int given, int taken) {
        if (given != taken) throw new UsageException("one part of the model gives %s of %d, the next takes %d", what, given, taken);
    }

    /** What the encoder sees of references' latents: the features of this denoiser's patches. */
    public UnaryOperator<Tensor> patchFeatures(Denoiser of) {
        return placedPatches ? of::placedPatchFeatures : of::patchFeatures;
    }

    /** Side of the latent of a picture. */
    public int latentSize() {
        return pictureSize / autoencoder.factor();
    }

    /** The settings with every empty value replaced by this model's default for the task. */
    Settings resolve(Settings settings, Task task) {
        boolean blank = task instanceof SubjectGeneration;
        boolean keeps = defaults.keepsRest && task.canvas().isPresent() && !settings.faithful();
        return settings
                .withRegion(settings.region().orElse(keeps ? Region.AUTO : Region.EVERYWHERE))
                .withSteps(settings.steps().orElse(blank ? defaults.generationSteps : defaults.editSteps))
                .withGuidance(settings.guidance().orElse(blank ? defaults.generationGuidance : defaults.editGuidance))
                .withImageGuidance(settings.imageGuidance().orElse(defaults.imageGuidance));
    }

    /** Reads {@value #FILE} of a model folder. */
    public static ModelConfig read(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            return JSON.readValue(Files.readString(file), ModelConfig.class);
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not a model's configuration: %s", file, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read; a model folder holds %s, *.safetensors and spiece.model (mige convert writes one)",
                    file, FILE, e);
        }
    }

    /** The text of {@value #FILE}. */
    public String json() {
        try {
            return JSON.writeValueAsString(this) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a configuration is plain data", e);
        }
    }

    /** Every key with its shape that a model of these sizes asks for: what is converted, invented or checked. No memory is taken. */
    public Convert.Wanted wanted() {
        Outline parts = new Outline(), pictures = new Outline();
        var network = new Denoiser(denoiser, parts.weights());
        new MultimodalEncoder(encoder, parts.weights(), patchFeatures(network));
        new AutoEncoder(autoencoder, pictures.weights());
        return new Convert.Wanted(parts, pictures, json());
    }
}
