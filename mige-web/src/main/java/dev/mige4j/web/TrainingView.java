package dev.mige4j.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * JSON representation of the training of a LoRA in the HTTP API.
 *
 * @param name of the LoRA, by which requests can use it after the training has succeeded
 * @param state running, succeeded, failed or cancelled
 * @param stage what is being done; only while running
 * @param progress part of the time that is over, 0 to 1
 * @param secondsRemaining estimated seconds until the training ends; absent if unknown
 * @param preview an image that the LoRA makes, as a data URL
 * @param created creation time in seconds since the epoch
 * @param notices remarks for the user after the end
 * @param error present if failed or cancelled
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record TrainingView(
        String id,
        String object,
        String name,
        String state,
        String stage,
        double progress,
        Double secondsRemaining,
        String preview,
        long created,
        List<String> notices,
        ApiException.ErrorBody.ErrorDetail error) {

    static TrainingView of(TrainingJob job) {
        TrainingJob.Snapshot snapshot = job.snapshot();
        return new TrainingView(
                job.id,
                "training",
                job.name,
                snapshot.state().jsonName(),
                snapshot.stage(),
                Math.round(1000 * snapshot.fraction()) / 1000.0,
                snapshot.remaining().map(JobView::toSeconds).orElse(null),
                snapshot.preview(),
                job.created.getEpochSecond(),
                snapshot.notices(),
                snapshot.error() == null ? null : snapshot.error().body().error());
    }
}
