package dev.mige4j.eval;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.judge.JudgeItem;
import dev.mige4j.eval.judge.JudgeQueue;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The third phase of an evaluation, if there is a judge: asks it about the outputs of models and of other programs, but
 * not about baselines. Its scores are lines of their own in the score log, so that neither they nor those of the other
 * metrics are computed again when the others change. What the judge failed to answer is asked again by the next run.
 */
final class Judging {

    private final List<? extends BenchmarkSample> samples;
    private final List<EvaluationRow> rows;
    private final ScoreLog scoreLog;
    private final JudgeQueue judge;

    Judging(List<? extends BenchmarkSample> samples, List<EvaluationRow> rows, ScoreLog scoreLog, JudgeQueue judge) {
        this.samples = samples;
        this.rows = rows;
        this.scoreLog = scoreLog;
        this.judge = judge;
    }

    private record PendingOutput(BenchmarkSample sample, int turn, EvaluationRow row) {}

    /** Returns false when the listener cancelled. */
    boolean run(ProgressListener listener) {
        List<PendingOutput> pending = new ArrayList<>();
        for (BenchmarkSample sample : samples)
            for (EvaluationRow row : rows)
                for (int turn = 0; turn < sample.turnCount(); turn++)
                    if (isPending(sample, turn, row)) pending.add(new PendingOutput(sample, turn, row));
        return judge.run(pending, Judging::load, this::record, listener);
    }

    private boolean isPending(BenchmarkSample sample, int turn, EvaluationRow row) {
        if (!row.supports(sample.suite()) || !sample.turn(turn).isScored()) return false;
        return find(sample.id(), turn, row, row.fileHash(sample, turn))
                .filter(score -> score.metrics().values().stream().anyMatch(MetricValue::isPresent))
                .isEmpty();
    }

    private static JudgeItem load(PendingOutput pending) {
        BenchmarkTurn turn = pending.sample.turn(pending.turn);
        Optional<Image> previous = pending.turn == 0
                ? Optional.empty()
                : pending.row
                        .output(
                                pending.sample,
                                pending.turn - 1,
                                pending.sample.turn(pending.turn - 1),
                                Optional.empty())
                        .image();
        RowOutput output = pending.row.output(pending.sample, pending.turn, turn, previous);
        return JudgeItem.of(
                turn.task(previous),
                turn.kind(),
                output.image().orElseThrow(() -> new UsageException("%s", output.reason())));
    }

    private void record(PendingOutput pending, Map<Metric, MetricValue> metrics) {
        BenchmarkTurn turn = pending.sample.turn(pending.turn);
        scoreLog.add(List.of(new Score(
                pending.row.name(),
                provenance(pending.row),
                pending.row.fileHash(pending.sample, pending.turn),
                pending.sample.id(),
                pending.turn,
                pending.sample.suite().label(),
                turn.kind(),
                turn.split(),
                metrics)));
    }

    /** What the judge's scores depend on besides the outputs. */
    String provenance(EvaluationRow row) {
        return row.provenance() + "; " + judge.provenance();
    }

    private Optional<Score> find(String sample, int turn, EvaluationRow row, String output) {
        return scoreLog.find(row.name(), provenance(row), output, sample, turn);
    }

    /** The scores with what the judge says of the same outputs. */
    List<Score> addTo(List<Score> scores) {
        return scores.stream().map(this::addTo).toList();
    }

    private Score addTo(Score score) {
        Optional<EvaluationRow> row =
                rows.stream().filter(r -> r.name().equals(score.row())).findFirst();
        if (row.isEmpty()) return score;
        return score.with(find(score.sample(), score.turn(), row.get(), score.output())
                .map(Score::metrics)
                .orElseGet(() -> judge.missing("the judge was not asked")));
    }
}
