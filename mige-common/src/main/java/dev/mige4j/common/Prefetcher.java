package dev.mige4j.common;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * Reads items in batches: while one batch is processed, the next is read by other threads. No item of a batch is read
 * before all of the batch before it have been.
 */
public final class Prefetcher {

    private Prefetcher() {}

    /**
     * Reads all items and passes them on in batches, in order, on this thread. No reader is running when it returns.
     *
     * @param size of an item; a batch has as many items as are needed for {@code batchSize}
     * @param reader called by as many threads as there are processors; what it throws is thrown here
     * @param processor receives a batch; returns false to stop
     * @return false if the processor stopped
     * @throws CancelledException when this thread is interrupted
     */
    public static <T, R> boolean forEachBatch(
            List<T> items,
            ToIntFunction<? super T> size,
            int batchSize,
            Function<? super T, ? extends R> reader,
            Predicate<List<R>> processor) {
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), task -> {
                    Thread thread = new Thread(task, "mige-prefetch");
                    thread.setDaemon(true);
                    return thread;
                });
        try {
            List<Future<R>> reading = readBatch(threads, items, 0, size, batchSize, reader);
            for (int read = reading.size(); !reading.isEmpty(); read += reading.size()) {
                List<R> batch = reading.stream().map(Prefetcher::await).toList();
                reading = readBatch(threads, items, read, size, batchSize, reader);
                if (!processor.test(batch)) return false;
            }
            return true;
        } finally {
            threads.shutdownNow();
            awaitTermination(threads);
        }
    }

    /** Waits for the items that are being read: the caller may close what the reader uses. */
    private static void awaitTermination(ExecutorService threads) {
        boolean interrupted = false;
        for (boolean terminated = false; !terminated; ) {
            try {
                terminated = threads.awaitTermination(1, TimeUnit.HOURS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private static <T, R> List<Future<R>> readBatch(
            ExecutorService threads,
            List<T> items,
            int from,
            ToIntFunction<? super T> size,
            int batchSize,
            Function<? super T, ? extends R> reader) {
        List<Future<R>> batch = new ArrayList<>();
        for (int i = from, total = 0; i < items.size() && total < batchSize; i++) {
            T item = items.get(i);
            batch.add(threads.submit(() -> reader.apply(item)));
            total += size.applyAsInt(item);
        }
        return batch;
    }

    private static <R> R await(Future<R> item) {
        try {
            return item.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("The reading was interrupted.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            if (e.getCause() instanceof Error cause) throw cause;
            throw new CompletionException(e.getCause());
        }
    }
}
