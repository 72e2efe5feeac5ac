package mige.tensor;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * Threads that share the pieces of a product. Who asks works too and takes pieces until none is left, so a busy machine on which the
 * others never get their turn delays nothing; nobody spins.
 */
final class Crew {

    private final ExecutorService helpers = Executors.newCachedThreadPool(work -> {
        Thread t = new Thread(work, "mige-crew");
        t.setDaemon(true);
        return t;
    });

    /** Does pieces 0 to n − 1 on up to {@code threads} threads, this one included, and returns when all are done. */
    void each(int n, int threads, IntConsumer piece) {
        AtomicInteger next = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(n);
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        Runnable take = () -> {
            for (int i = next.getAndIncrement(); i < n; i = next.getAndIncrement()) {
                try {
                    piece.accept(i);
                } catch (RuntimeException e) {
                    failure.compareAndSet(null, e);
                } finally {
                    left.countDown();
                }
            }
        };
        for (int i = 1; i < Math.min(n, threads); i++) helpers.execute(take);
        take.run();
        awaitAll(left);
        if (failure.get() != null) throw failure.get();
    }

    private static void awaitAll(CountDownLatch left) {
        boolean interrupted = false;
        while (left.getCount() > 0) {
            try {
                left.await();
            } catch (InterruptedException e) {
                interrupted = true;         // the pieces write into memory that must not be freed before they end
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
