package dev.mige4j.web;

import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** One request on its way: waits, is made, ends. Thread-safe; whoever waits for it is woken at each change. */
final class Job {

    enum JobState {
        QUEUED,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED;

        boolean isTerminal() {
            return this == DONE || this == FAILED || this == CANCELLED;
        }
    }

    /** What was made: PNG files with their recipes inside. */
    record Result(List<byte[]> pngFiles, List<Recipe> recipes, List<String> notices, long seed, int width, int height) {
        long totalBytes() {
            return pngFiles.stream().mapToLong(png -> png.length).sum();
        }
    }

    /** A moment of a job, consistent in itself. */
    record Snapshot(
            long version,
            JobState state,
            Stage stage,
            int done,
            int total,
            Optional<Duration> remaining,
            String preview,
            Result result,
            ApiException error) {}

    private static final int PREVIEW_SIZE = 128;
    private static final Duration PREVIEW_INTERVAL = Duration.ofMillis(400), VIEWER_TIMEOUT = Duration.ofSeconds(5);

    final String id;
    final Instant created;
    final long memoryBytes;
    private ImageRequest request;
    private JobState state = JobState.QUEUED;
    private Stage stage = Stage.ENCODING;
    private int done, total;
    private String preview;
    private Result result;
    private ApiException error;
    private long version,
            startedNanos,
            stageStartedNanos,
            lastPreviewNanos,
            lastViewedNanos = System.nanoTime() - VIEWER_TIMEOUT.toNanos() - 1,
            endedNanos;
    private boolean cancelRequested, timedOut;

    Job(String id, ImageRequest request) {
        this.id = id;
        this.request = request;
        this.memoryBytes = request.memoryBytes();
        this.created = Instant.now();
    }

    // ---- asked by clients

    synchronized Snapshot snapshot() {
        return new Snapshot(version, state, stage, done, total, estimateRemaining(), preview, result, error);
    }

    /** The same, and from now on somebody looks: previews are made for a few seconds. */
    synchronized Snapshot snapshotForViewer() {
        lastViewedNanos = System.nanoTime();
        return snapshot();
    }

    /** Waits until something changes after {@code version}, or the time is over. */
    synchronized Snapshot awaitChange(long version, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        for (long remainingNanos; this.version == version && (remainingNanos = deadline - System.nanoTime()) > 0; )
            wait(Math.max(1, remainingNanos / 1_000_000));
        return snapshotForViewer();
    }

    /** Waits until the job has ended. */
    synchronized Snapshot awaitEnd() throws InterruptedException {
        while (!state.isTerminal()) wait();
        return snapshot();
    }

    private Optional<Duration> estimateRemaining() {
        if (state != JobState.RUNNING || stage != Stage.DENOISING || done == 0) return Optional.empty();
        long nanosPerStep = (System.nanoTime() - stageStartedNanos) / done;
        return Optional.of(Duration.ofNanos(nanosPerStep * (total - done)));
    }

    synchronized boolean cancelRequested() {
        return cancelRequested;
    }

    synchronized long endedNanos() {
        return endedNanos;
    }

    // ---- told by Jobs

    /** Asks to end it; true when it had not ended and had not been asked before. */
    synchronized boolean requestCancel() {
        if (cancelRequested || state.isTerminal()) return false;
        cancelRequested = true;
        notifyChanged();
        return true;
    }

    /** The order to work on, or empty when the job has ended while it waited. */
    synchronized Optional<ImageRequest> start() {
        if (state != JobState.QUEUED) return Optional.empty();
        state = JobState.RUNNING;
        startedNanos = stageStartedNanos = System.nanoTime();
        notifyChanged();
        return Optional.of(request);
    }

    /** Hears the model; false when it shall stop. */
    boolean onProgress(Stage stage, int done, int total, Supplier<Optional<Image>> previewSupplier, Duration timeout) {
        boolean previewDue;
        synchronized (this) {
            if (stage != this.stage || done == 0) stageStartedNanos = System.nanoTime();
            this.stage = stage;
            this.done = done;
            this.total = total;
            timedOut = System.nanoTime() - startedNanos > timeout.toNanos();
            notifyChanged();
            if (cancelRequested || timedOut) return false;
            long nowNanos = System.nanoTime();
            previewDue = stage == Stage.DENOISING
                    && done > 0
                    && nowNanos - lastViewedNanos < VIEWER_TIMEOUT.toNanos()
                    && nowNanos - lastPreviewNanos > PREVIEW_INTERVAL.toNanos();
            if (previewDue) lastPreviewNanos = nowNanos;
        }
        if (previewDue)
            previewSupplier
                    .get()
                    .map(Job::thumbnailDataUrl)
                    .ifPresent(this::setPreview); // outside the lock: it takes a moment
        return true;
    }

    private static String thumbnailDataUrl(Image image) {
        double scale = Math.min(1, (double) PREVIEW_SIZE / Math.max(image.width(), image.height()));
        Image thumbnail = scale == 1
                ? image
                : Resampling.BILINEAR.resize(
                        image, Math.max(1, (int) Math.round(image.width() * scale)), Math.max(1, (int)
                                Math.round(image.height() * scale)));
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(thumbnail.toPng(java.util.Map.of()));
    }

    private synchronized void setPreview(String preview) {
        this.preview = preview;
        notifyChanged();
    }

    synchronized boolean timedOut() {
        return timedOut;
    }

    void succeed(Result result) {
        end(JobState.DONE, result, null);
    }

    void fail(ApiException error) {
        end(JobState.FAILED, null, error);
    }

    void markCancelled() {
        end(JobState.CANCELLED, null, ApiException.of(409, "cancelled", "The job was cancelled."));
    }

    private synchronized void end(JobState state, Result result, ApiException error) {
        if (this.state.isTerminal()) return;
        this.state = state;
        this.result = result;
        this.error = error;
        endedNanos = System.nanoTime();
        request = null; // its pictures are not kept
        preview = null;
        notifyChanged();
    }

    private synchronized void notifyChanged() {
        version++;
        notifyAll();
    }
}
