package dev.mige4j.cli;

import dev.mige4j.common.DownloadClient;
import dev.mige4j.common.ProgressListener;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;

/**
 * Progress of work that is counted in bytes or steps, and of the pauses of a download: a live line on a terminal, one
 * line per 10 % or per pause elsewhere.
 */
final class TransferProgressBar implements ProgressListener, DownloadClient.WaitListener {

    /** The unit of the numbers of {@link #onProgress}. */
    enum Unit {
        BYTES,
        STEPS
    }

    private final PrintWriter err;
    private final ProgressBar.Style style;
    private final Unit unit;
    private final RemainingTime remainingTime = new RemainingTime();
    private String lastPrinted = "";

    TransferProgressBar(PrintWriter err, boolean quiet) {
        this(err, quiet, Unit.BYTES);
    }

    TransferProgressBar(PrintWriter err, boolean quiet, Unit unit) {
        this.err = err;
        this.unit = unit;
        this.style = quiet ? ProgressBar.Style.QUIET : ProgressBar.detectStyle();
    }

    @Override
    public boolean onProgress(String label, long done, long total) {
        String amount = format(done) + (total > 0 ? (unit == Unit.BYTES ? " of " : "/") + format(total) : "");
        print(label, total > 0 ? (double) done / total : 0, amount, remainingTime.format(done, total));
        return !CancelFlag.isCancelled();
    }

    @Override
    public boolean onWait(URI url, String reason, Duration remaining) {
        String failure = url.getHost() + ": " + reason,
                line = failure + "; next attempt in " + (remaining.toSeconds() + 1) + " s";
        if (style == ProgressBar.Style.TERMINAL) err.print("\r\033[K" + line);
        if (style == ProgressBar.Style.PLAIN && !failure.equals(lastPrinted)) err.println(line);
        lastPrinted = failure;
        err.flush();
        return !CancelFlag.isCancelled();
    }

    private void print(String label, double fraction, String amount, String timeLeft) {
        if (style == ProgressBar.Style.QUIET) return;
        String state = style == ProgressBar.Style.TERMINAL ? label + amount : label + (int) (fraction * 10);
        if (state.equals(lastPrinted)) return;
        lastPrinted = state;
        if (style == ProgressBar.Style.TERMINAL) err.print("\r\033[K" + label + ": " + amount + timeLeft);
        else err.println(label + ": " + amount + timeLeft);
        err.flush();
    }

    /** Erases the line. */
    void clear() {
        if (style == ProgressBar.Style.TERMINAL) err.print("\r\033[K");
        err.flush();
    }

    private String format(long count) {
        return unit == Unit.BYTES ? formatMegabytes(count) : Long.toString(count);
    }

    private static String formatMegabytes(long bytes) {
        return String.format(Locale.ROOT, bytes < 10_000_000 ? "%.1f MB" : "%.0f MB", bytes / 1e6);
    }
}
