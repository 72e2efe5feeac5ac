package dev.mige4j.eval;

import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.report.Summary;
import java.nio.file.Path;
import java.util.List;

/**
 * The result of an evaluation.
 *
 * @param completed false when it was cancelled; the summary then covers the samples that were scored
 * @param table the summary as plain text
 * @param htmlFile the HTML report
 * @param jsonFile the summary as JSON
 * @param scores of all rows
 */
public record EvaluationResult(
        boolean completed, Summary summary, String table, Path htmlFile, Path jsonFile, List<Score> scores) {

    public EvaluationResult {
        scores = List.copyOf(scores);
    }
}
