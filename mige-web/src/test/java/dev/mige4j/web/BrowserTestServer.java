package dev.mige4j.web;

import dev.mige4j.image.Image;
import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.GenerationListener;
import dev.mige4j.pipeline.GenerationProgress;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.weights.lora.LoraFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Server for the browser tests and the load benchmark: {@code BrowserTestServer MODEL PORT QUEUE [API_KEY]}. The word
 * "slowly" in a prompt delays each step by {@value #SLOW_STEP_MILLIS} ms, "explode" makes the generation fail. The
 * system property {@code mige.test.workers} sets the number of workers, {@code mige.test.loras} the folder of the
 * LoRAs, which clients can then train with {@link RandomLoraTrainer}. {@code BrowserTestServer MODEL benchmark}
 * measures the model without a server, with one image and eight images per request.
 */
final class BrowserTestServer {

    private static final int SLOW_STEP_MILLIS = 400;

    private BrowserTestServer() {}

    public static void main(String[] args) throws InterruptedException {
        Logger.getLogger("").setLevel(Level.WARNING);
        Mige mige = args[0].equals("random") ? Mige.random(1) : Mige.embedded();
        if (args[1].equals("benchmark")) {
            benchmarkWithoutServer(mige);
            return;
        }
        var limits = Limits.DEFAULT
                .withQueueCapacity(Integer.parseInt(args[2]))
                .withWorkers(Integer.getInteger("mige.test.workers", 1))
                .withGracePeriod(Duration.ofSeconds(2));
        var config = ServerConfig.DEFAULT.withPort(Integer.parseInt(args[1])).withLimits(limits);
        if (args.length > 3) config = config.withApiKey(args[3]);
        Optional<LoraTrainer> trainer = Optional.empty();
        if (System.getProperty("mige.test.loras") != null) {
            Path folder = Path.of(System.getProperty("mige.test.loras"));
            ModelConfig model = args[0].equals("random") ? ModelConfig.TINY : ModelConfig.read(EmbeddedModel.folder());
            config = config.withLoraFolder(folder);
            trainer = Optional.of(new RandomLoraTrainer(folder, model, mige.modelHash()));
        }
        try (mige;
                Server server = Server.start(config, withTestTriggers(ImageGenerator.of(mige)), trainer)) {
            System.out.println("ready " + server.port());
            server.join();
        }
    }

    private static void benchmarkWithoutServer(Mige mige) {
        Task task = new SubjectGeneration(Instruction.of("a red car on a beach"));
        for (int i = 0; i < 50; i++) mige.generate(task, Settings.DEFAULT.withSeed(i));
        for (int count : new int[] {1, 8}) {
            long start = System.nanoTime(), cpuStart = cpuNanos();
            int images = 0;
            for (; System.nanoTime() - start < 5e9; images += count)
                mige.generate(task, Settings.DEFAULT.withSeed(images).withCount(count))
                        .forEach(GeneratedImage::toPng);
            System.out.printf(
                    Locale.ROOT,
                    "{\"count\": %d, \"images_per_second\": %.1f, \"cpu_ms_per_image\": %.1f}%n",
                    count,
                    images / ((System.nanoTime() - start) / 1e9),
                    (cpuNanos() - cpuStart) / 1e6 / images);
        }
    }

    /** CPU time of this process, which other load on the machine affects less than wall-clock time. */
    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static ImageGenerator withTestTriggers(ImageGenerator delegate) {
        return new ImageGenerator() {
            @Override
            public void generate(
                    Task task,
                    Settings settings,
                    List<Lora> loras,
                    GenerationListener listener,
                    Consumer<GeneratedImage> consumer) {
                String prompt = task.instruction().text();
                if (prompt.contains("explode")) throw new IllegalStateException("requested by the prompt");
                boolean slow = prompt.contains("slowly");
                delegate.generate(
                        task,
                        settings,
                        loras,
                        slow
                                ? progress -> {
                                    sleep();
                                    return listener.onProgress(slowed(progress));
                                }
                                : listener,
                        consumer);
            }

            @Override
            public void requireFit(LoraFile file) {
                delegate.requireFit(file);
            }

            @Override
            public int derivedCount() {
                return delegate.derivedCount();
            }

            @Override
            public long openedCount() {
                return delegate.openedCount();
            }

            @Override
            public void close() {
                delegate.close();
            }

            @Override
            public String name() {
                return delegate.name();
            }

            @Override
            public int size() {
                return delegate.size();
            }

            @Override
            public String hash() {
                return delegate.hash();
            }

            @Override
            public String description() {
                return delegate.description();
            }

            @Override
            public Settings resolve(Settings settings, Task task) {
                return delegate.resolve(settings, task);
            }

            @Override
            public List<String> notices(Task task, Settings settings, List<Lora> loras) {
                return delegate.notices(task, settings, loras);
            }

            @Override
            public Optional<Duration> estimateDuration(Task task, Settings settings) {
                return delegate.estimateDuration(task, settings);
            }
        };
    }

    /** With the time that the delays take and a preview after each step, which is too expensive for a tiny model. */
    private static GenerationProgress slowed(GenerationProgress progress) {
        return new GenerationProgress(
                progress.stage(),
                progress.done(),
                progress.total(),
                progress.fraction(),
                Optional.of(Duration.ofMillis((long) SLOW_STEP_MILLIS * (progress.total() - progress.done()))),
                () -> Optional.of(Image.filled(32, 32, 0x808080)));
    }

    private static void sleep() {
        try {
            Thread.sleep(SLOW_STEP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
