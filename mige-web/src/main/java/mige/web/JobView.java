package mige.web;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import mige.pipeline.Recipe;

/**
 * What a client sees of a job.
 *
 * @param position    how many wait before it
 * @param secondsLeft when it will be done, as far as that is known
 * @param preview     a small rough picture as a data URL, while it is made
 */
@JsonNaming(SnakeCaseStrategy.class)
record JobView(String id, String object, String state, int position, String stage, int step, int of, Double secondsLeft, String preview,
               long created, Result result, ApiException.Body.Detail error) {

    @JsonNaming(SnakeCaseStrategy.class)
    record Result(long seed, int width, int height, List<Shown> pictures, List<String> notices) {
        record Shown(String url, Recipe recipe) {}
    }

    static JobView of(Job job, Job.Now now, Jobs jobs) {
        Double left = now.state() == Job.State.QUEUED ? jobs.expected(job).map(JobView::seconds).orElse(null) : now.left().map(JobView::seconds).orElse(null);
        return new JobView(job.id, "job", name(now.state()), jobs.position(job), now.state() == Job.State.RUNNING ? name(now.stage()) : null, now.done(), now.of(),
                left, now.preview(), job.created.getEpochSecond(), result(job, now.result()), now.failure() == null ? null : now.failure().body().error());
    }

    private static Result result(Job job, Job.Result result) {
        if (result == null) return null;
        var pictures = IntStream.range(0, result.files().size()).mapToObj(i -> new Result.Shown("/v1/jobs/" + job.id + "/pictures/" + i, result.recipes().get(i))).toList();
        return new Result(result.seed(), result.width(), result.height(), pictures, result.notices());
    }

    private static Double seconds(java.time.Duration time) {
        return Math.round(time.toMillis() / 100.0) / 10.0;
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
