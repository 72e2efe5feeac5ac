package dev.mige4j.pipeline;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.autoencoder.ImageTensors;
import dev.mige4j.autoencoder.Latent;
import dev.mige4j.denoiser.Branch;
import dev.mige4j.denoiser.PreparedDenoiser;
import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.sampler.Guidance;
import dev.mige4j.sampler.GuidanceInterval;
import dev.mige4j.sampler.NoiseModel;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The stages of one request; {@link Mige} calls them in order. */
final class GenerationRequest {

    private final ModelComponents components;
    private final ModelConfig config;
    private final Task task;
    private final Settings settings;
    private final InferenceProtocol protocol;
    private final RequestNoise noise;
    private final RequestProgress progress;
    private final PreviewDecoder previewDecoder;
    private final Prompt prompt;
    private final List<String> notices;
    private final Optional<ImagePreprocessing.FramedImage> framedSource;
    private final Optional<DiagonalGaussian> sourceDistribution; // of the source latent, the reference and the region

    /** @param settings resolved: every optional value is present */
    GenerationRequest(ModelComponents components, Task task, Settings settings, RequestProgress progress) {
        this.components = components;
        this.config = components.config();
        this.task = task;
        this.settings = settings;
        this.protocol = InferenceProtocol.of(settings);
        this.noise = new RequestNoise(settings.seed());
        this.progress = progress;
        this.previewDecoder = new PreviewDecoder(config, components.autoencoder());
        this.prompt = protocol.prompt(task, components);
        this.notices = RequestNotices.of(task, settings, prompt, components);
        this.framedSource = task.source().map(source -> protocol.frameSource(source, config.imageSize()));
        progress.start();
        this.sourceDistribution = framedSource.map(framed -> scoped(() -> latentDistribution(framed.image())));
    }

    int firstIndex() {
        return settings.firstIndex();
    }

    int count() {
        return settings.count();
    }

    /** The latent of the source image, [1, c, h, w]; zeros for a new image. */
    Latent encodeSource() {
        if (sourceDistribution.isEmpty())
            return Latent.zeros(1, config.autoencoder().latentChannels(), config.latentSize(), config.latentSize());
        // The reference's edit program uses one sample for source and reference, its subject edit program two.
        int slot = task instanceof SubjectEdit ? RequestNoise.SOURCE_SLOT : 0;
        Tensor raw = protocol.rawLatent(sourceDistribution.get(), slot);
        Tensor latent = protocol.round(components.autoencoder().toLatent(raw).values());
        return new Latent(components.requireFinite("latent of the source image", latent));
    }

    /** Text and images of the instruction as states [1, L, D]. */
    Conditioning encodeInstruction() {
        List<Image> images = prompt.images().stream()
                .map(image -> isSource(image) ? image : config.normalizeReference(image))
                .toList();
        List<Tensor> visionInputs = new ArrayList<>(), rawLatents = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            visionInputs.add(visionInput(images.get(i))); // [1, 3, S, S]
            rawLatents.add(referenceLatent(images.get(i), i)); // [1, c, h, w]
            progress.unitFinished();
        }
        List<int[]> segments =
                prompt.segments().stream().map(components.tokenizer()::encode).toList();
        Conditioning conditioning = components.encode(
                images.isEmpty()
                        ? MultimodalEncoder.EncoderInput.of(segments)
                        : new MultimodalEncoder.EncoderInput(
                                segments, Tensor.cat(0, visionInputs), Tensor.cat(0, rawLatents)));
        components.requireFinite("encoded instruction", conditioning.states());
        progress.unitFinished();
        return conditioning;
    }

    /** Whether the model sees the same pixels in an image as in the source. */
    private boolean isSource(Image image) {
        return task.source()
                .filter(source -> source.sha256().equals(image.sha256()))
                .isPresent();
    }

    private Tensor visionInput(Image image) {
        int side = config.encoder().vision().imageSize();
        return protocol.round(Tensor.of(ImagePreprocessing.clipPlanes(image, side), 1, 3, side, side));
    }

    private Tensor referenceLatent(Image image, int slot) {
        return scoped(() -> {
            DiagonalGaussian distribution = isSource(image)
                    ? sourceDistribution.orElseThrow()
                    : latentDistribution(protocol.frameReference(task, image, config.imageSize())
                            .image());
            return protocol.round(protocol.rawLatent(distribution, slot));
        });
    }

    /** The denoiser with guidance, as a function of x and t; text keys and values are computed here, once. */
    NoiseModel guidedModel(Latent source, Conditioning conditioning) {
        Guidance guidance = new Guidance(
                settings.guidance().getAsDouble(), settings.imageGuidance().getAsDouble());
        List<Branch> branches = protocol.branches(task, guidance);
        NoiseModel guided = guidedModel(guidance, branches, source, conditioning);
        Optional<GuidanceInterval> interval = protocol.guidanceInterval(config);
        return interval.isEmpty() || branches.size() == 1
                ? guided
                : interval.get()
                        .limit(guided, guidedModel(guidance, List.of(Branch.IMAGE_AND_TEXT), source, conditioning));
    }

    /** The same with these branches only; with a single one, its plain prediction. */
    private NoiseModel guidedModel(Guidance guidance, List<Branch> branches, Latent source, Conditioning conditioning) {
        PreparedDenoiser denoiser = scoped(() -> components
                .denoiser()
                .prepare(
                        branches,
                        source.values().to(components.dtype()),
                        conditioning.states(),
                        conditioning.lengths(),
                        config.timestepRounding()));
        NoiseModel noiseModel = config.predictionType()
                .toNoiseModel((x, t) -> denoiser.predict(x.to(components.dtype()), t), NoiseSchedule.linear());
        return guidance.around(branches, noiseModel, protocol.guidanceDType());
    }

    /** The latent [1, c, h, w] of image {@code index}. */
    Latent sample(NoiseModel noiseModel, int index) {
        int side = config.latentSize(), channels = config.autoencoder().latentChannels();
        Tensor nonFinite = Tensor.zeros(1); // NaN as soon as a prediction has NaN or infinity, which clipping may hide
        NoiseModel observed = (x, t) -> {
            Tensor prediction = noiseModel.predict(x, t);
            nonFinite.add_(prediction.mul(0).sum());
            return prediction;
        };
        Tensor latent = protocol.solver(config)
                .sample(
                        noise.initialNoise(index, 1, channels, side, side),
                        observed,
                        settings.steps().getAsInt(),
                        noise.stepNoise(index),
                        (done, total, clean) -> {
                            progress.unitFinished(() -> previewDecoder.decode(new Latent(clean), progress.flopsDone()));
                            return true; // cancellation is an exception
                        });
        return new Latent(components.requireFinite("denoised latent", latent.add(nonFinite)));
    }

    /** Image {@code index} with its recipe. */
    GeneratedImage decode(Latent latent, int index) {
        Tensor pixels = components.autoencoder().decode(latent); // [1, 3, H, W]
        Image square = ImageTensors.toImage(components.requireFinite("decoded image", pixels), 0);
        Region region = settings.region().orElseThrow();
        Image finished = protocol.finish(square, task, framedSource, region, this::reconstruction);
        Image image = settings.size().map(size -> size.cover(finished)).orElse(finished);
        Recipe recipe = Recipe.of(
                task,
                settings,
                index,
                config.name(),
                components.hash(),
                components.adapters().loras());
        return new GeneratedImage(image, recipe, notices);
    }

    /** Hands over a decoded image, then reports it as finished: one that was cancelled later has been received. */
    void deliver(GeneratedImage image, Consumer<? super GeneratedImage> consumer) {
        progress.uncounted(() -> consumer.accept(image));
        progress.unitFinished();
    }

    /** The framed source image after encoding and decoding. */
    private Image reconstruction() {
        return scoped(() -> ImageTensors.toImage(
                components
                        .autoencoder()
                        .decodeRaw(sourceDistribution.orElseThrow().mean()),
                0));
    }

    private DiagonalGaussian latentDistribution(Image square) {
        return components.autoencoder().latentDistribution(ImageTensors.toTensor(square));
    }
}
