package dev.mige4j.eval.claims;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.report.BootstrapEstimate;
import java.util.Arrays;

/** The results as JSON. */
final class ClaimsJson {

    private ClaimsJson() {}

    static String render(ClaimsSummary summary) {
        ObjectNode root = Json.MAPPER.createObjectNode();
        ObjectNode tasks = root.putObject("tasks");
        summary.tasks().forEach((task, rows) -> {
            ObjectNode ofTask = tasks.putObject(task.title());
            for (ClaimsSummary.Row row : rows) {
                ObjectNode metrics = ofTask.putObject(row.name());
                row.means().forEach((metric, estimate) -> {
                    ObjectNode value = putEstimate(metrics, metric, estimate);
                    addAll(value.putArray("by_seed"), row.bySeed().get(metric));
                });
            }
        });
        ArrayNode claims = root.putArray("claims");
        for (ClaimsSummary.ClaimResult result : summary.claims()) {
            ObjectNode claim = claims.addObject();
            claim.put("claim", result.claim().statement());
            claim.put("verdict", result.verdict().label());
            ArrayNode comparisons = claim.putArray("comparisons");
            for (ClaimsSummary.ComparisonResult each : result.comparisons()) {
                ObjectNode comparison = comparisons.addObject();
                comparison.put("task", each.comparison().task().title());
                comparison.put("treatment", each.comparison().treatment().label());
                comparison.put("control", each.comparison().controlLabel());
                ObjectNode metrics = comparison.putObject("improvements");
                for (ClaimsSummary.Difference difference : each.differences()) {
                    ObjectNode value = putEstimate(metrics, difference.metric(), difference.improvement());
                    addAll(value.putArray("by_seed"), difference.bySeed());
                    value.put("verdict", difference.verdict().label());
                }
            }
        }
        return Json.writePretty(root);
    }

    private static ObjectNode putEstimate(ObjectNode parent, Metric metric, BootstrapEstimate estimate) {
        ObjectNode value = parent.putObject(metric.key());
        value.put("mean", estimate.value());
        value.put("low", estimate.low());
        value.put("high", estimate.high());
        return value;
    }

    private static void addAll(ArrayNode array, double... values) {
        Arrays.stream(values).forEach(array::add);
    }
}
