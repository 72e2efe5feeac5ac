package dev.mige4j.web;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.GenerationListener;
import dev.mige4j.pipeline.GenerationProgress;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.pipeline.Stage;
import dev.mige4j.task.Task;
import dev.mige4j.weights.lora.LoraFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A model controlled by the test: it generates plain colours, one step per permit. The words "explode", "starve",
 * "confuse" and "diverge" in the prompt make it throw an exception, run out of memory, or report a usage error or
 * unusable weights.
 */
final class FakeImageGenerator implements ImageGenerator {

    static final int STEPS = 5;
    static final int IMAGE_SIZE = 16;
    static final long SECONDS_PER_STEP = 100;

    /** Each step takes a permit; {@link #unblocked} provides enough for all. */
    final Semaphore permits;

    final AtomicInteger startedCount = new AtomicInteger();
    final AtomicInteger stepCount = new AtomicInteger();
    final AtomicInteger cancelledCount = new AtomicInteger();
    final List<Task> tasks = Collections.synchronizedList(new ArrayList<>());
    final List<List<Lora>> loras = Collections.synchronizedList(new ArrayList<>());
    final List<Settings> settings = Collections.synchronizedList(new ArrayList<>());
    volatile List<String> notices = List.of();
    /** Makes each request run out of memory before it is queued. */
    volatile boolean heapIsFull;
    /** Thrown by generation and estimates; null for none. */
    volatile Error error;

    volatile int sleepMillis;

    private FakeImageGenerator(int permits) {
        this.permits = new Semaphore(permits);
    }

    static FakeImageGenerator unblocked() {
        return new FakeImageGenerator(Integer.MAX_VALUE / 2);
    }

    static FakeImageGenerator blocked() {
        return new FakeImageGenerator(0);
    }

    @Override
    public void generate(
            Task task,
            Settings settings,
            List<Lora> loras,
            GenerationListener listener,
            Consumer<GeneratedImage> consumer) {
        startedCount.incrementAndGet();
        if (error != null) throw error;
        tasks.add(task);
        this.settings.add(settings);
        this.loras.add(loras);
        String prompt = task.instruction().text();
        if (prompt.contains("explode")) throw new IllegalStateException("secret in /etc/passwd");
        if (prompt.contains("starve")) throw new OutOfMemoryError("simulated");
        if (prompt.contains("diverge")) throw new WeightsException("The denoised latent contains NaN.");
        if (prompt.contains("confuse")) throw new UsageException("The mask is dark everywhere.");
        Settings resolved = resolve(settings, task);
        int total = resolved.steps().getAsInt();
        Image image = task.source()
                .map(source -> resolved.region()
                        .orElseThrow()
                        .composite(
                                source,
                                () -> source,
                                Image.filled(source.width(), source.height(), (int) resolved.seed() & 0xffffff)))
                .orElse(Image.filled(IMAGE_SIZE, IMAGE_SIZE, (int) resolved.seed() & 0xffffff));
        report(listener, Stage.ENCODING, 0, 1, image);
        for (int i = 0; i <= total; i++) {
            if (i > 0) {
                permits.acquireUninterruptibly();
                if (sleepMillis > 0) sleep();
                stepCount.incrementAndGet();
            }
            report(listener, Stage.DENOISING, i, total, Image.filled(IMAGE_SIZE, IMAGE_SIZE, i));
        }
        for (int i = 0; i < resolved.count(); i++) {
            Recipe recipe = new Recipe(
                    "subject",
                    prompt,
                    List.of(),
                    "",
                    name(),
                    hash(),
                    resolved.seed(),
                    resolved.firstIndex() + i,
                    total,
                    5,
                    1,
                    "everywhere",
                    resolved.size().map(ImageSize::toString).orElse(""),
                    false,
                    resolved.fast(),
                    loras.stream().map(FakeImageGenerator::reference).toList());
            Image result = resolved.size().map(size -> size.cover(image)).orElse(image);
            consumer.accept(new GeneratedImage(result, recipe, notices));
        }
    }

    private static Recipe.LoraReference reference(Lora lora) {
        return new Recipe.LoraReference(lora.name(), lora.file().sha256(), lora.scale());
    }

    private void report(GenerationListener listener, Stage stage, int done, int total, Image preview) {
        boolean denoising = stage == Stage.DENOISING;
        GenerationProgress progress = new GenerationProgress(
                stage,
                done,
                total,
                denoising ? (double) done / total : 0,
                denoising ? Optional.of(Duration.ofSeconds(SECONDS_PER_STEP * (total - done))) : Optional.empty(),
                () -> Optional.of(preview));
        if (!listener.onProgress(progress)) {
            cancelledCount.incrementAndGet();
            throw new CancelledException("cancelled while %s, after %d of %d", stage.label(), done, total);
        }
    }

    @Override
    public List<String> notices(Task task, Settings settings, List<Lora> loras) {
        return notices;
    }

    /** {@value #SECONDS_PER_STEP} seconds a step once a step was done. */
    @Override
    public Optional<Duration> estimateDuration(Task task, Settings settings) {
        if (error != null) throw error;
        int steps = settings.steps().orElse(STEPS);
        return stepCount.get() == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(SECONDS_PER_STEP * steps));
    }

    private void sleep() {
        try {
            Thread.sleep(sleepMillis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The layers of this model have 8 inputs. */
    @Override
    public void requireFit(LoraFile file) {
        if (file.modules().values().stream().anyMatch((LoraFile.AdapterSize size) -> size.inFeatures() != 8))
            throw new UsageException("%s was made for another model.", file.path());
    }

    @Override
    public int derivedCount() {
        return 0;
    }

    @Override
    public long openedCount() {
        return 0;
    }

    @Override
    public void close() {}

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public int size() {
        if (heapIsFull) throw new OutOfMemoryError("simulated");
        return IMAGE_SIZE;
    }

    @Override
    public String hash() {
        return "0123456789abcdef";
    }

    @Override
    public String description() {
        return "Makes images of 64 x 64 pixels.";
    }

    @Override
    public Settings resolve(Settings settings, Task task) {
        return new Settings(
                OptionalInt.of(settings.steps().orElse(STEPS)),
                OptionalDouble.of(settings.guidance().orElse(5)),
                OptionalDouble.of(settings.imageGuidance().orElse(1)),
                settings.seed(),
                settings.firstIndex(),
                settings.count(),
                Optional.of(settings.region().orElse(Region.EVERYWHERE)),
                settings.size(),
                settings.faithful(),
                settings.fast());
    }
}
