package dev.mige4j.web;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A running or finished training of a LoRA. Thread-safe. */
final class TrainingJob {

    /** A consistent view of a training at one point in time; {@code preview} and {@code error} may be null. */
    record Snapshot(
            Job.JobState state,
            String stage,
            double fraction,
            Optional<Duration> remaining,
            String preview,
            List<String> notices,
            ApiException error) {}

    private static final int PREVIEW_SIZE = 256;
    private static final ImageEncoding PREVIEW_ENCODING = ImageEncoding.of(ImageFormat.PNG);

    /** Unguessable: whoever knows it can see previews of the subject. */
    final String id;
    /** The part of the id that logs may contain. */
    final String logId;

    /** Name of the LoRA. */
    final String name;

    final Instant created = Instant.now();

    private Snapshot snapshot =
            new Snapshot(Job.JobState.RUNNING, "starting", 0, Optional.empty(), null, List.of(), null);
    private boolean cancelRequested;

    TrainingJob(String id, String name) {
        this.id = id;
        this.logId = id.substring(0, 17);
        this.name = name;
    }

    synchronized Snapshot snapshot() {
        return snapshot;
    }

    synchronized void requestCancel() {
        cancelRequested = true;
    }

    /** Progress callback of the trainer; returns false if the training must stop. */
    boolean onProgress(LoraTrainer.Progress progress) {
        Optional<String> preview = progress.preview().map(TrainingJob::dataUrl); // outside the lock: it takes time
        synchronized (this) {
            snapshot = new Snapshot(
                    Job.JobState.RUNNING,
                    progress.stage(),
                    progress.fraction(),
                    progress.remaining(),
                    preview.orElse(snapshot.preview()),
                    List.of(),
                    null);
            return !cancelRequested;
        }
    }

    private static String dataUrl(Image image) {
        return Job.thumbnailDataUrl(image, PREVIEW_SIZE, PREVIEW_ENCODING);
    }

    synchronized void succeed(List<String> notices) {
        end(Job.JobState.SUCCEEDED, 1, notices, null);
    }

    synchronized void fail(ApiException error) {
        end(Job.JobState.FAILED, snapshot.fraction(), List.of(), error);
    }

    synchronized void markCancelled() {
        end(
                Job.JobState.CANCELLED,
                snapshot.fraction(),
                List.of(),
                ApiException.of(409, "cancelled", "The training was cancelled."));
    }

    /** The last preview stays: it shows what the LoRA makes. */
    private void end(Job.JobState state, double fraction, List<String> notices, ApiException error) {
        if (snapshot.state().isTerminal()) return;
        snapshot = new Snapshot(state, null, fraction, Optional.empty(), snapshot.preview(), notices, error);
    }
}
