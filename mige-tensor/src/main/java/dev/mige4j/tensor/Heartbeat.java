package dev.mige4j.tensor;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ToLongBiFunction;

/**
 * Notices that a process of a group is gone although its connections were never closed, as when a machine loses power.
 *
 * <p>Every process increases a counter of its own in the store. The first process watches the counters of all others,
 * and the others watch that of the first, whose machine also has the store.
 */
final class Heartbeat implements AutoCloseable {

    /** How many beats fit into the time after which a process counts as lost. */
    private static final int BEATS = 20;

    private final int rank;
    private final Duration limit;
    private final ToLongBiFunction<Integer, Long> counters;
    private final AtomicLongArray lastSeen; // System.nanoTime, by rank
    private final Thread thread;

    /**
     * Starts to beat.
     *
     * @param rank of this process
     * @param size number of processes
     * @param limit the time without a beat after which a process counts as lost
     * @param counters adds a number to the counter of a rank and returns the sum; may block when a machine is lost
     */
    Heartbeat(int rank, int size, Duration limit, ToLongBiFunction<Integer, Long> counters) {
        this.rank = rank;
        this.limit = limit;
        this.counters = counters;
        lastSeen = new AtomicLongArray(rank == 0 ? size : 1);
        for (int r = 0; r < lastSeen.length(); r++) lastSeen.set(r, System.nanoTime());
        thread = new Thread(this::beat, "heartbeat");
        thread.setDaemon(true);
        thread.start();
    }

    private void beat() {
        long[] counts = new long[lastSeen.length()];
        try {
            while (true) {
                counters.applyAsLong(rank, 1L);
                for (int r = 0; r < counts.length; r++) {
                    long count = counters.applyAsLong(r, 0L);
                    if (count != counts[r]) lastSeen.set(r, System.nanoTime());
                    counts[r] = count;
                }
                Thread.sleep(limit.toMillis() / BEATS);
            }
        } catch (InterruptedException e) {
            // closed
        } catch (RuntimeException e) {
            // the connection to the store is lost: the first process is no longer seen
        }
    }

    /** The rank of a process that has not beaten within the limit, or -1. */
    int lostRank() {
        long now = System.nanoTime();
        for (int r = 0; r < lastSeen.length(); r++) if (now - lastSeen.get(r) > limit.toNanos()) return r;
        return -1;
    }

    /** Stops to beat. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(limit.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
