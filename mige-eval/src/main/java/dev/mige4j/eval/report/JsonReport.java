package dev.mige4j.eval.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.eval.benchmark.ProtocolNote;
import dev.mige4j.eval.benchmark.PublishedValue;
import java.util.Locale;

/** The summary as JSON: the content of {@code summary.json}. */
public final class JsonReport {

    private JsonReport() {}

    /** Renders a summary; samples without a value are listed by reason, all of them. */
    public static String render(Summary summary) {
        ObjectNode root = Json.MAPPER.createObjectNode().put("benchmark", summary.title());
        summary.metadata().forEach(root.putObject("metadata")::put);
        writeTargets(root.putArray("targets"), summary);
        writeGroups(root.putArray("groups"), summary);
        if (summary.publication().isPresent()) writePublication(root, summary.publication());
        return Json.writePretty(root);
    }

    private static void writeTargets(ArrayNode targetsNode, Summary summary) {
        for (TargetResult result : summary.targetResults()) {
            ObjectNode targetNode = targetsNode
                    .addObject()
                    .put("model", result.row())
                    .put("target", result.target().description())
                    .put("threshold", result.target().threshold())
                    .put("higher_is_better", result.target().metric().higherIsBetter());
            result.estimate().ifPresent(e -> writeEstimate(targetNode, e));
            targetNode.put("status", result.status());
        }
    }

    private static void writeGroups(ArrayNode groupsNode, Summary summary) {
        for (Summary.Group group : summary.groups()) {
            ObjectNode groupNode = groupsNode
                    .addObject()
                    .put("suite", group.suite().label())
                    .put("group_by", group.grouping().name().toLowerCase(Locale.ROOT))
                    .put("name", group.name())
                    .put("samples", group.sampleCount());
            ObjectNode rowsNode = groupNode.putObject("rows");
            group.meansByRow().forEach((row, means) -> {
                ObjectNode rowNode = rowsNode.putObject(row);
                means.forEach((metric, mean) -> writeMean(rowNode.putObject(metric.key()), mean));
            });
        }
    }

    private static void writeMean(ObjectNode node, MetricMean mean) {
        mean.estimate().ifPresentOrElse(e -> writeEstimate(node, e), () -> node.put("samples", 0));
        if (mean.missing().isEmpty()) return;
        ObjectNode missingNode = node.putObject("missing");
        mean.missing().forEach((reason, samples) -> samples.forEach(missingNode.putArray(reason)::add));
    }

    /** JSON has no infinity: infinite values are omitted. */
    private static void writeEstimate(ObjectNode node, BootstrapEstimate e) {
        if (Double.isFinite(e.value())) node.put("value", e.value());
        if (Double.isFinite(e.low())) node.put("low", e.low());
        if (Double.isFinite(e.high())) node.put("high", e.high());
        node.put("samples", e.sampleCount());
    }

    private static void writePublication(ObjectNode root, Summary.Publication publication) {
        ArrayNode valuesNode = root.putArray("paper");
        for (PublishedValue value : publication.values())
            valuesNode
                    .addObject()
                    .put("name", value.suite())
                    .put("metric", value.metric().key())
                    .put("value", value.printed())
                    .put("source", value.source());
        ArrayNode notesNode = root.putArray("protocol");
        for (ProtocolNote note : publication.notes())
            notesNode
                    .addObject()
                    .put("section", note.section())
                    .put("text", note.text())
                    .put("open", note.open());
    }
}
