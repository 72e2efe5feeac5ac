package dev.mige4j.pipeline;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.image.SubjectNormalization;
import dev.mige4j.sampler.FastSampling;
import dev.mige4j.sampler.GuidanceInterval;
import dev.mige4j.sampler.PredictionType;
import dev.mige4j.sampler.TimeGrid;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.text.PromptTemplates;
import dev.mige4j.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The configuration of a model: sizes of its networks, prompts and default settings. A model folder stores it as
 * {@value #FILE_NAME}; keys of earlier releases are accepted.
 *
 * @param name such as {@code nano}
 * @param imageSize side of the square images that the model generates, in pixels
 * @param encoder sizes of the multimodal encoder
 * @param denoiser sizes of the diffusion transformer
 * @param autoencoder sizes of the autoencoder
 * @param prompts prefixes of the instructions, by task
 * @param timestepRounding how the timesteps were rounded when the denoiser was trained
 * @param predictionType the quantity that the denoiser predicts; default: noise, as the published model
 * @param positionalPatchFeatures whether position embeddings are added to the patch features of reference latents;
 *     default: false, as the published model
 * @param referenceNormalization size and place to which cut-outs are brought when they are references; null, the
 *     default: references are used as they are, as by the published model
 * @param defaults settings that a request does not give
 */
public record ModelConfig(
        String name,
        @JsonAlias("pictureSize") int imageSize,
        MultimodalEncoder.Config encoder,
        Denoiser.Config denoiser,
        AutoEncoder.Config autoencoder,
        PromptTemplates prompts,
        @JsonAlias("timeRounding") TimestepRounding timestepRounding,
        @JsonAlias("prediction") PredictionType predictionType,
        @JsonAlias("placedPatches") boolean positionalPatchFeatures,
        @JsonInclude(JsonInclude.Include.NON_NULL) SubjectNormalization referenceNormalization,
        Defaults defaults) {

    /** The file of a model folder that holds the configuration. */
    public static final String FILE_NAME = "config.json";

    /**
     * Sampling settings that a request does not give.
     *
     * @param generationSteps solver steps for a new image
     * @param editSteps solver steps for an edit
     * @param generationGuidance text guidance scale for a new image
     * @param editGuidance text guidance scale for an edit
     * @param imageGuidance image guidance scale
     * @param clipSampleRange predictions of the clean latent are clipped to ± this value; 0: no clipping, as in the
     *     reference
     * @param ancestral whether the solver adds noise in each step, which suits small models; the reference's does not
     * @param keepUnchangedPixels whether edits keep the source's pixels where hardly anything changed
     *     ({@link Region.Auto}), because a small autoencoder blurs
     * @param guidanceInterval the noise levels at which guidance is used; null, the default: all
     * @param fast sampling with {@link Settings#fast()}; default: {@link FastSampling#PUBLISHED}
     */
    public record Defaults(
            int generationSteps,
            int editSteps,
            double generationGuidance,
            double editGuidance,
            double imageGuidance,
            @JsonAlias("latentLimit") double clipSampleRange,
            boolean ancestral,
            @JsonAlias("keepsRest") boolean keepUnchangedPixels,
            @JsonInclude(JsonInclude.Include.NON_NULL) GuidanceInterval guidanceInterval,
            FastSampling fast) {

        /** The settings of the published inference programs. */
        public static final Defaults PUBLISHED = new Defaults(50, 60, 7, 5, 1, 0, false, false, null, null);

        public Defaults {
            requireSteps("generationSteps", generationSteps);
            requireSteps("editSteps", editSteps);
            if (!(clipSampleRange >= 0))
                throw new UsageException("clipSampleRange is %s, expected 0 (no clipping) or more.", clipSampleRange);
            if (fast == null) fast = FastSampling.PUBLISHED;
            requireSteps("fast.steps", fast.steps());
        }

        private static void requireSteps(String key, int steps) {
            if (steps < Settings.MIN_STEPS || steps > Settings.MAX_STEPS)
                throw new UsageException(
                        "%s is %d, expected %d to %d.", key, steps, Settings.MIN_STEPS, Settings.MAX_STEPS);
        }
    }

    /** The published model. */
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
            null,
            Defaults.PUBLISHED);

    /** For tests: all parts, each as small as possible. */
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
            null,
            new Defaults(4, 4, 2, 2, 1, 0, false, false, null, new FastSampling(2, TimeGrid.ALIGN_YOUR_STEPS, null)));

    public ModelConfig {
        requireKey("name", name);
        requireKey("encoder", encoder);
        requireKey("denoiser", denoiser);
        requireKey("autoencoder", autoencoder);
        requireKey("prompts", prompts);
        requireKey("timestepRounding", timestepRounding);
        requireKey("defaults", defaults);
        if (predictionType == null) predictionType = PredictionType.NOISE;
        requireEqual(
                "autoencoder.latentChannels",
                autoencoder.latentChannels(),
                "denoiser.latentChannels",
                denoiser.latentChannels());
        requireEqual(
                "autoencoder.latentChannels",
                autoencoder.latentChannels(),
                "encoder.latentChannels",
                encoder.latentChannels());
        requireEqual("encoder.text.width", encoder.text().width(), "denoiser.textWidth", denoiser.textWidth());
        requireEqual(
                "denoiser.hiddenSize",
                denoiser.hiddenSize(),
                "encoder.fusion.patchWidth",
                encoder.fusion().patchWidth());
        if (denoiser.maxTextTokens() < encoder.maxLength())
            throw new UsageException(
                    "denoiser.maxTextTokens is %d, but the encoder gives up to %d tokens (encoder.maxLength).",
                    denoiser.maxTextTokens(), encoder.maxLength());
        int patchPixels = autoencoder.downscaleFactor() * denoiser.patchSize();
        if (imageSize < patchPixels || imageSize % patchPixels != 0)
            throw new UsageException(
                    "imageSize is %d, expected a multiple of the %d pixels of a patch.", imageSize, patchPixels);
    }

    private static void requireKey(String key, Object value) {
        if (value == null) throw new UsageException("The key '%s' is missing.", key);
    }

    private static void requireEqual(String key, int value, String otherKey, int otherValue) {
        if (value != otherValue)
            throw new UsageException(
                    "%s is %d and %s is %d, but they must be equal.", key, value, otherKey, otherValue);
    }

    /** A reference as the networks were trained on it: normalised if it is a cut-out and this model asks for it. */
    public Image normalizeReference(Image reference) {
        return referenceNormalization == null ? reference : referenceNormalization.normalize(reference, imageSize);
    }

    /** A {@link WeightsException} if the tokenizer has ids without a row in the text encoder's token table. */
    void requireFitting(Tokenizer tokenizer, String file) {
        int rows = encoder.text().vocabularySize();
        if (tokenizer.vocabularySize() > rows)
            throw new WeightsException(
                    "%s: has %d pieces and %d extra ids, but the text encoder of the model has only %d rows "
                            + "(encoder.text.vocabularySize); use the tokenizer that belongs to the model.",
                    file, tokenizer.vocabularySize() - Tokenizer.EXTRA_IDS, Tokenizer.EXTRA_IDS, rows);
    }

    /** Side of the latent of an image. */
    public int latentSize() {
        return imageSize / autoencoder.downscaleFactor();
    }

    /** The settings with every empty value replaced by this model's default for the task, and a random seed chosen. */
    Settings resolve(Settings settings, Task task) {
        boolean generation = task instanceof SubjectGeneration;
        int steps =
                settings.fast() ? defaults.fast.steps() : generation ? defaults.generationSteps : defaults.editSteps;
        boolean ownSize =
                settings.size().filter(size -> isOwnSize(size, settings, task)).isPresent();
        return (ownSize ? settings.withoutSize() : settings)
                .withChosenSeed()
                .withRegion(settings.region()
                        .orElseGet(() -> InferenceProtocol.of(settings).defaultRegion(task, defaults)))
                .withSteps(settings.steps().orElse(steps))
                .withGuidance(
                        settings.guidance().orElse(generation ? defaults.generationGuidance : defaults.editGuidance))
                .withImageGuidance(settings.imageGuidance().orElse(defaults.imageGuidance));
    }

    /** Whether results have this size anyway: that of the source, or else that of the model's images. */
    private boolean isOwnSize(ImageSize size, Settings settings, Task task) {
        return task.source()
                .filter(source -> !settings.faithful())
                .map(size::isSizeOf)
                .orElse(size.width() == imageSize && size.height() == imageSize);
    }

    /**
     * Reads the configuration of a model folder.
     *
     * @throws UsageException when the file is missing or invalid; the message names the key
     */
    public static ModelConfig read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        if (!Files.exists(file))
            throw new UsageException(
                    "%s is missing; a model folder holds %s, *.safetensors and spiece.model.", file, FILE_NAME);
        return ConfigFile.read(file, ModelConfig.class);
    }

    /** The text of {@value #FILE_NAME}. */
    public String toJson() {
        return Json.writePretty(this);
    }
}
