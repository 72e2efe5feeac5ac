package dev.mige4j.cli;

/** Estimates the time left of long work from the speed since the first report of its count. */
final class RemainingTime {

    private long startNanos, firstDone, lastDone, total = Long.MIN_VALUE;

    /**
     * The time left as {@code ", 12 s left"}; empty in the first second, when the total is unknown, and at the end. A
     * new total, or a smaller {@code done}, is a new count.
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
        return ", " + ProgressBar.formatDuration(elapsed / (done - firstDone) * (total - done)) + " left";
    }
}
