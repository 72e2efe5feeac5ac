package mige.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

import mige.image.Picture;
import mige.pipeline.CancelledException;
import mige.pipeline.Creation;
import mige.pipeline.Progress;
import mige.pipeline.Recipe;
import mige.pipeline.Region;
import mige.pipeline.Settings;
import mige.pipeline.Stage;
import mige.task.Task;
import mige.tensor.UsageException;

/**
 * A model that a test leads: it makes plain colours, one step a permit. Words make it misbehave: "explode" (an exception),
 * "starve" (out of memory), "confuse" (a usage error).
 */
final class FakeModel implements Model {

    static final int STEPS = 5, SIZE = 16;

    /** A step waits for a permit; a model made with {@link #free} never waits. */
    final Semaphore permits;
    final AtomicInteger begun = new AtomicInteger(), steps = new AtomicInteger(), cancelled = new AtomicInteger();
    final List<Task> tasks = java.util.Collections.synchronizedList(new ArrayList<>());
    final List<Settings> settings = java.util.Collections.synchronizedList(new ArrayList<>());
    volatile int sleepMillis;

    private FakeModel(int permits) {
        this.permits = new Semaphore(permits);
    }

    static FakeModel free() {
        return new FakeModel(Integer.MAX_VALUE / 2);
    }

    static FakeModel held() {
        return new FakeModel(0);
    }

    @Override public Creation create(Task task, Settings settings, Progress progress) {
        begun.incrementAndGet();
        tasks.add(task);
        this.settings.add(settings);
        String words = task.instruction().text();
        if (words.contains("explode")) throw new IllegalStateException("secret inside /etc/passwd");
        if (words.contains("starve")) throw new OutOfMemoryError("pretended");
        if (words.contains("confuse")) throw new UsageException("The mask is dark everywhere.");
        Settings all = resolve(settings, task);
        int of = all.steps().getAsInt();
        Picture made = task.canvas().map(canvas -> all.region().orElseThrow().apply(canvas, () -> canvas, Picture.filled(canvas.width(), canvas.height(), (int) all.seed() & 0xffffff)))
                .orElse(Picture.filled(SIZE, SIZE, (int) all.seed() & 0xffffff));
        tell(progress, Stage.ENCODING, 0, 1, made);
        for (int i = 0; i <= of; i++) {
            if (i > 0) {
                permits.acquireUninterruptibly();
                if (sleepMillis > 0) sleep();
                steps.incrementAndGet();
            }
            tell(progress, Stage.DENOISING, i, of, made);
        }
        List<Picture> pictures = new ArrayList<>();
        List<Recipe> recipes = new ArrayList<>();
        for (int i = 0; i < all.count(); i++) {
            pictures.add(made);
            recipes.add(new Recipe("subject", words, List.of(), "", name(), hash(), all.seed(), i, of, 5, 1, "everywhere", false));
        }
        return new Creation(pictures, recipes, List.of());
    }

    private void tell(Progress progress, Stage stage, int done, int of, Picture rough) {
        if (!progress.step(stage, done, of, () -> Optional.of(rough))) {
            cancelled.incrementAndGet();
            throw new CancelledException(stage, done, of);
        }
    }

    private void sleep() {
        try {
            Thread.sleep(sleepMillis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override public String name() {
        return "fake";
    }

    @Override public int size() {
        return SIZE;
    }

    @Override public String hash() {
        return "0123456789abcdef";
    }

    @Override public Settings resolve(Settings settings, Task task) {
        return new Settings(OptionalInt.of(settings.steps().orElse(STEPS)), OptionalDouble.of(settings.guidance().orElse(5)),
                OptionalDouble.of(settings.imageGuidance().orElse(1)), settings.seed(), settings.count(), Optional.of(settings.region().orElse(Region.EVERYWHERE)), settings.faithful());
    }
}
