package dev.mige4j.web;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.mige4j.pipeline.Recipe;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What a client sees of a job.
 *
 * @param position how many wait before it
 * @param secondsRemaining when it will be done, as far as that is known
 * @param preview a small rough picture as a data URL, while it is made
 */
@JsonNaming(SnakeCaseStrategy.class)
record JobView(
        String id,
        String object,
        String state,
        int position,
        String stage,
        int step,
        int total,
        Double secondsRemaining,
        String preview,
        long created,
        ResultView result,
        ApiException.ErrorBody.ErrorDetail error) {

    @JsonNaming(SnakeCaseStrategy.class)
    record ResultView(long seed, int width, int height, List<ImageLink> images, List<String> notices) {
        record ImageLink(String url, Recipe recipe) {}
    }

    static JobView of(Job job, Job.Snapshot snapshot, JobQueue queue) {
        Double remaining = snapshot.state() == Job.JobState.QUEUED
                ? queue.estimateTimeToCompletion(job).map(JobView::toSeconds).orElse(null)
                : snapshot.remaining().map(JobView::toSeconds).orElse(null);
        return new JobView(
                job.id,
                "job",
                lowerCaseName(snapshot.state()),
                queue.position(job),
                snapshot.state() == Job.JobState.RUNNING ? lowerCaseName(snapshot.stage()) : null,
                snapshot.done(),
                snapshot.total(),
                remaining,
                snapshot.preview(),
                job.created.getEpochSecond(),
                result(job, snapshot.result()),
                snapshot.error() == null ? null : snapshot.error().body().error());
    }

    private static ResultView result(Job job, Job.Result result) {
        if (result == null) return null;
        var images = IntStream.range(0, result.pngFiles().size())
                .mapToObj(i -> new ResultView.ImageLink(
                        "/v1/jobs/" + job.id + "/pictures/" + i,
                        result.recipes().get(i)))
                .toList();
        return new ResultView(result.seed(), result.width(), result.height(), images, result.notices());
    }

    private static Double toSeconds(java.time.Duration duration) {
        return Math.round(duration.toMillis() / 100.0) / 10.0;
    }

    private static String lowerCaseName(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
