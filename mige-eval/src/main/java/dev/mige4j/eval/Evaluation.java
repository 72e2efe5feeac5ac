package dev.mige4j.eval;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.Part;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates models on a {@link Benchmark} and writes the reports.
 *
 * <p>Files in the output folder: {@code outputs/MODEL/NAME.png} with {@code outputs.jsonl} beside them, and
 * {@code scores.jsonl} (a line per output), from which a stopped evaluation resumes; {@code evaluation.json}, which
 * says what was evaluated; and the reports {@code table.txt}, {@code summary.json} and {@code index.html}.
 */
public final class Evaluation {

    private Evaluation() {}

    /**
     * Generates and scores what is not in the output folder yet, then writes the reports.
     *
     * @param listener called before each sample is generated, and before each batch is scored; when it cancels, also
     *     within a request, the reports cover the samples scored so far
     * @throws dev.mige4j.common.UsageException when two rows have the same name, a file cannot be read or written, or
     *     the output folder has another evaluation
     */
    @SuppressWarnings("try") // the lock is held, not used
    public static EvaluationResult run(Benchmark benchmark, EvaluationPlan plan, ProgressListener listener) {
        Path folder = plan.outputFolder();
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(folder, e);
        }
        try (FolderLock lock = FolderLock.acquire(folder, "evaluation")) {
            return runLocked(benchmark, plan, listener);
        }
    }

    private static EvaluationResult runLocked(Benchmark benchmark, EvaluationPlan plan, ProgressListener listener) {
        Path folder = plan.outputFolder();
        EvaluationRunner runner = new EvaluationRunner(benchmark, plan);
        Map<String, String> metadata = metadata(benchmark, plan);
        EvaluationManifest manifest = runner.manifest(metadata);
        manifest.requireSame(folder);
        manifest.write(folder);
        boolean completed = runner.run(listener);
        List<SampleLog.Shown> samples = runner.reportSamples();
        if (!plan.part().equals(Part.ALL)) SampleLog.write(folder, samples);
        if (completed) manifest.asCompleted().write(folder);
        return EvaluationReports.write(
                folder,
                new EvaluationReports.Content(
                        benchmark, metadata, manifest.rowNames(), manifest.modelCount(), runner.currentScores()),
                samples,
                completed);
    }

    private static Map<String, String> metadata(Benchmark benchmark, EvaluationPlan plan) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (ModelUnderTest model : plan.models()) metadata.put("model " + model.name(), model.provenance());
        plan.images().forEach((name, folder) -> metadata.put("images " + name, folder.toString()));
        metadata.putAll(benchmark.metadata());
        if (!plan.models().isEmpty()) {
            metadata.put("seed", String.valueOf(plan.seed()));
            metadata.put("measured files", plan.encodingName());
        }
        metadata.putAll(plan.metricModels().metadata(benchmark));
        if (!plan.part().equals(Part.ALL)) metadata.put("part", plan.part().toString());
        metadata.put(
                "machine",
                Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch"));
        metadata.put("date", LocalDate.now(ZoneOffset.UTC).toString());
        return metadata;
    }
}
