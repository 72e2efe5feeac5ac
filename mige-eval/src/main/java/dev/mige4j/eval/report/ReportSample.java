package dev.mige4j.eval.report;

import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

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
        Instruction instruction,
        Optional<Image> target,
        Map<String, Image> outputs,
        Map<String, Score> scores) {

    /** The text between the image placeholders; one element more than there are images. */
    public List<String> instructionParts() {
        return List.of(instruction.text().split(Instruction.IMAGE_PLACEHOLDER, -1));
    }

    /** A mark for success or failure; empty when success was not measured. */
    public String successMark(String row) {
        OptionalDouble success =
                scores.containsKey(row) ? scores.get(row).number(Metric.SUCCESS) : OptionalDouble.empty();
        if (success.isEmpty()) return "";
        return success.getAsDouble() == 1 ? " ✓" : " ✗";
    }
}
