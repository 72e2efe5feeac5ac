package dev.mige4j.eval.claims;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Reads the last held-out losses of trainings from their metrics. */
record HeldOutLosses(ClaimsFolder folder) {

    /** The losses of each task by variant, in the order of the runs; without runs whose metrics have none. */
    Map<ClaimTask, Map<ClaimVariant, List<Double>>> of(List<ClaimRun> runs) {
        Map<ClaimTask, Map<ClaimVariant, List<Double>>> losses = new EnumMap<>(ClaimTask.class);
        for (ClaimTask task : ClaimTask.values()) losses.put(task, new EnumMap<>(ClaimVariant.class));
        for (ClaimRun run : runs)
            last(folder.metrics(run)).forEach((task, loss) -> losses.get(task)
                    .computeIfAbsent(run.variant(), v -> new ArrayList<>())
                    .add(loss));
        return losses;
    }

    private static Map<ClaimTask, Double> last(Path metrics) {
        Map<ClaimTask, Double> losses = new EnumMap<>(ClaimTask.class);
        if (!Files.exists(metrics)) return losses;
        try {
            for (String line : Files.readAllLines(metrics)) {
                JsonNode step = Json.MAPPER.readTree(line);
                for (ClaimTask task : ClaimTask.values()) {
                    JsonNode loss = step.path("held_out_" + task.trainingTask());
                    if (loss.isNumber()) losses.put(task, loss.asDouble());
                }
            }
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not a file of metrics: %s", metrics, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", metrics, e.getMessage(), e);
        }
        return losses;
    }
}
