package dev.mige4j.pipeline;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.ImageTensors;
import dev.mige4j.autoencoder.Latent;
import dev.mige4j.common.DeviceException;
import dev.mige4j.common.HeapSpace;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.encoder.Conditioning;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.sampler.NoiseModel;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.DeviceErrors;
import dev.mige4j.tensor.FlopCounter;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Prompt;
import dev.mige4j.weights.LoadReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Generates and edits images from instructions that interleave text and images.
 *
 * <pre>{@code
 * try (Mige mige = Mige.embedded()) {
 *     Task task = InstructionEdit.of("make it night", Image.read(Path.of("photo.jpg")));
 *     mige.generate(task, Settings.DEFAULT).get(0).save(Path.of("night.png"));
 * }
 * }</pre>
 *
 * <p>Thread-safe: requests that run at the same time give the same images as one after the other. They share the
 * processor, so they do not finish sooner. {@link Thread#interrupt} cancels a request within a matrix product. Null or
 * wrong arguments, and calls after {@link #close}, throw a {@link UsageException} of one sentence. Networks are on the
 * CPU unless {@link dev.mige4j.tensor.Engine#setDevice} selects a GPU first; what a GPU refuses, for instance for lack
 * of memory, is a {@link DeviceException}.
 *
 * <p>Source: MIGE sections 3.1-3.3; docs/specification/diffusion.md section 11. Differences: docs/faithful.md.
 */
public final class Mige implements AutoCloseable {

    private final Mige base; // owns the weights; null: this one does
    private final ModelComponents components;
    private final Throughput throughput;
    private int activeRequests; // guarded by this
    private volatile boolean closed;

    Mige(ModelComponents components) {
        this(null, components, new Throughput());
    }

    private Mige(Mige base, ModelComponents components, Throughput throughput) {
        this.base = base;
        this.components = components;
        this.throughput = throughput;
    }

    /**
     * The small model of the artifact {@code dev.mige4j:mige-nano}.
     *
     * @throws UsageException when that artifact is not on the class path; the message names its Maven coordinates
     */
    public static Mige embedded() {
        return open(EmbeddedModel.folder());
    }

    /**
     * The model of a folder that the converter or the trainer wrote. Large weight files are memory-mapped, not read.
     *
     * @throws UsageException when the folder holds no valid model configuration
     * @throws dev.mige4j.common.WeightsException when the weights are damaged or incomplete
     */
    public static Mige open(Path folder) {
        return open(folder, ProgressListener.NONE);
    }

    /**
     * As {@link #open(Path)}.
     *
     * @param listener receives the item {@code loading} with the number of tensors
     * @throws dev.mige4j.common.CancelledException when the listener returned false
     */
    public static Mige open(Path folder, ProgressListener listener) {
        UsageException.requireNonNull(folder, "folder");
        UsageException.requireNonNull(listener, "listener");
        return new Mige(ModelComponents.open(folder, listener));
    }

    /** A tiny model with random weights for tests: its images are noise, a request takes milliseconds. */
    public static Mige random(long seed) {
        return new Mige(ModelComponents.random(seed, DType.F32));
    }

    /**
     * This model with LoRAs, on the same weights: takes a fraction of a second, and the memory of the adapters only.
     *
     * <pre>{@code
     * Lora mug = Lora.of(Path.of("my-mug.safetensors"));
     * try (Mige mige = Mige.embedded(); Mige taught = mige.withLoras(List.of(mug))) {
     *     taught.generate(task, Settings.DEFAULT);
     * }
     * }</pre>
     *
     * <p>Closing the result frees the adapters and leaves this one as it is; after this one is closed, neither can be
     * used.
     *
     * @param loras all LoRAs of the result, also if this one has others; several add up, and none is the model itself
     * @throws UsageException when a LoRA was trained on another model, or is for layers that this one does not have; a
     *     file that does not name its model is only checked by its layers, with one of the {@link #notices}
     * @throws dev.mige4j.common.WeightsException when a file is damaged or has changed since it was opened
     */
    public Mige withLoras(List<Lora> loras) {
        UsageException.requireNonNull(loras, "loras");
        for (Lora lora : loras) UsageException.requireNonNull(lora, "LoRA");
        Mige owner = base == null ? this : base;
        return new Mige(owner, owner.whileOpen(() -> owner.components.withLoras(loras)), throughput);
    }

    /** The LoRAs of this model, in the order in which they were given. */
    public List<Lora> loras() {
        return components.adapters().loras();
    }

    /** As {@link #generate(Task, Settings, GenerationListener)}, without a listener. */
    public List<GeneratedImage> generate(Task task, Settings settings) {
        return generate(task, settings, GenerationListener.NONE);
    }

    /** As {@link #generate(Task, Settings, GenerationListener)}, with a listener that needs no previews. */
    public List<GeneratedImage> generate(Task task, Settings settings, ProgressListener listener) {
        return generate(task, settings, GenerationListener.of(listener));
    }

    /**
     * As {@link #generate(Task, Settings, GenerationListener, Consumer)}; the Java heap must have room for all images.
     *
     * @return the images in order; the one with index i is generated from (seed, i)
     */
    public List<GeneratedImage> generate(Task task, Settings settings, GenerationListener listener) {
        UsageException.requireNonNull(task, "task");
        UsageException.requireNonNull(settings, "settings");
        requireHeap(task, settings, settings.count());
        List<GeneratedImage> images = new ArrayList<>();
        generate(task, settings, listener, images::add);
        return images;
    }

    /**
     * Generates {@code settings.count()} images and hands over each when it is finished, in order.
     *
     * @param listener receives the progress and may cancel
     * @param consumer receives each image, generated from (seed, index), on this thread; the next image is started when
     *     it returns, and an exception that it throws ends the request
     * @throws dev.mige4j.common.CancelledException when the listener returned false or the thread was interrupted; the
     *     interrupt flag stays set
     * @throws dev.mige4j.common.WeightsException when the networks compute NaN or infinity; the message names the
     *     stage, and the tensor that contains them
     */
    public void generate(
            Task task, Settings settings, GenerationListener listener, Consumer<? super GeneratedImage> consumer) {
        UsageException.requireNonNull(task, "task");
        UsageException.requireNonNull(settings, "settings");
        UsageException.requireNonNull(listener, "listener");
        UsageException.requireNonNull(consumer, "consumer");
        Settings resolved = resolve(settings, task);
        task.source().ifPresent(resolved.region().orElseThrow()::checkSource);
        requireHeap(task, settings, 1);
        whileOpen(() -> {
            RequestWork work = RequestWork.of(components, task, resolved);
            RequestProgress progress = new RequestProgress(listener, this::checkOpen, work, throughput);
            return FlopCounter.observe(progress::computed, () -> {
                run(new GenerationRequest(components, task, resolved, progress), consumer);
                return null;
            });
        });
    }

    /** Checks before the work that the results fit into the heap, and beside them one of the size of the source. */
    private static void requireHeap(Task task, Settings settings, int count) {
        Optional<Image> source = settings.faithful() ? Optional.empty() : task.source();
        long sourceBytes = source.map(image -> (long) image.width() * image.height() * (image.hasAlpha() ? 4 : 3))
                .orElse(0L);
        long resultBytes = settings.size()
                .map(size -> (long) size.width() * size.height() * 4)
                .orElse(sourceBytes);
        List<String> parts = new ArrayList<>();
        source.ifPresent(image -> parts.add("%d x %d pixels".formatted(image.width(), image.height())));
        settings.size().ifPresent(size -> parts.add("the size " + size));
        if (count > 1) parts.add(count + " results");
        HeapSpace.require(
                count * resultBytes + (settings.size().isPresent() ? sourceBytes : 0),
                "A request with " + String.join(" and ", parts));
    }

    /**
     * The time that a request would take, at the speed of the requests so far.
     *
     * @return empty before the speed was measured
     */
    public Optional<Duration> estimateDuration(Task task, Settings settings) {
        return throughput.timeFor(
                RequestWork.of(components, task, resolve(settings, task)).total());
    }

    /**
     * Remarks for the user about a request before it runs, one sentence each: words that the model does not know or
     * that do not fit. Takes no more than milliseconds.
     */
    public List<String> notices(Task task, Settings settings) {
        Settings resolved = resolve(settings, task);
        Prompt prompt = InferenceProtocol.of(resolved).prompt(task, components);
        return RequestNotices.of(task, resolved, prompt, components);
    }

    private static void run(GenerationRequest request, Consumer<? super GeneratedImage> consumer) {
        Latent source = scoped(request::encodeSource); // [1, c, h, w]
        Conditioning conditioning = scoped(request::encodeInstruction); // [1, L, D], once a request, not once a step
        NoiseModel model = request.guidedModel(source, conditioning); // x, t -> noise
        for (int i = 0; i < request.count(); i++) {
            int index = request.firstIndex() + i;
            Latent latent = scoped(() -> request.sample(model, index)); // [1, c, h, w]
            request.deliver(scoped(() -> request.decode(latent, index)), consumer);
        }
    }

    /** The autoencoder's reconstruction of an image, cropped to a square of the model's size. */
    public Image reconstruct(Image image) {
        UsageException.requireNonNull(image, "image");
        Image square = ImagePreprocessing.centerCrop(image, imageSize()).image();
        AutoEncoder autoencoder = components.autoencoder();
        return whileOpen(() -> ImageTensors.toImage(
                components.requireFinite(
                        "decoded image",
                        autoencoder.decodeRaw(autoencoder
                                .latentDistribution(ImageTensors.toTensor(square))
                                .mean())),
                0));
    }

    /** The settings with every empty value replaced by the model's default for the task, and a random seed chosen. */
    public Settings resolve(Settings settings, Task task) {
        UsageException.requireNonNull(settings, "settings");
        UsageException.requireNonNull(task, "task");
        return components.config().resolve(settings, task);
    }

    /** Name of the model, such as {@code nano}. */
    public String name() {
        return components.config().name();
    }

    /** Side of the square images that the model generates, in pixels. */
    public int imageSize() {
        return components.config().imageSize();
    }

    /** What the model can do, in one sentence: the size of its images, and what they show as far as that is known. */
    public String description() {
        return components.domain().description(imageSize());
    }

    public ModelConfig config() {
        return components.config();
    }

    /** Identifies the model: 16 hexadecimal digits of a SHA-256 over configuration and weights. */
    public String modelHash() {
        return components.hash();
    }

    /** Which tensors of the weight files were used, renamed, missing or left unread. */
    public LoadReport loadReport() {
        return components.loadReport();
    }

    /** Runs work on the weights: without gradients, in a scope of its own, and never after they were freed. */
    private <T> T whileOpen(Supplier<T> work) {
        enter();
        try {
            return Tensor.noGrad(() -> scoped(work));
        } catch (RuntimeException e) {
            Optional<DeviceException> deviceError = DeviceErrors.translate(e);
            throw deviceError.isPresent() ? deviceError.get() : e;
        } finally {
            leave();
        }
    }

    private void enter() {
        if (base != null) base.enter();
        boolean entered = false;
        try {
            synchronized (this) {
                checkOpen();
                activeRequests++;
                entered = true;
            }
        } finally {
            if (!entered && base != null) base.leave();
        }
    }

    private void leave() {
        synchronized (this) {
            if (--activeRequests == 0 && closed) components.close();
        }
        if (base != null) base.leave();
    }

    private void checkOpen() {
        if (closed || (base != null && base.closed)) throw new UsageException("This Mige is closed.");
    }

    /**
     * Frees the weights, or, of a model {@link #withLoras with LoRAs}, their adapters. Requests that run in other
     * threads end within a matrix product with "This Mige is closed."; the last one frees the memory then. Does not
     * block; closing twice has no effect.
     */
    @Override
    public synchronized void close() {
        if (closed) return;
        closed = true;
        if (activeRequests == 0) components.close();
    }
}
