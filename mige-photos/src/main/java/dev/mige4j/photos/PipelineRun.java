package dev.mige4j.photos;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * Runs a pipeline over many items on several threads. Each item is written when it is finished, and a finished item
 * whose files and settings are unchanged is taken as it is: a run that was interrupted, even killed, continues.
 *
 * @param <I> what becomes a sample
 */
public final class PipelineRun<I extends PhotoItem> {

    /**
     * What became of the items.
     *
     * @param items all of them
     * @param made those that were processed now; the others were finished before
     * @param kept those with a record
     * @param dropped numbers of the others by reason
     */
    public record Counts(int items, int made, int kept, SortedMap<String, Integer> dropped) {}

    private final ItemProcessor<I> processor;
    private final ItemFiles files;
    private final int threads;

    /** A run that writes to {@code files}. */
    public PipelineRun(ItemProcessor<I> processor, ItemFiles files, int threads) {
        this.processor = processor;
        this.files = files;
        this.threads = threads;
    }

    /**
     * Processes all items.
     *
     * @param listener receives the number of finished items; may cancel
     * @throws CancelledException when the listener cancelled
     */
    public Counts run(List<I> items, ProgressListener listener) {
        Progress progress = new Progress(items.size(), listener);
        AtomicInteger next = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable work = () -> {
            try {
                for (int i = next.getAndIncrement(); i < items.size(); i = next.getAndIncrement()) {
                    if (failure.get() != null) return;
                    process(items.get(i), progress);
                }
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        };
        List<Thread> workers = IntStream.range(0, Math.min(threads, items.size()))
                .mapToObj(i -> new Thread(work, "photos-" + i))
                .toList();
        workers.forEach(Thread::start);
        try {
            for (Thread worker : workers) worker.join();
        } catch (InterruptedException e) {
            failure.compareAndSet(null, new CancelledException("interrupted"));
            Thread.currentThread().interrupt();
        }
        if (failure.get() instanceof Error error) throw error;
        if (failure.get() instanceof RuntimeException exception) throw exception;
        return progress.counts();
    }

    private void process(I item, Progress progress) {
        ItemProcessor.LoadedItem<I> loaded = processor.load(item);
        Optional<ItemDecision> finished = files.read(ItemFiles.key(item.id()))
                .filter(decision -> decision.fingerprint().equals(loaded.fingerprint()) && files.hasImages(decision));
        ItemDecision decision =
                finished.orElseGet(() -> files.write(item, loaded.fingerprint(), processor.process(loaded)));
        progress.add(item.id(), decision, finished.isEmpty());
    }

    /** Counts finished items and reports them, one thread at a time. */
    private static final class Progress {

        private final int items;
        private final ProgressListener listener;
        private final SortedMap<String, Integer> dropped = new TreeMap<>();
        private int done, made, kept;

        Progress(int items, ProgressListener listener) {
            this.items = items;
            this.listener = listener;
        }

        synchronized void add(String id, ItemDecision decision, boolean madeNow) {
            done++;
            if (madeNow) made++;
            if (decision.result() instanceof StageResult.Dropped<ItemDecision.ItemRecord> drop)
                dropped.merge(drop.reason(), 1, Integer::sum);
            else kept++;
            if (!listener.onProgress(id, done, items) && done < items)
                throw new CancelledException(
                        "stopped after %d of %d items; run the same command to continue", done, items);
        }

        synchronized Counts counts() {
            return new Counts(items, made, kept, dropped);
        }
    }
}
