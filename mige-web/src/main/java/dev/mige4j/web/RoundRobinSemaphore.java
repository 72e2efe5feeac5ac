package dev.mige4j.web;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * A semaphore whose waiting clients take turns: one permit each, then those that have more requests waiting again. So a
 * client with many requests delays another one by a single permit.
 */
final class RoundRobinSemaphore {

    private static final long CANCELLATION_POLL_NANOS = 100_000_000;

    private final int maxWaiting;
    private int permits;
    /** Requests that wait, in order, by client; the first client is next. */
    private final Map<String, Deque<Object>> waiting = new LinkedHashMap<>();

    /** @param maxWaiting so many requests of one client may wait */
    RoundRobinSemaphore(int permits, int maxWaiting) {
        this.permits = permits;
        this.maxWaiting = maxWaiting;
    }

    /**
     * Waits for a permit.
     *
     * @return false if the time has passed, {@code cancelled} is true, or too many requests of the client wait already
     */
    synchronized boolean tryAcquire(String client, Duration timeout, BooleanSupplier cancelled)
            throws InterruptedException {
        Deque<Object> requests = waiting.computeIfAbsent(client, name -> new ArrayDeque<>());
        if (requests.size() >= maxWaiting) return false;
        Object request = new Object();
        requests.add(request);
        boolean acquired = false;
        try {
            long deadline = System.nanoTime() + timeout.toNanos();
            while (permits == 0 || !isNext(request)) {
                long remaining = deadline - System.nanoTime();
                if (remaining <= 0 || cancelled.getAsBoolean()) return false;
                wait(1 + Math.min(remaining, CANCELLATION_POLL_NANOS) / 1_000_000);
            }
            permits--;
            acquired = true;
            return true;
        } finally {
            requests.remove(request);
            if (acquired || requests.isEmpty()) waiting.remove(client);
            if (acquired && !requests.isEmpty()) waiting.put(client, requests); // behind the others
            notifyAll();
        }
    }

    private boolean isNext(Object request) {
        return waiting.values().iterator().next().peek() == request;
    }

    synchronized void release() {
        permits++;
        notifyAll();
    }
}
