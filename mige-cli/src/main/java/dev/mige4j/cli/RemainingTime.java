package dev.mige4j.cli;

import java.time.Duration;

/** Estimates the time left of long work from the speed since the first report of its count. */
final class RemainingTime {

    private long startNanos, firstDone, lastDone, total = Long.MIN_VALUE;

    /**
     * The time left as {@link #format(Duration)}; empty in the first second, when the total is unknown, and at the end.
     * A new total, or a smaller {@code done}, is a new count.
     */
    String format(long done, long newTotal) {
        long now = System.nanoTime();
        if (newTotal != total || done < lastDone) {
            total = newTotal;
            startNanos = now;
            firstDone = done; // resumed work starts anywhere
        }
        lastDone = done;
        double elapsed = (now - startNanos) / 1e9;
        if (done == firstDone || done >= total || elapsed < 1) return "";
        return format(Duration.ofMillis(Math.round(1000 * elapsed / (done - firstDone) * (total - done))));
    }

    /** An estimate, no more precise than it is accurate, such as {@code ", about 3 min left"}; empty at the end. */
    static String format(Duration remaining) {
        long seconds = (remaining.toMillis() + 999) / 1000;
        if (seconds == 0) return "";
        if (seconds < 10) return ", " + seconds + " s left";
        if (seconds < 100) return ", about " + (seconds + 2) / 5 * 5 + " s left";
        long minutes = (seconds + 30) / 60;
        if (minutes < 100) return ", about " + minutes + " min left";
        return ", about " + minutes / 60 + " h " + minutes % 60 / 10 * 10 + " min left";
    }
}
