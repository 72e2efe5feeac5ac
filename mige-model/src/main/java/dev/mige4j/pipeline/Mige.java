package dev.mige4j.pipeline;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.autoencoder.ImageTensors;
import dev.mige4j.autoencoder.Latent;
import dev.mige4j.common.CancelledException;
import dev.mige4j.denoiser.Branch;
import dev.mige4j.denoiser.PreparedDenoiser;
import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.sampler.Guidance;
import dev.mige4j.sampler.NoiseModel;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.weights.LoadReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The facade: makes pictures from a task.
 *
 * <pre>
 *   said   = encoder(words and pictures)             once a request
 *   canvas = autoencoder.encode(canvas) or zeros
 *   made   = solver(noise(seed, i), guidance around denoiser(x, t, said, canvas))
 *   result = autoencoder.decode(made)
 * </pre>
 *
 * <p>Safe for any number of threads: nothing changes after it is opened, and requests made at the same time give the
 * pictures that they give one after the other. They share the processor, so they do not finish sooner. {@link #close}
 * frees the weights; requests still running then fail. Source: MIGE sections 3.1-3.3; reference DIFFUSION.md section
 * 11. Differences: docs/faithful.md.
 */
public final class Mige implements AutoCloseable {

    private final ModelComponents components;

    Mige(ModelComponents components) {
        this.components = components;
    }

    /** The small model that ships with the library. */
    public static Mige embedded() {
        return open(EmbeddedModel.folder());
    }

    /**
     * The model in a folder written by {@code mige convert} or the trainer; big models are mapped, not read, so this is
     * quick.
     */
    public static Mige open(Path folder) {
        return new Mige(ModelComponents.open(folder));
    }

    /**
     * A tiny model with random weights, for tests of everything around it: pictures are noise, requests take
     * milliseconds.
     */
    public static Mige random(long seed) {
        return new Mige(ModelComponents.random(seed, DType.F32));
    }

    public GenerationResult generate(Task task, Settings settings) {
        return generate(task, settings, GenerationListener.NONE);
    }

    public GenerationResult generate(Task task, Settings settings, GenerationListener listener) {
        return generate(task, settings, NoiseSource.of(settings), listener);
    }

    /**
     * Makes {@code settings.count()} pictures of a task.
     *
     * @param noiseSource the noise; the usual one depends on the seed alone
     * @param listener hears each unit of work and may end the request
     * @throws dev.mige4j.common.CancelledException when progress asked for it
     */
    public GenerationResult generate(
            Task task, Settings requested, NoiseSource noiseSource, GenerationListener listener) {
        Settings settings = components.config().resolve(requested, task);
        return Tensor.noGrad(() ->
                scoped(() -> new GenerationRequest(task, settings, noiseSource, new ProgressReporter(listener)).run()));
    }

    /** Name of the model, such as {@code nano}. */
    public String name() {
        return components.config().name();
    }

    /** Side of the pictures the model makes, in pixels. */
    public int imageSize() {
        return components.config().imageSize();
    }

    public ModelConfig config() {
        return components.config();
    }

    /** First 16 hexadecimal digits of a SHA-256 over the model's files, see {@link ModelComponents}. */
    public String modelHash() {
        return components.hash();
    }

    /** Which tensors of the files were used, mended, missing or left unread. */
    public LoadReport loadReport() {
        return components.loadReport();
    }

    /** The settings with every empty value replaced by the model's default for the task. */
    public Settings resolve(Settings settings, Task task) {
        return components.config().resolve(settings, task);
    }

    /** The autoencoder's own round trip of a picture of the model's size: the best that any edit can look. */
    public Image reconstruct(Image image) {
        Image square = ImagePreprocessing.centerCrop(image, imageSize()).image();
        return Tensor.noGrad(() -> scoped(() -> {
            AutoEncoder autoencoder = components.autoencoder();
            return ImageTensors.toImage(
                    autoencoder.decodeRaw(autoencoder
                            .latentDistribution(ImageTensors.toTensor(square))
                            .mean()),
                    0);
        }));
    }

    @Override
    public void close() {
        components.close();
    }

    /** One request, from the user's task to pictures. */
    private final class GenerationRequest {

        private final Task task;
        private final Settings settings;
        private final NoiseSource noiseSource;
        private final ProgressReporter progress;
        private final Prompt prompt;
        private final Optional<ImagePreprocessing.FramedImage> framedSource;

        GenerationRequest(Task task, Settings settings, NoiseSource noiseSource, ProgressReporter progress) {
            this.task = task;
            this.settings = settings;
            this.noiseSource = noiseSource;
            this.progress = progress;
            this.prompt = prompt();
            this.framedSource = task.source().map(this::frameSource);
        }

        GenerationResult run() {
            Optional<DiagonalGaussian> sourceDistribution = framedSource.map(
                    framed -> scoped(() -> latentDistribution(framed.image()))); // for canvas, instruction and region
            Supplier<Image> reconstruction = () -> pasteBack(scoped(() -> ImageTensors.toImage(
                    components
                            .autoencoder()
                            .decodeRaw(sourceDistribution.orElseThrow().mean()),
                    0)));
            Latent source = scoped(() -> encodeSource(sourceDistribution)); // [1, c, h, w]
            Conditioning conditioning = scoped(() -> encodeInstruction(sourceDistribution)); // [1, L, D]
            NoiseModel noiseModel = guidedModel(source, conditioning); // x, t -> noise
            List<Image> images = new ArrayList<>();
            List<Recipe> recipes = new ArrayList<>();
            for (int i = 0; i < settings.count(); i++) {
                Latent latent = scoped(() -> sample(noiseModel, images.size()));
                images.add(scoped(() -> decodeResult(latent, reconstruction)));
                recipes.add(components.recipe(task, settings, i));
                progress.decoded(i + 1, settings.count());
            }
            return new GenerationResult(images, recipes, prompt.notices());
        }

        private Prompt prompt() {
            ModelConfig config = components.config();
            Prompt full = config.prompts().promptFor(task, settings.faithful());
            if (settings.faithful()) return full;
            Tokenizer tokenizer = components.tokenizer();
            return full.truncate(
                    s -> tokenizer.encode(s).length,
                    config.encoder().qFormer().numQueries(),
                    config.encoder().maxLength());
        }

        private Conditioning encodeInstruction(Optional<DiagonalGaussian> sourceDistribution) {
            List<Image> images = prompt.images();
            progress.encoded(0, images.size() + 1);
            List<Tensor> visionInputs = new ArrayList<>(), latents = new ArrayList<>();
            int imageSize = components.config().encoder().vision().imageSize();
            for (int i = 0; i < images.size(); i++) {
                Image image = images.get(i);
                visionInputs.add(roundToBf16(
                        Tensor.of(ImagePreprocessing.clipPlanes(image, imageSize), 1, 3, imageSize, imageSize)));
                int slot = i;
                latents.add(scoped(() -> roundToBf16(rawLatent(
                        isSource(image) ? sourceDistribution.orElseThrow() : latentDistribution(frameReference(image)),
                        slot))));
                progress.encoded(i + 1, images.size() + 1);
            }
            List<int[]> segments = prompt.segments().stream()
                    .map(components.tokenizer()::encode)
                    .toList();
            Conditioning conditioning = components
                    .encoder()
                    .encode(
                            images.isEmpty()
                                    ? MultimodalEncoder.EncoderInput.of(segments)
                                    : new MultimodalEncoder.EncoderInput(
                                            segments, Tensor.cat(0, visionInputs), Tensor.cat(0, latents)));
            progress.encoded(images.size() + 1, images.size() + 1);
            return conditioning;
        }

        private Latent encodeSource(Optional<DiagonalGaussian> sourceDistribution) {
            ModelConfig config = components.config();
            if (sourceDistribution.isEmpty())
                return Latent.zeros(1, config.autoencoder().latentChannels(), config.latentSize(), config.latentSize());
            // The reference's edit program uses one draw for source and reference, its subject edit program two.
            int slot = task.instruction().images().size() <= 1 ? 0 : NoiseSource.SOURCE_SLOT;
            return new Latent(roundToBf16(components
                    .autoencoder()
                    .toLatent(rawLatent(sourceDistribution.get(), slot))
                    .values()));
        }

        /** The reference hands its networks bfloat16 numbers, so pixels and latents have eight significant bits. */
        private Tensor roundToBf16(Tensor values) {
            return settings.faithful() ? values.to(DType.BF16).to(DType.F32) : values;
        }

        private DiagonalGaussian latentDistribution(Image square) {
            return components.autoencoder().latentDistribution(ImageTensors.toTensor(square));
        }

        private Tensor rawLatent(DiagonalGaussian distribution, int slot) {
            return settings.faithful()
                    ? distribution.sample(
                            noiseSource.vaeNoise(slot, distribution.mean().shape()))
                    : distribution.mean();
        }

        private boolean isSource(Image image) {
            return task.source().filter(image::equals).isPresent();
        }

        private ImagePreprocessing.FramedImage frameSource(Image source) {
            boolean square = source.width() == source.height();
            return square || settings.faithful()
                    ? ImagePreprocessing.centerCrop(source, imageSize())
                    : ImagePreprocessing.letterbox(source, imageSize());
        }

        private Image frameReference(Image image) {
            boolean whole = task instanceof SubjectGeneration || !settings.faithful();
            return (whole
                            ? ImagePreprocessing.letterbox(image, imageSize())
                            : ImagePreprocessing.centerCrop(image, imageSize()))
                    .image();
        }

        private NoiseModel guidedModel(Latent source, Conditioning conditioning) {
            var guidance = new Guidance(
                    settings.guidance().getAsDouble(), settings.imageGuidance().getAsDouble());
            List<Branch> branches = settings.faithful() ? Guidance.referenceBranches(task) : guidance.branches();
            PreparedDenoiser prepared = scoped(() -> components
                    .denoiser()
                    .prepare(
                            branches,
                            source.values().to(components.dtype()),
                            conditioning.states(),
                            conditioning.lengths(),
                            components.config().timestepRounding()));
            NoiseModel noise = components
                    .config()
                    .predictionType()
                    .toNoiseModel((x, t) -> prepared.predict(x.to(components.dtype()), t), NoiseSchedule.linear());
            return guidance.around(branches, noise, settings.faithful() ? DType.BF16 : DType.F32);
        }

        private Latent sample(NoiseModel noiseModel, int index) {
            ModelConfig config = components.config();
            int side = config.latentSize(), channels = config.autoencoder().latentChannels();
            Tensor noise = noiseSource.initialNoise(index, 1, channels, side, side);
            int steps = settings.steps().getAsInt(), firstStep = index * steps, totalSteps = settings.count() * steps;
            if (index == 0) progress.denoised(0, totalSteps, Optional::empty);
            return new Latent(components
                    .config()
                    .sample(
                            noise,
                            noiseModel,
                            steps,
                            settings.faithful(),
                            noiseSource.stepNoise(index),
                            (done, total, clean) -> progress.denoised(
                                    firstStep + done,
                                    totalSteps,
                                    () -> Optional.of(scoped(() -> ImageTensors.toImage(
                                            components.autoencoder().decode(new Latent(clean)), 0))))));
        }

        private Image pasteBack(Image square) {
            return framedSource.orElseThrow().pasteBack(square, task.source().orElseThrow());
        }

        private Image decodeResult(Latent latent, Supplier<Image> reconstruction) {
            Image square = ImageTensors.toImage(components.autoencoder().decode(latent), 0);
            if (framedSource.isEmpty() || settings.faithful()) return square;
            Image source = task.source().orElseThrow(), result = pasteBack(square);
            return settings.region().orElseThrow().composite(source, reconstruction, result);
        }
    }

    /** Turns progress's "no" into an exception, at one place. */
    private record ProgressReporter(GenerationListener listener) {

        void encoded(int done, int total) {
            report(Stage.ENCODING, done, total, Optional::empty);
        }

        boolean denoised(int done, int total, Supplier<Optional<Image>> preview) {
            report(Stage.DENOISING, done, total, preview);
            return true;
        }

        void decoded(int done, int total) {
            report(Stage.DECODING, done, total, Optional::empty);
        }

        private void report(Stage stage, int done, int total, Supplier<Optional<Image>> preview) {
            if (!listener.onProgress(stage, done, total, preview))
                throw new CancelledException(
                        "cancelled while %s, after %d of %d",
                        stage.name().toLowerCase(java.util.Locale.ROOT), done, total);
        }
    }
}
