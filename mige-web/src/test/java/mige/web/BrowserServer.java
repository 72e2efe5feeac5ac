package mige.web;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

import mige.pipeline.Creation;
import mige.pipeline.Mige;
import mige.pipeline.Progress;
import mige.pipeline.Settings;
import mige.task.Instruction;
import mige.task.SubjectGeneration;
import mige.task.Task;

/**
 * The server that the browser tests and the load script talk to: {@code BrowserServer MODEL PORT QUEUE}. A prompt with
 * "slowly" in it takes {@value #STEP_MILLIS} ms more a step, one with "explode" fails. {@code BrowserServer MODEL bare}
 * prints how fast the model is without a server around it, one picture a request and eight.
 */
final class BrowserServer {

    private static final int STEP_MILLIS = 400;

    private BrowserServer() {}

    public static void main(String[] args) throws InterruptedException {
        Mige mige = args[0].equals("random") ? Mige.random(1) : Mige.embedded();
        if (args[1].equals("bare")) {
            bare(mige);
            return;
        }
        var limits = Limits.DEFAULT.withQueue(Integer.parseInt(args[2])).withGrace(Duration.ofSeconds(2));
        var config = ServerConfig.DEFAULT.withPort(Integer.parseInt(args[1])).withLimits(limits);
        if (args.length > 3) config = config.withApiKey(args[3]);
        try (mige; Server server = Server.start(config, slowWhenAsked(Model.of(mige)))) {
            System.out.println("ready " + server.port());
            server.join();
        }
    }

    private static void bare(Mige mige) {
        Task task = new SubjectGeneration(Instruction.of("a red car on a beach"));
        for (int i = 0; i < 50; i++) mige.create(task, Settings.DEFAULT.withSeed(i));
        for (int count : new int[] {1, 8}) {
            long start = System.nanoTime(), cpu = cpuNanos();
            int pictures = 0;
            for (; System.nanoTime() - start < 5e9; pictures += count) mige.create(task, Settings.DEFAULT.withSeed(pictures).withCount(count)).pictures().forEach(p -> p.png(Map.of()));
            System.out.printf(Locale.ROOT, "{\"count\": %d, \"pictures_per_second\": %.1f, \"cpu_ms_per_picture\": %.1f}%n", count,
                    pictures / ((System.nanoTime() - start) / 1e9), (cpuNanos() - cpu) / 1e6 / pictures);
        }
    }

    /** Processor time of this process: on a machine with much else to do it says more than the clock. */
    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static Model slowWhenAsked(Model model) {
        return new Model() {
            @Override public Creation create(Task task, Settings settings, Progress progress) {
                String words = task.instruction().text();
                if (words.contains("explode")) throw new IllegalStateException("told to");
                boolean slowly = words.contains("slowly");
                return model.create(task, settings, (stage, done, of, preview) -> {
                    boolean on = progress.step(stage, done, of, preview);
                    if (slowly && on) sleep();
                    return on;
                });
            }

            @Override public String name() {
                return model.name();
            }

            @Override public int size() {
                return model.size();
            }

            @Override public String hash() {
                return model.hash();
            }

            @Override public Settings resolve(Settings settings, Task task) {
                return model.resolve(settings, task);
            }
        };
    }

    private static void sleep() {
        try {
            Thread.sleep(STEP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
