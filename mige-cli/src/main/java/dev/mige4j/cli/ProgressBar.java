package dev.mige4j.cli;

import dev.mige4j.pipeline.GenerationListener;
import dev.mige4j.pipeline.GenerationProgress;
import java.io.PrintWriter;
import java.util.Locale;

/** Progress of a request on a {@link ProgressLine}, with the time left. Cancels the request after Ctrl-C. */
final class ProgressBar implements GenerationListener {

    private static final int BAR_WIDTH = 24;

    private final ProgressLine line;
    private final String label;

    /** @param label prefix of the line, such as {@code turn 2 of 3}; may be empty */
    ProgressBar(PrintWriter err, boolean quiet, String label) {
        this(new ProgressLine(err, quiet), label);
    }

    ProgressBar(ProgressLine line, String label) {
        this.line = line;
        this.label = label.isEmpty() ? "" : label + ": ";
    }

    @Override
    public boolean onProgress(GenerationProgress progress) {
        int filled = (int) (BAR_WIDTH * progress.fraction());
        String bar = " [" + "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled) + "]";
        line.show(String.format(
                Locale.ROOT,
                "%s%s %d/%d,%s %.0f %%%s",
                label,
                progress.stage().label(),
                progress.done(),
                progress.total(),
                line.isOnTerminal() ? bar : "",
                100 * progress.fraction(),
                progress.remaining().map(RemainingTime::format).orElse("")));
        return !CancelFlag.isCancelled();
    }

    /** Erases the line. */
    void clear() {
        line.clear();
    }

    /** A measured duration, such as {@code 2 min 5 s}. */
    static String formatDuration(double seconds) {
        if (seconds < 9.95) return String.format(Locale.ROOT, "%.1f s", seconds);
        long roundedSeconds = Math.round(seconds);
        if (roundedSeconds < 120) return roundedSeconds + " s";
        if (roundedSeconds < 7200) return roundedSeconds / 60 + " min " + roundedSeconds % 60 + " s";
        return roundedSeconds / 3600 + " h " + roundedSeconds % 3600 / 60 + " min";
    }
}
