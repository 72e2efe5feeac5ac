package dev.mige4j.eval;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.OutputCache.CachedOutput;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.eval.report.ReportSample;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Generates and scores the outputs of all rows, sample by sample; skips those in the score log. */
final class EvaluationRunner {

    private final Benchmark benchmark;
    private final EvaluationPlan plan;
    private final List<ModelUnderTest> rows;
    private final ScoreLog scoreLog;
    private final OutputCache outputCache;

    EvaluationRunner(Benchmark benchmark, EvaluationPlan plan) {
        this.benchmark = benchmark;
        this.plan = plan;
        rows = new ArrayList<>(plan.models());
        rows.addAll(benchmark.baselines());
        List<String> names = rows.stream().map(ModelUnderTest::name).toList();
        if (new HashSet<>(names).size() < names.size())
            throw new UsageException("The names of models and baselines are not unique: %s.", names);
        try {
            Files.createDirectories(plan.outputFolder());
        } catch (IOException e) {
            throw AtomicFile.writeFailed(plan.outputFolder(), e);
        }
        scoreLog = ScoreLog.open(plan.outputFolder().resolve("scores.jsonl"));
        outputCache = new OutputCache(plan.outputFolder().resolve("outputs"));
    }

    /** The models, then the baselines. */
    List<ModelUnderTest> rows() {
        return rows;
    }

    /** Processes the samples that lack a score; returns false when the listener cancelled. */
    boolean run(ProgressListener listener) {
        List<? extends BenchmarkSample> samples = benchmark.samples();
        List<BenchmarkSample> pending = new ArrayList<>();
        for (BenchmarkSample sample : samples)
            if (rows.stream().anyMatch(row -> needsScore(sample, row))) pending.add(sample);
        int done = samples.size() - pending.size();
        if (!pending.isEmpty()) warmUp(pending.get(0));
        for (BenchmarkSample sample : pending) {
            if (!listener.onProgress(sample.id(), done, samples.size())) return false;
            evaluate(sample);
            done++;
        }
        listener.onProgress("report", done, samples.size());
        return true;
    }

    /** The first request of a model is slow: it reads weights and compiles code. It is not timed. */
    private void warmUp(BenchmarkSample sample) {
        Task task = sample.turn(0).task(Optional.empty());
        for (ModelUnderTest model : plan.models())
            if (needsScore(sample, model)) model.generate(task, Optional.empty(), plan.seed());
    }

    private boolean needsScore(BenchmarkSample sample, ModelUnderTest row) {
        return row.supports(sample.suite())
                && !scoreLog.has(row.name(), scoreProvenance(row), sample.id(), sample.turnCount() - 1);
    }

    private String outputProvenance(ModelUnderTest row) {
        return row.provenance() + "; " + benchmark.inputSettings() + "; seed " + plan.seed();
    }

    private String scoreProvenance(ModelUnderTest row) {
        return outputProvenance(row) + "; " + benchmark.scoringSettings();
    }

    private void evaluate(BenchmarkSample sample) {
        List<ModelUnderTest> pendingRows =
                rows.stream().filter(row -> needsScore(sample, row)).toList();
        Map<String, Image> previousOutputs = new HashMap<>();
        List<Score> newScores = new ArrayList<>();
        for (int index = 0; index < sample.turnCount(); index++) {
            BenchmarkTurn turn = sample.turn(index);
            for (ModelUnderTest row : pendingRows) {
                Optional<Image> previous = Optional.ofNullable(previousOutputs.get(row.name()));
                Task task = turn.task(previous);
                CachedOutput output = generate(row, sample, index, turn.target(), task);
                previousOutputs.put(row.name(), output.image());
                Map<Metric, MetricValue> metrics = new EnumMap<>(Metric.class);
                metrics.putAll(turn.measure(output.image(), previous));
                if (Double.isFinite(output.seconds())) metrics.put(Metric.SECONDS, MetricValue.of(output.seconds()));
                newScores.add(new Score(
                        row.name(),
                        scoreProvenance(row),
                        "",
                        sample.id(),
                        index,
                        sample.suite().label(),
                        turn.kind(),
                        turn.split(),
                        metrics));
            }
        }
        scoreLog.add(newScores);
    }

    /** The output of a row, as large as the target. Outputs of models are saved; only they have a time. */
    private CachedOutput generate(
            ModelUnderTest row, BenchmarkSample sample, int turn, Optional<Image> target, Task task) {
        if (!row.isModel())
            return new CachedOutput(resizeTo(row.generate(task, target, seed(sample)), target), Double.NaN);
        Optional<CachedOutput> cached = outputCache.find(row.name(), outputProvenance(row), sample.id(), turn);
        if (cached.isPresent()) return cached.get();
        long start = System.nanoTime();
        Image image = row.generate(task, target, seed(sample));
        CachedOutput output = new CachedOutput(resizeTo(image, target), (System.nanoTime() - start) / 1e9);
        outputCache.put(row.name(), outputProvenance(row), sample.id(), turn, output);
        return output;
    }

    private static Image resizeTo(Image image, Optional<Image> target) {
        return target.filter(t -> t.width() != image.width() || t.height() != image.height())
                .map(t -> Resampling.BICUBIC.resize(image, t.width(), t.height()))
                .orElse(image);
    }

    private long seed(BenchmarkSample sample) {
        return plan.seed() + (sample.id().hashCode() & 0xffffffffL);
    }

    /** The scores that belong to this evaluation; the log may hold others. */
    List<Score> currentScores() {
        Set<String> sampleIds = new HashSet<>(), provenances = new HashSet<>();
        for (BenchmarkSample sample : benchmark.samples()) sampleIds.add(sample.id());
        for (ModelUnderTest row : rows) provenances.add(row.name() + "\n" + scoreProvenance(row));
        return scoreLog.all().stream()
                .filter(s -> sampleIds.contains(s.sample()) && provenances.contains(s.row() + "\n" + s.provenance()))
                .toList();
    }

    /** The first samples of each suite, as far as the first model has scores for them. */
    List<ReportSample> reportSamples() {
        List<ReportSample> reportSamples = new ArrayList<>();
        Map<String, Integer> countBySuite = new HashMap<>();
        List<Score> scores = currentScores();
        for (BenchmarkSample sample : benchmark.samples()) {
            if (needsScore(sample, plan.models().get(0))
                    || countBySuite.merge(sample.suite().label(), 1, Integer::sum) > plan.reportSamplesPerSuite())
                continue;
            for (int index = 0; index < sample.turnCount(); index++)
                reportSamples.add(reportSample(sample, index, scores));
        }
        return reportSamples;
    }

    private ReportSample reportSample(BenchmarkSample sample, int index, List<Score> scores) {
        BenchmarkTurn turn = sample.turn(index);
        Map<String, Image> outputs = new LinkedHashMap<>();
        for (ModelUnderTest model : plan.models())
            outputCache
                    .find(model.name(), outputProvenance(model), sample.id(), index)
                    .ifPresent(output -> outputs.put(model.name(), output.image()));
        Map<String, Score> scoresByRow = new HashMap<>();
        for (Score score : scores)
            if (score.sample().equals(sample.id()) && score.turn() == index) scoresByRow.put(score.row(), score);
        return new ReportSample(
                sample.id() + (sample.turnCount() > 1 ? ", turn " + (index + 1) : ""),
                sample.suite(),
                turn.kind(),
                turn.split(),
                turn.task(Optional.empty()),
                turn.target(),
                outputs,
                scoresByRow);
    }
}
