package dev.mige4j.eval;

import dev.mige4j.common.Prefetcher;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.Comparison;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The second phase of an evaluation: scores the outputs of all rows that the score log does not have yet.
 *
 * <p>Outputs are scored in batches. While one is embedded, the images of the next are read on other threads.
 */
final class Scoring {

    /** Outputs of a batch; all turns of a sample are in the same. */
    private static final int BATCH_SIZE = 32;

    private final List<? extends BenchmarkSample> samples;
    private final List<EvaluationRow> rows;
    private final ScoreLog scoreLog;
    private final String settings;
    private final ComparisonReader reader;
    private final ComparisonScorer scorer;

    /** @param settings what the scores depend on besides the outputs */
    Scoring(
            List<? extends BenchmarkSample> samples,
            List<EvaluationRow> rows,
            ScoreLog scoreLog,
            MetricModels models,
            String settings) {
        this.samples = samples;
        this.rows = rows;
        this.scoreLog = scoreLog;
        this.settings = settings + models.provenance();
        reader = new ComparisonReader(models);
        scorer = new ComparisonScorer(models, reader);
    }

    /** A sample with the rows that lack its scores. */
    private record PendingSample(BenchmarkSample sample, List<EvaluationRow> rows) {
        int outputCount() {
            return rows.size() * sample.turnCount();
        }
    }

    /** An output with everything that needs no embedding. */
    private record LoadedOutput(
            BenchmarkSample sample,
            int index,
            BenchmarkTurn turn,
            EvaluationRow row,
            RowOutput output,
            Optional<Image> previous,
            ComparisonItem item) {}

    /** Returns false when the listener cancelled. */
    boolean run(ProgressListener listener) {
        List<PendingSample> pending = new ArrayList<>();
        for (BenchmarkSample sample : samples) {
            List<EvaluationRow> pendingRows = pendingRows(sample);
            if (!pendingRows.isEmpty()) pending.add(new PendingSample(sample, pendingRows));
        }
        AtomicInteger done = new AtomicInteger();
        int finished = samples.size() - pending.size();
        return Prefetcher.<PendingSample, List<LoadedOutput>>forEachBatch(
                pending, PendingSample::outputCount, BATCH_SIZE, this::read, batch -> {
                    String id = pending.get(done.get()).sample.id();
                    if (!listener.onProgress("score " + id, finished + done.get(), samples.size())) return false;
                    score(batch.stream().flatMap(List::stream).toList());
                    done.addAndGet(batch.size());
                    return true;
                });
    }

    private List<LoadedOutput> read(PendingSample pending) {
        BenchmarkSample sample = pending.sample;
        Map<String, Image> previousOutputs = new HashMap<>();
        List<LoadedOutput> outputs = new ArrayList<>();
        for (int index = 0; index < sample.turnCount(); index++) {
            BenchmarkTurn turn = sample.turn(index);
            for (EvaluationRow row : pending.rows) {
                Optional<Image> previous = Optional.ofNullable(previousOutputs.get(row.name()));
                RowOutput output = row.output(sample, index, turn, previous);
                output.image().ifPresent(image -> previousOutputs.put(row.name(), image));
                if (turn.isScored())
                    outputs.add(new LoadedOutput(
                            sample, index, turn, row, output, previous, reader.read(output, turn.comparisons())));
            }
        }
        return outputs;
    }

    private void score(List<LoadedOutput> batch) {
        scorer.score(batch.stream().map(LoadedOutput::item).toList());
        scoreLog.add(batch.stream().map(this::score).toList());
    }

    private Score score(LoadedOutput loaded) {
        Map<Metric, MetricValue> metrics = new EnumMap<>(Metric.class);
        metrics.putAll(loaded.item.values);
        loaded.output.image().ifPresent(image -> metrics.putAll(loaded.turn.measure(image, loaded.previous)));
        loaded.output.seconds().ifPresent(seconds -> metrics.put(Metric.SECONDS, MetricValue.of(seconds)));
        return new Score(
                loaded.row.name(),
                provenance(loaded.row),
                loaded.row.fileHash(loaded.sample, loaded.index),
                loaded.sample.id(),
                loaded.index,
                loaded.sample.suite().label(),
                loaded.turn.kind(),
                loaded.turn.split(),
                metrics);
    }

    /** What the scores of a row depend on. */
    String provenance(EvaluationRow row) {
        return row.provenance() + "; " + settings;
    }

    private List<EvaluationRow> pendingRows(BenchmarkSample sample) {
        return rows.stream()
                .filter(row -> row.supports(sample.suite()) && isPending(sample, row))
                .toList();
    }

    /** Whether the last turn lacks a score, or a metric of it, for lack of a file that may be there now. */
    private boolean isPending(BenchmarkSample sample, EvaluationRow row) {
        int last = sample.turnCount() - 1;
        Optional<Score> score = find(sample, last, row);
        if (score.isEmpty()) return true;
        Set<Metric> missing = EnumSet.noneOf(Metric.class);
        score.get().metrics().forEach((metric, value) -> {
            if (!value.isPresent()) missing.add(metric);
        });
        missing.remove(Metric.CLIP_DIRECTION); // has no value where nothing changed
        if (missing.isEmpty()) return false;
        boolean hasFile = !row.fileHash(sample, last).isEmpty();
        for (Comparison comparison : sample.turn(last).comparisons())
            if (comparison instanceof Comparison.NotApplicable || (!hasFile && needsCrop(comparison)))
                missing.remove(comparison.metric());
        return !missing.isEmpty();
    }

    /** Crops appear beside the file of an output; for those of a baseline, which has none, there is no other try. */
    private static boolean needsCrop(Comparison comparison) {
        return comparison instanceof Comparison.WithImages with && with.entity().isPresent();
    }

    private Optional<Score> find(BenchmarkSample sample, int turn, EvaluationRow row) {
        return scoreLog.find(row.name(), provenance(row), row.fileHash(sample, turn), sample.id(), turn);
    }

    /** The scores of this evaluation, in the order of the samples; the log may hold others. */
    List<Score> scores() {
        List<Score> scores = new ArrayList<>();
        for (BenchmarkSample sample : samples)
            for (EvaluationRow row : rows)
                for (int turn = 0; turn < sample.turnCount(); turn++)
                    find(sample, turn, row).ifPresent(scores::add);
        return scores;
    }
}
