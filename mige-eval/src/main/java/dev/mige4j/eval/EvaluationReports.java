package dev.mige4j.eval;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.report.HtmlReport;
import dev.mige4j.eval.report.JsonReport;
import dev.mige4j.eval.report.Summary;
import dev.mige4j.eval.report.TextReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes the reports of an evaluation: {@code table.txt}, {@code summary.json} and {@code index.html}. */
final class EvaluationReports {

    private EvaluationReports() {}

    /**
     * What the reports are about.
     *
     * @param metadata facts for the head of the reports
     * @param modelCount number of {@code rows} that are models
     */
    record Content(
            Benchmark benchmark, Map<String, String> metadata, List<String> rows, int modelCount, List<Score> scores) {}

    /** @param completed whether all samples are scored */
    static EvaluationResult write(Path folder, Content content, List<SampleLog.Shown> samples, boolean completed) {
        Summary summary =
                Summary.of(content.benchmark, content.metadata, content.rows, content.modelCount, content.scores);
        String table = TextReport.render(summary);
        Path htmlFile = folder.resolve("index.html"), jsonFile = folder.resolve("summary.json");
        AtomicFile.write(
                htmlFile,
                HtmlReport.render(
                        summary, samples.stream().map(SampleLog.Shown::sample).toList()));
        AtomicFile.write(jsonFile, JsonReport.render(summary));
        AtomicFile.write(folder.resolve("table.txt"), table);
        return new EvaluationResult(completed, summary, table, htmlFile, jsonFile, content.scores);
    }
}
