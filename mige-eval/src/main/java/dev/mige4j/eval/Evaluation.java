package dev.mige4j.eval;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.report.HtmlReport;
import dev.mige4j.eval.report.JsonReport;
import dev.mige4j.eval.report.Summary;
import dev.mige4j.eval.report.TextReport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates models on a {@link Benchmark} and writes the reports.
 *
 * <p>Files in the output folder: {@code scores.jsonl} (a line per output, from which a stopped evaluation resumes),
 * {@code outputs/MODEL/SAMPLE.png}, and the reports {@code table.txt}, {@code summary.json} and {@code index.html}.
 */
public final class Evaluation {

    private Evaluation() {}

    /**
     * Scores all samples that are not in {@code scores.jsonl} yet, then writes the reports.
     *
     * @param listener called with the id of each sample before it is processed; when it cancels, the reports cover the
     *     samples scored so far
     * @throws dev.mige4j.common.UsageException when two rows have the same name, or a file cannot be read or written
     */
    public static EvaluationResult run(Benchmark benchmark, EvaluationPlan plan, ProgressListener listener) {
        EvaluationRunner runner = new EvaluationRunner(benchmark, plan);
        List<String> names = runner.rows().stream().map(EvaluationRow::name).toList();
        boolean completed = runner.run(listener);
        Summary summary =
                Summary.of(benchmark, metadata(benchmark, plan), names, runner.modelCount(), runner.currentScores());
        String table = TextReport.render(summary);
        Path htmlFile = plan.outputFolder().resolve("index.html"),
                jsonFile = plan.outputFolder().resolve("summary.json");
        AtomicFile.write(htmlFile, HtmlReport.render(summary, runner.reportSamples()));
        AtomicFile.write(jsonFile, JsonReport.render(summary));
        AtomicFile.write(plan.outputFolder().resolve("table.txt"), table);
        return new EvaluationResult(completed, summary, table, htmlFile, jsonFile);
    }

    private static Map<String, String> metadata(Benchmark benchmark, EvaluationPlan plan) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (ModelUnderTest model : plan.models()) metadata.put("model " + model.name(), model.provenance());
        metadata.putAll(benchmark.metadata());
        metadata.put("seed", String.valueOf(plan.seed()));
        metadata.put(
                "machine",
                Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch"));
        return metadata;
    }
}
