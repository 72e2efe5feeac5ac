package dev.mige4j.cli;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.http.DownloadClient;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;

/**
 * Progress of work that is counted in bytes or steps, and of the pauses of a download, on a {@link ProgressLine}.
 * Cancels the work after Ctrl-C.
 */
final class TransferProgressBar implements ProgressListener, DownloadClient.WaitListener {

    /** The unit of the numbers of {@link #onProgress}. */
    enum Unit {
        BYTES,
        STEPS
    }

    private final ProgressLine line;
    private final Unit unit;
    private final RemainingTime remainingTime = new RemainingTime();
    private String lastFailure = "";

    TransferProgressBar(PrintWriter err, boolean quiet) {
        this(err, quiet, Unit.BYTES);
    }

    TransferProgressBar(PrintWriter err, boolean quiet, Unit unit) {
        this.line = new ProgressLine(err, quiet);
        this.unit = unit;
    }

    @Override
    public boolean onProgress(String label, long done, long total) {
        String amount =
                format(done, total) + (total > 0 ? (unit == Unit.BYTES ? " of " : "/") + format(total, total) : "");
        line.show(label + ": " + amount + remainingTime.format(done, total));
        return !CancelFlag.isCancelled();
    }

    @Override
    public boolean onWait(URI url, String reason, Duration remaining) {
        String failure = url.getHost() + ": " + reason,
                text = failure + "; next attempt in " + (remaining.toMillis() + 999) / 1000 + " s";
        if (failure.equals(lastFailure)) line.show(text);
        else line.showNow(text);
        lastFailure = failure;
        return !CancelFlag.isCancelled();
    }

    @Override
    public boolean isCancelled() {
        return CancelFlag.isCancelled();
    }

    /** Erases the line. */
    void clear() {
        line.clear();
    }

    private String format(long count, long total) {
        return unit == Unit.BYTES ? formatBytes(count, total) : Long.toString(count);
    }

    /** In the unit of the total, so that the two can be compared. */
    private static String formatBytes(long bytes, long total) {
        if (total >= 10_000_000_000L) return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
        return String.format(Locale.ROOT, bytes < 10_000_000 ? "%.1f MB" : "%.0f MB", bytes / 1e6);
    }
}
