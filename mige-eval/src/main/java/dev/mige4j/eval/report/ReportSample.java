package dev.mige4j.eval.report;

import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Task;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One turn of a sample as the HTML report shows it.
 *
 * @param label id of the sample, with the turn where there are several
 * @param target the expected image
 * @param outputs images by model
 * @param scores scores by row
 */
public record ReportSample(
        String label,
        BenchmarkSuite suite,
        String kind,
        String split,
        Task task,
        Optional<Image> target,
        Map<String, Image> outputs,
        Map<String, Score> scores) {

    /** The text between the image placeholders; one element more than there are images. */
    List<String> instructionParts() {
        return List.of(task.instruction().text().split(Instruction.IMAGE_PLACEHOLDER, -1));
    }

    /** The id, the kind and the split, as far as they say something that the id does not. */
    String description() {
        return Stream.concat(Stream.of(label), Stream.of(kind, split).filter(part -> !label.endsWith(part)))
                .collect(Collectors.joining(" · "));
    }

    /** The source, and the images of the instruction by their numbers. */
    Map<String, Image> inputs() {
        Map<String, Image> inputs = new LinkedHashMap<>();
        List<Image> images = task.instruction().images();
        Optional<Image> source = task.source();
        source.filter(image -> !images.contains(image)).ifPresent(image -> inputs.put("source", image));
        for (int i = 0; i < images.size(); i++)
            inputs.put(i + 1 + (source.filter(images.get(i)::equals).isPresent() ? ", source" : ""), images.get(i));
        return inputs;
    }

    /** The models that have a score. */
    List<String> measuredRows() {
        return outputs.keySet().stream().filter(scores::containsKey).toList();
    }

    /** The metrics that apply to a model's output. */
    List<Metric> metrics() {
        return Arrays.stream(Metric.values())
                .filter(metric -> measuredRows().stream().map(scores::get).anyMatch(score -> score.metrics()
                        .containsKey(metric)))
                .toList();
    }

    /** The value of a metric, or the reason why there is none. */
    String value(String row, Metric metric) {
        MetricValue value = scores.get(row).metrics().get(metric);
        if (value == null) return "–";
        return value.isPresent() ? metric.format(value.number()) : value.reason();
    }

    /** A mark for success or failure; empty when success was not measured. */
    String successMark(String row) {
        OptionalDouble success =
                scores.containsKey(row) ? scores.get(row).number(Metric.SUCCESS) : OptionalDouble.empty();
        if (success.isEmpty()) return "";
        return success.getAsDouble() == 1 ? " ✓" : " ✗";
    }
}
