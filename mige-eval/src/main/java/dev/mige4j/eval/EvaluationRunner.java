package dev.mige4j.eval;

import dev.mige4j.common.Part;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.report.ReportSample;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Runs the phases of an evaluation: generates the outputs of the models, scores those of all rows, and asks the judge
 * about those of models and other programs if there is one.
 */
final class EvaluationRunner {

    private final Benchmark benchmark;
    private final EvaluationPlan plan;
    private final List<? extends BenchmarkSample> samples;
    private final List<GeneratedRow> generated = new ArrayList<>();
    private final List<ImageFolderRow> imageFolders = new ArrayList<>();
    private final List<EvaluationRow> rows = new ArrayList<>();
    private final Scoring scoring;
    private final Optional<Judging> judging;

    EvaluationRunner(Benchmark benchmark, EvaluationPlan plan) {
        this.benchmark = benchmark;
        this.plan = plan;
        if (benchmark.samples().isEmpty())
            throw new UsageException(
                    "%s has no items to evaluate; check the data and what is selected.", benchmark.name());
        samples = samplesOf(plan.part(), benchmark.samples());
        for (ModelUnderTest model : plan.models())
            generated.add(new GeneratedRow(
                    model, outputFolder(model.name()), plan.encoding(), plan.seed(), outputProvenance(model)));
        plan.images()
                .forEach((name, folder) ->
                        imageFolders.add(new ImageFolderRow(name, folder, "images; " + benchmark.inputSettings())));
        rows.addAll(generated);
        rows.addAll(imageFolders);
        benchmark
                .publishedOutputs()
                .forEach((name, images) ->
                        rows.add(new EvaluationRow.OfData(name, images, "published; " + benchmark.inputSettings())));
        if (rows.isEmpty()) throw new UsageException("There is no model to evaluate.");
        List<EvaluationRow> models = List.copyOf(rows);
        for (ModelUnderTest baseline : benchmark.baselines())
            rows.add(new EvaluationRow.OfBaseline(baseline, baseline.provenance() + inputProvenance()));
        List<String> names = rows.stream().map(EvaluationRow::name).toList();
        if (new HashSet<>(names).size() < names.size())
            throw new UsageException("The names of models and baselines are not unique: %s.", names);
        List<Path> folders =
                plan.models().stream().map(model -> outputFolder(model.name())).toList();
        if (new HashSet<>(folders).size() < folders.size())
            throw new UsageException("The names of models differ only in characters that no folder has: %s.", names);
        for (ImageFolderRow folder : imageFolders) folder.requireAny(samples);
        plan.images().values().forEach(benchmark::checkImages);
        ScoreLog scoreLog = ScoreLog.open(plan.outputFolder().resolve("scores.jsonl"));
        scoring = new Scoring(samples, rows, scoreLog, plan.metricModels(), benchmark.scoringSettings());
        judging = plan.metricModels().judge().map(judge -> new Judging(samples, models, scoreLog, judge));
    }

    /** The samples of a part, in order; samples of one item stay together. */
    static List<BenchmarkSample> samplesOf(Part part, List<? extends BenchmarkSample> samples) {
        Map<String, Integer> positions = new HashMap<>();
        List<BenchmarkSample> selected = new ArrayList<>();
        for (BenchmarkSample sample : samples)
            if (part.contains(positions.computeIfAbsent(sample.item(), item -> positions.size()))) selected.add(sample);
        return selected;
    }

    private Path outputFolder(String row) {
        return plan.outputFolder().resolve("outputs").resolve(row.replaceAll("[^A-Za-z0-9._-]|^\\.+$", "_"));
    }

    private String inputProvenance() {
        return "; " + benchmark.inputSettings() + "; seed " + plan.seed();
    }

    private String outputProvenance(ModelUnderTest model) {
        return model.provenance()
                + inputProvenance()
                + (plan.encoding().equals(ImageEncoding.PNG) ? "" : "; " + plan.encodingName());
    }

    /** What this evaluation is, before it is complete. */
    EvaluationManifest manifest(Map<String, String> metadata) {
        return new EvaluationManifest(
                EvaluationManifest.Description.of(benchmark, metadata),
                benchmark.samples().stream().map(BenchmarkSample::id).toList(),
                benchmark.inputSettings(),
                plan.seed(),
                rows.stream().map(this::manifestRow).toList(),
                plan.part(),
                samples.stream().map(BenchmarkSample::id).toList(),
                false,
                plan.reportSamplesPerSuite());
    }

    private EvaluationManifest.Row manifestRow(EvaluationRow row) {
        boolean baseline = row instanceof EvaluationRow.OfBaseline;
        String judge =
                baseline ? null : judging.map(phase -> phase.provenance(row)).orElse(null);
        return new EvaluationManifest.Row(row.name(), scoring.provenance(row), judge, baseline);
    }

    /** Generates and scores what is not there yet; returns false when the listener cancelled. */
    boolean run(ProgressListener listener) {
        if (!generate(listener) || !scoring.run(listener)) return false;
        if (judging.isPresent() && !judging.get().run(listener)) return false;
        listener.onProgress("report", samples.size(), samples.size());
        return true;
    }

    private boolean generate(ProgressListener listener) {
        List<BenchmarkSample> pending = new ArrayList<>();
        for (BenchmarkSample sample : samples)
            if (generated.stream().anyMatch(row -> row.needs(sample))) pending.add(sample);
        if (pending.isEmpty()) return true;
        if (benchmark.warmsUp()) warmUp(pending.get(0));
        int done = samples.size() - pending.size();
        boolean timed = benchmark.warmsUp();
        for (BenchmarkSample sample : pending) {
            int finished = done;
            String label = "generate " + sample.id();
            if (!listener.onProgress(label, finished, samples.size())) return false;
            for (GeneratedRow row : generated)
                if (row.needs(sample)
                        && !row.generate(sample, timed, () -> !listener.onProgress(label, finished, samples.size())))
                    return false;
            done++;
            timed = true;
        }
        return true;
    }

    /** The first request of a model is slow: it reads weights and compiles code. It is not timed. */
    private void warmUp(BenchmarkSample sample) {
        var task = sample.turn(0).task(Optional.empty());
        for (int i = 0; i < generated.size(); i++)
            if (generated.get(i).needs(sample)) plan.models().get(i).generate(task, Optional.empty(), plan.seed());
    }

    /** The scores that belong to this evaluation; the log may hold others. */
    List<Score> currentScores() {
        List<Score> scores = scoring.scores();
        return judging.map(phase -> phase.addTo(scores)).orElse(scores);
    }

    /** The first samples of each suite, as far as the first model has scores for them. */
    List<SampleLog.Shown> reportSamples() {
        List<SampleLog.Shown> shown = new ArrayList<>();
        Map<String, Integer> countBySuite = new HashMap<>();
        List<Score> scores = currentScores();
        Set<String> scored = scores.stream()
                .filter(score -> score.row().equals(rows.get(0).name()))
                .map(Score::sample)
                .collect(Collectors.toSet());
        for (BenchmarkSample sample : samples) {
            if (!scored.contains(sample.id())
                    || countBySuite.merge(sample.suite().label(), 1, Integer::sum) > plan.reportSamplesPerSuite())
                continue;
            for (int index = 0; index < sample.turnCount(); index++) {
                BenchmarkTurn turn = sample.turn(index);
                if (!turn.isScored()) continue;
                try {
                    shown.add(new SampleLog.Shown(sample.id(), index, reportSample(sample, index, turn, scores)));
                } catch (UsageException e) {
                    // an image of the benchmark is missing, which the score says
                }
            }
        }
        return shown;
    }

    private ReportSample reportSample(BenchmarkSample sample, int index, BenchmarkTurn turn, List<Score> scores) {
        Map<String, Image> outputs = new LinkedHashMap<>();
        for (EvaluationRow row : rows)
            if (!(row instanceof EvaluationRow.OfBaseline))
                row.output(sample, index, turn, Optional.empty())
                        .image()
                        .ifPresent(image -> outputs.put(row.name(), image));
        return new ReportSample(
                sample.id() + (sample.turnCount() > 1 ? ", turn " + (index + 1) : ""),
                sample.suite(),
                turn.kind(),
                turn.split(),
                turn.task(Optional.empty()),
                turn.target(),
                outputs,
                SampleLog.byRow(scores, sample.id(), index));
    }
}
