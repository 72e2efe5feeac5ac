package dev.mige4j.tensor;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * Threads for the chunks of a matrix product. The calling thread takes part until no chunk is left, so the work
 * completes even when a busy machine never schedules the others. Idle threads sleep instead of spinning.
 */
final class WorkerPool {

    private final ExecutorService executor = Executors.newCachedThreadPool(task -> {
        Thread t = new Thread(task, "mige-worker");
        t.setDaemon(true);
        return t;
    });

    /**
     * Runs {@code body} for the indices 0 to count − 1 on up to {@code threads} threads, including the calling one, and
     * waits for all of them. Rethrows the first exception.
     */
    void parallelFor(int count, int threads, IntConsumer body) {
        AtomicInteger nextIndex = new AtomicInteger();
        CountDownLatch remaining = new CountDownLatch(count);
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        Runnable worker = () -> {
            for (int i = nextIndex.getAndIncrement(); i < count; i = nextIndex.getAndIncrement()) {
                try {
                    body.accept(i);
                } catch (RuntimeException e) {
                    failure.compareAndSet(null, e);
                } finally {
                    remaining.countDown();
                }
            }
        };
        for (int i = 1; i < Math.min(count, threads); i++) executor.execute(worker);
        worker.run();
        awaitUninterruptibly(remaining);
        if (failure.get() != null) throw failure.get();
    }

    private static void awaitUninterruptibly(CountDownLatch remaining) {
        boolean interrupted = false;
        while (remaining.getCount() > 0) {
            try {
                remaining.await();
            } catch (InterruptedException e) {
                interrupted = true; // the chunks write into memory that must not be freed before they end
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
