package dev.mige4j.eval.claims;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.train.HeldOutLoss;
import dev.mige4j.train.TrainRunner;
import dev.mige4j.train.initialization.PretrainedInitialization;
import dev.mige4j.train.logging.TrainingListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The held-out losses of trained variants as scores of {@link Metric#HELD_OUT_LOSS}. They tell variants apart long
 * before their images do.
 *
 * @param corpus folder of the corpus' assets
 */
record HeldOutScores(ClaimsFolder folder, Path corpus) {

    /** Draws of noise and time for each example. */
    static final int DRAWS = 4;

    /** The scores of a run on the tasks that it is evaluated on; computed once and kept in a file. */
    List<Score> of(ClaimRun run, TrainingListener listener) {
        Path file = folder.heldOutLosses(run);
        if (!Files.exists(file)) AtomicFile.write(file, Json.writePretty(compute(run, listener)));
        List<Score> scores = new ArrayList<>();
        for (HeldOutLoss loss : read(file))
            for (ClaimTask task : ClaimTask.values())
                if (task.trainingTask().equals(loss.task())
                        && run.variant().supports(task.suites().get(0)))
                    scores.add(new Score(
                            run.name(),
                            "held-out loss",
                            "held-out-" + loss.example(),
                            0,
                            task.suites().get(0).label(),
                            loss.task(),
                            "held out",
                            Map.of(Metric.HELD_OUT_LOSS, loss.loss())));
        return scores;
    }

    private List<HeldOutLoss> compute(ClaimRun run, TrainingListener listener) {
        return TrainRunner.heldOutLosses(
                new TrainRunner.Paths(folder.run(run), folder.config(run), corpus),
                new PretrainedInitialization("model", ClaimsFolder.FROZEN, ClaimsFolder.FROZEN),
                DRAWS,
                listener);
    }

    private static HeldOutLoss[] read(Path file) {
        try {
            HeldOutLoss[] losses = Json.MAPPER.readValue(Json.readText(file), HeldOutLoss[].class);
            if (Arrays.stream(losses).allMatch(Objects::nonNull)) return losses;
            throw new UsageException("%s holds no held-out losses; delete it, and they are computed again.", file);
        } catch (JsonProcessingException e) {
            throw new UsageException(
                    "%s holds no held-out losses; delete it, and they are computed again: %s",
                    file, e.getOriginalMessage(), e);
        }
    }
}
