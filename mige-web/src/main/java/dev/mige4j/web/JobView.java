package dev.mige4j.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.mige4j.pipeline.Recipe;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * JSON representation of a job in the HTTP API.
 *
 * @param state queued, running, succeeded, failed or cancelled
 * @param position number of jobs ahead of it in the queue
 * @param stage encoding, denoising or decoding; only while running
 * @param step completed units of the current stage
 * @param total number of units of the current stage
 * @param progress part of the computation that is done, 0 to 1
 * @param secondsRemaining estimated seconds until the job completes, with those that it waits; absent if unknown
 * @param preview low-resolution preview as a data URL; only while running
 * @param created creation time in seconds since the epoch
 * @param notices remarks for the user that are known before the job runs; the result has all
 * @param result present if succeeded
 * @param error present if failed or cancelled
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobView(
        String id,
        String object,
        String state,
        int position,
        String stage,
        int step,
        int total,
        double progress,
        Double secondsRemaining,
        String preview,
        long created,
        List<String> notices,
        ResultView result,
        ApiException.ErrorBody.ErrorDetail error) {

    @JsonNaming(SnakeCaseStrategy.class)
    record ResultView(
            long seed, int width, int height, String outputFormat, List<ImageLink> images, List<String> notices) {
        record ImageLink(String url, Recipe recipe) {}
    }

    static JobView of(Job job, Job.Snapshot snapshot, JobQueue queue) {
        Double remaining =
                queue.estimateTimeToCompletion(job).map(JobView::toSeconds).orElse(null);
        return new JobView(
                job.id,
                "job",
                snapshot.state().jsonName(),
                queue.position(job),
                snapshot.state() == Job.JobState.RUNNING
                        ? snapshot.stage().name().toLowerCase(Locale.ROOT)
                        : null,
                snapshot.done(),
                snapshot.total(),
                Math.round(1000 * snapshot.fraction()) / 1000.0,
                remaining,
                snapshot.preview(),
                job.created.getEpochSecond(),
                job.notices,
                toResultView(job, snapshot.result()),
                snapshot.error() == null ? null : snapshot.error().body().error());
    }

    private static ResultView toResultView(Job job, Job.Result result) {
        if (result == null) return null;
        var images = IntStream.range(0, result.files().size())
                .mapToObj(i -> new ResultView.ImageLink(
                        job.imagePath(i), result.recipes().get(i)))
                .toList();
        return new ResultView(
                result.seed(),
                result.width(),
                result.height(),
                OutputParser.outputFormat(result.encoding()),
                images,
                result.notices());
    }

    static double toSeconds(Duration duration) {
        return Math.round(duration.toMillis() / 100.0) / 10.0;
    }
}
