package mige.web;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import mige.image.Picture;
import mige.image.Resampling;
import mige.pipeline.Recipe;
import mige.pipeline.Stage;

/** One request on its way: waits, is made, ends. Thread-safe; whoever waits for it is woken at each change. */
final class Job {

    enum State {
        QUEUED, RUNNING, DONE, FAILED, CANCELLED;

        boolean ended() {
            return this == DONE || this == FAILED || this == CANCELLED;
        }
    }

    /** What was made: PNG files with their recipes inside. */
    record Result(List<byte[]> files, List<Recipe> recipes, List<String> notices, long seed, int width, int height) {
        long bytes() {
            return files.stream().mapToLong(file -> file.length).sum();
        }
    }

    /** A moment of a job, consistent in itself. */
    record Now(long version, State state, Stage stage, int done, int of, Optional<Duration> left, String preview, Result result, ApiException failure) {}

    private static final int PREVIEW_SIDE = 128;
    private static final Duration PREVIEW_EVERY = Duration.ofMillis(400), WATCHED = Duration.ofSeconds(5);

    final String id;
    final Instant created;
    final long weight;
    private Order order;
    private State state = State.QUEUED;
    private Stage stage = Stage.ENCODING;
    private int done, of;
    private String preview;
    private Result result;
    private ApiException failure;
    private long version, began, stageBegan, previewed, seen = System.nanoTime() - WATCHED.toNanos() - 1, ended;
    private boolean cancelled, overdue;

    Job(String id, Order order) {
        this.id = id;
        this.order = order;
        this.weight = order.weight();
        this.created = Instant.now();
    }

    // ---- asked by clients

    synchronized Now now() {
        return new Now(version, state, stage, done, of, left(), preview, result, failure);
    }

    /** The same, and from now on somebody looks: previews are made for a few seconds. */
    synchronized Now look() {
        seen = System.nanoTime();
        return now();
    }

    /** Waits until something changes after {@code version}, or the time is over. */
    synchronized Now await(long version, Duration time) throws InterruptedException {
        long until = System.nanoTime() + time.toNanos();
        for (long left; this.version == version && (left = until - System.nanoTime()) > 0; ) wait(Math.max(1, left / 1_000_000));
        return look();
    }

    /** Waits until the job has ended. */
    synchronized Now join() throws InterruptedException {
        while (!state.ended()) wait();
        return now();
    }

    private Optional<Duration> left() {
        if (state != State.RUNNING || stage != Stage.DENOISING || done == 0) return Optional.empty();
        long each = (System.nanoTime() - stageBegan) / done;
        return Optional.of(Duration.ofNanos(each * (of - done)));
    }

    synchronized boolean asked() {
        return cancelled;
    }

    synchronized long endedAt() {
        return ended;
    }

    // ---- told by Jobs

    /** Asks to end it; true when it had not ended and had not been asked before. */
    synchronized boolean cancel() {
        if (cancelled || state.ended()) return false;
        cancelled = true;
        changed();
        return true;
    }

    /** The order to work on, or empty when the job has ended while it waited. */
    synchronized Optional<Order> begin() {
        if (state != State.QUEUED) return Optional.empty();
        state = State.RUNNING;
        began = stageBegan = System.nanoTime();
        changed();
        return Optional.of(order);
    }

    /** Hears the model; false when it shall stop. */
    boolean step(Stage stage, int done, int of, Supplier<Optional<Picture>> rough, Duration limit) {
        boolean wanted;
        synchronized (this) {
            if (stage != this.stage || done == 0) stageBegan = System.nanoTime();
            this.stage = stage;
            this.done = done;
            this.of = of;
            overdue = System.nanoTime() - began > limit.toNanos();
            changed();
            if (cancelled || overdue) return false;
            long now = System.nanoTime();
            wanted = stage == Stage.DENOISING && done > 0 && now - seen < WATCHED.toNanos() && now - previewed > PREVIEW_EVERY.toNanos();
            if (wanted) previewed = now;
        }
        if (wanted) rough.get().map(Job::small).ifPresent(this::show);      // outside the lock: it takes a moment
        return true;
    }

    private static String small(Picture picture) {
        double scale = Math.min(1, (double) PREVIEW_SIDE / Math.max(picture.width(), picture.height()));
        Picture small = scale == 1 ? picture : Resampling.BILINEAR.resize(picture,
                Math.max(1, (int) Math.round(picture.width() * scale)), Math.max(1, (int) Math.round(picture.height() * scale)));
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(small.png(java.util.Map.of()));
    }

    private synchronized void show(String preview) {
        this.preview = preview;
        changed();
    }

    synchronized boolean overdue() {
        return overdue;
    }

    void finish(Result result) {
        end(State.DONE, result, null);
    }

    void fail(ApiException why) {
        end(State.FAILED, null, why);
    }

    void cancelled() {
        end(State.CANCELLED, null, ApiException.of(409, "cancelled", "The job was cancelled."));
    }

    private synchronized void end(State state, Result result, ApiException failure) {
        if (this.state.ended()) return;
        this.state = state;
        this.result = result;
        this.failure = failure;
        ended = System.nanoTime();
        order = null;                       // its pictures are not kept
        preview = null;
        changed();
    }

    private synchronized void changed() {
        version++;
        notifyAll();
    }
}
