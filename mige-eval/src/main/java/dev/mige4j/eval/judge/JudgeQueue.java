package dev.mige4j.eval.judge;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Judges many items, a few at a time. The result of each is passed on as soon as it is there, so that a stopped run can
 * be continued.
 */
public final class JudgeQueue {

    /** After so many failures of the provider without a success between them, the rest is not tried. */
    private static final int MAX_FAILURES = 5;

    /** How often the listener is asked whether to go on while an answer is awaited. */
    private static final long POLL_MILLIS = 200;

    /** @param failure of the provider; null if it answered or was not asked */
    private record Judged<T>(T item, Map<Metric, MetricValue> metrics, boolean asked, String failure) {}

    private final ImageJudge judge;
    private final int concurrency;

    /** @param concurrency requests at a time, 1 or more */
    public JudgeQueue(ImageJudge judge, int concurrency) {
        if (concurrency < 1)
            throw new UsageException("The judge's concurrency is %d, expected 1 or more.", concurrency);
        this.judge = judge;
        this.concurrency = concurrency;
    }

    /** Identifies the judge, as {@link ImageJudge#provenance}. */
    public String provenance() {
        return judge.provenance();
    }

    /** All metrics of an item that was not judged. */
    public Map<Metric, MetricValue> missing(String reason) {
        return judge.missing(reason);
    }

    /**
     * Judges items. A failure of the provider, or an image that cannot be read, is a result with missing metrics.
     *
     * @param load reads the images of an item; called by several threads
     * @param record receives each item with its metrics, one call at a time, in the order in which they finish
     * @return false when the listener cancelled; requests that were under way are abandoned
     * @throws UsageException when the provider refuses the key or the model, or fails {@value #MAX_FAILURES} times in a
     *     row
     */
    public <T> boolean run(
            List<T> items,
            Function<T, JudgeItem> load,
            BiConsumer<T, Map<Metric, MetricValue>> record,
            ProgressListener listener) {
        ExecutorService threads = Executors.newFixedThreadPool(concurrency);
        try {
            CompletionService<Judged<T>> running = new ExecutorCompletionService<>(threads);
            Iterator<T> pending = items.iterator();
            int failures = 0;
            for (int done = 0, started = 0; done < items.size(); done++) {
                for (; started < items.size() && started < done + concurrency; started++) {
                    T item = pending.next();
                    running.submit(() -> judge(item, load));
                }
                Future<Judged<T>> finished = null;
                while (finished == null) {
                    if (!listener.onProgress("judge", done, items.size())) return false;
                    finished = running.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
                }
                Judged<T> judged = finished.get();
                record.accept(judged.item, judged.metrics);
                if (judged.asked) failures = judged.failure == null ? 0 : failures + 1;
                if (failures == MAX_FAILURES)
                    throw new UsageException(
                            "The judge %s, %d times in a row. Scores so far are kept; run the same command again to go"
                                    + " on.",
                            judged.failure, failures);
            }
            listener.onProgress("judge", items.size(), items.size());
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            if (e.getCause() instanceof Error cause) throw cause;
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("The judging was interrupted.");
        } finally {
            threads.shutdownNow();
        }
    }

    private <T> Judged<T> judge(T item, Function<T, JudgeItem> load) {
        JudgeItem loaded;
        try {
            loaded = load.apply(item);
        } catch (UsageException e) {
            return new Judged<>(item, judge.missing(e.getMessage()), false, null);
        }
        try {
            return new Judged<>(item, judge.judge(loaded), true, null);
        } catch (JudgeUnavailableException e) {
            return new Judged<>(item, judge.missing("the judge " + e.getMessage()), true, e.getMessage());
        }
    }
}
