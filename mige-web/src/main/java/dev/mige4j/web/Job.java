package dev.mige4j.web;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.Resampling;
import dev.mige4j.pipeline.GenerationProgress;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A queued, running or finished generation request. Thread-safe: every change increments the version and wakes all
 * threads that wait for the job.
 */
final class Job {

    enum JobState {
        QUEUED,
        RUNNING,
        SUCCEEDED,
        FAILED,
        CANCELLED;

        boolean isTerminal() {
            return this == SUCCEEDED || this == FAILED || this == CANCELLED;
        }

        /** The name used in the HTTP API, metrics and logs. */
        String jsonName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The generated images as files with embedded recipes. */
    record Result(
            ImageEncoding encoding,
            List<byte[]> files,
            List<Recipe> recipes,
            List<String> notices,
            long seed,
            int width,
            int height,
            boolean hasAlpha) {
        /** The file with this index as it stands in a URL; empty if there is none. */
        Optional<byte[]> file(String index) {
            return index.matches("\\d{1,3}") && Integer.parseInt(index) < files.size()
                    ? Optional.of(files.get(Integer.parseInt(index)))
                    : Optional.empty();
        }

        /** As in {@code 1024x1024}. */
        String size() {
            return width + "x" + height;
        }

        /** As OpenAI's API names it. */
        String background() {
            return hasAlpha ? "transparent" : "opaque";
        }

        long totalBytes() {
            return files.stream().mapToLong(file -> file.length).sum();
        }
    }

    /**
     * A consistent view of a job at one point in time; {@code preview}, {@code result} and {@code error} may be null.
     */
    record Snapshot(
            long version,
            JobState state,
            Stage stage,
            int done,
            int total,
            double fraction,
            Optional<Duration> remaining,
            String preview,
            Result result,
            ApiException error) {}

    private static final int PREVIEW_SIZE = 128;
    private static final Duration PREVIEW_INTERVAL = Duration.ofMillis(400);
    /** Previews stop being generated this long after the last request for the job. */
    private static final Duration VIEWER_TIMEOUT = Duration.ofSeconds(5);

    /** Unguessable: whoever knows it can fetch the images. */
    final String id;
    /** The part of the id that logs may contain. */
    final String logId;

    final Instant created;
    final long memoryBytes;
    private final ImageEncoding encoding;
    final boolean retained;
    /** Remarks for the user that are known before the job runs. */
    final List<String> notices;

    private ImageRequest request;
    private JobState state = JobState.QUEUED;
    private Stage stage = Stage.ENCODING;
    private int done;
    private int total;
    private double fraction;
    private Optional<Duration> remaining = Optional.empty();
    private String preview;
    private Result result;
    private ApiException error;
    private long version;
    private long startedNanos;
    private long lastPreviewNanos;
    private long lastViewedNanos = System.nanoTime() - VIEWER_TIMEOUT.toNanos() - 1; // no viewer yet
    private long endedNanos;
    private boolean cancelRequested;
    private boolean timedOut;

    /** @param retained whether clients can ask for the job after it has ended */
    Job(String id, ImageRequest request, List<String> notices, boolean retained) {
        this.id = id;
        this.logId = id.substring(0, 12);
        this.request = request;
        this.notices = notices;
        this.retained = retained;
        this.memoryBytes = request.memoryBytes();
        this.encoding = request.encoding();
        this.created = Instant.now();
    }

    /** Path of a result image, which needs no API key. */
    String imagePath(int index) {
        return "/v1/jobs/" + id + "/images/" + index;
    }

    // ---- called for clients

    synchronized Snapshot snapshot() {
        return new Snapshot(version, state, stage, done, total, fraction, remaining, preview, result, error);
    }

    /** Like {@link #snapshot}, and enables previews for the next {@link #VIEWER_TIMEOUT}. */
    synchronized Snapshot snapshotForViewer() {
        lastViewedNanos = System.nanoTime();
        return snapshot();
    }

    /** Waits until the job has changed since {@code version}, or until the timeout. */
    synchronized Snapshot awaitChange(long version, Duration timeout) throws InterruptedException {
        awaitVersionAfter(version, timeout);
        return snapshotForViewer();
    }

    /** Like {@link #awaitChange}, without previews. */
    synchronized Snapshot awaitChangeWithoutPreview(long version, Duration timeout) throws InterruptedException {
        awaitVersionAfter(version, timeout);
        return snapshot();
    }

    private void awaitVersionAfter(long version, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        for (long remainingNanos; this.version == version && (remainingNanos = deadline - System.nanoTime()) > 0; )
            wait(Math.max(1, remainingNanos / 1_000_000));
    }

    /** Waits until the job reaches a terminal state, or until the timeout. */
    synchronized Snapshot awaitEnd(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        for (long remainingNanos; !state.isTerminal() && (remainingNanos = deadline - System.nanoTime()) > 0; )
            wait(Math.max(1, remainingNanos / 1_000_000));
        return snapshot();
    }

    /** The request; empty after the job has ended. */
    synchronized Optional<ImageRequest> request() {
        return Optional.ofNullable(request);
    }

    synchronized boolean cancelRequested() {
        return cancelRequested;
    }

    synchronized long endedNanos() {
        return endedNanos;
    }

    // ---- called by JobQueue and its workers

    /** Requests cancellation; returns false if the job has ended or cancellation was already requested. */
    synchronized boolean requestCancel() {
        if (cancelRequested || state.isTerminal()) return false;
        cancelRequested = true;
        notifyChanged();
        return true;
    }

    /** Starts the job and returns its request; empty if it is not queued any more. */
    synchronized Optional<ImageRequest> start() {
        if (state != JobState.QUEUED) return Optional.empty();
        state = JobState.RUNNING;
        startedNanos = System.nanoTime();
        notifyChanged();
        return Optional.of(request);
    }

    /** Progress callback of the model; returns false if the generation must stop. */
    boolean onProgress(GenerationProgress progress, Optional<Duration> timeout) {
        boolean previewDue;
        synchronized (this) {
            long nowNanos = System.nanoTime();
            stage = progress.stage();
            done = progress.done();
            total = progress.total();
            fraction = progress.fraction();
            remaining = progress.remaining();
            timedOut = timeout.isPresent()
                    && nowNanos - startedNanos > timeout.get().toNanos();
            notifyChanged();
            if (cancelRequested || timedOut) return false;
            previewDue = stage == Stage.DENOISING
                    && done > 0
                    && nowNanos - lastViewedNanos < VIEWER_TIMEOUT.toNanos()
                    && nowNanos - lastPreviewNanos > PREVIEW_INTERVAL.toNanos();
        }
        if (previewDue)
            progress.preview()
                    .get()
                    .map(image -> thumbnailDataUrl(image, PREVIEW_SIZE, encoding)) // in the format of the results
                    .ifPresent(this::setPreview); // outside the lock, because decoding takes time
        return true;
    }

    /** An image as a data URL, reduced to a longest side. */
    static String thumbnailDataUrl(Image image, int maxSide, ImageEncoding encoding) {
        double scale = Math.min(1, (double) maxSide / Math.max(image.width(), image.height()));
        int width = Math.max(1, (int) Math.round(image.width() * scale));
        int height = Math.max(1, (int) Math.round(image.height() * scale));
        Image thumbnail = scale == 1 ? image : Resampling.BILINEAR.resize(image, width, height);
        String base64 = Base64.getEncoder().encodeToString(thumbnail.toBytes(encoding, Map.of()));
        return "data:" + encoding.mediaType() + ";base64," + base64;
    }

    private synchronized void setPreview(String preview) {
        this.preview = preview;
        lastPreviewNanos = System.nanoTime();
        notifyChanged();
    }

    synchronized boolean timedOut() {
        return timedOut;
    }

    void succeed(Result result) {
        end(JobState.SUCCEEDED, result, null);
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
        request = null; // releases the decoded images
        preview = null;
        notifyChanged();
    }

    private synchronized void notifyChanged() {
        version++;
        notifyAll();
    }
}
