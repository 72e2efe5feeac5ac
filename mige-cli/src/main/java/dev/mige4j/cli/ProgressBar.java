package dev.mige4j.cli;

import dev.mige4j.image.Image;
import dev.mige4j.pipeline.GenerationListener;
import dev.mige4j.pipeline.Stage;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Progress of a request with the time left: one line that is redrawn on a terminal, a plain line per stage and quarter
 * elsewhere, nothing when quiet. Cancels the request after Ctrl-C.
 */
final class ProgressBar implements GenerationListener {

    enum Style {
        TERMINAL,
        PLAIN,
        QUIET
    }

    private static final int BAR_WIDTH = 24;

    /** Chooses the style for standard error; the launcher passes whether it is a terminal. */
    static Style detectStyle() {
        return Boolean.getBoolean("mige.terminal") ? Style.TERMINAL : Style.PLAIN;
    }

    /** The style of commands that print one line per image anyway. */
    static Style terminalOrQuiet() {
        return detectStyle() == Style.TERMINAL ? Style.TERMINAL : Style.QUIET;
    }

    private final PrintWriter err;
    private final Style style;
    private final LongSupplier nanoTime;
    private final String label;
    /** Start time by stage, since the stages of several images alternate. */
    private final Map<Stage, Long> startNanosByStage = new EnumMap<>(Stage.class);

    private final Map<Stage, Integer> lastQuarterByStage = new EnumMap<>(Stage.class);
    private boolean drawn;

    /** @param label prefix of each line, such as {@code turn 2 of 3}; may be empty */
    ProgressBar(PrintWriter err, Style style, String label) {
        this(err, style, label, System::nanoTime);
    }

    ProgressBar(PrintWriter err, Style style, String label, LongSupplier nanoTime) {
        this.err = err;
        this.style = style;
        this.label = label.isEmpty() ? "" : label + ": ";
        this.nanoTime = nanoTime;
    }

    @Override
    public boolean onProgress(Stage stage, int done, int total, Supplier<Optional<Image>> preview) {
        startNanosByStage.putIfAbsent(stage, nanoTime.getAsLong());
        switch (style) {
            case TERMINAL -> redraw(stage, done, total);
            case PLAIN -> printQuarterly(stage, done, total);
            case QUIET -> {}
        }
        return !CancelFlag.isCancelled();
    }

    private void redraw(Stage stage, int done, int total) {
        int filled = total == 0 ? BAR_WIDTH : BAR_WIDTH * done / total;
        err.printf(
                Locale.ROOT,
                "\r\033[K%s%-9s [%s%s] %d/%d%s",
                label,
                stageName(stage),
                "#".repeat(filled),
                ".".repeat(BAR_WIDTH - filled),
                done,
                total,
                eta(stage, done, total));
        err.flush();
        drawn = true;
    }

    private void printQuarterly(Stage stage, int done, int total) {
        int quarter = total == 0 ? 4 : 4 * done / total;
        if (quarter == lastQuarterByStage.getOrDefault(stage, 0)) return;
        lastQuarterByStage.put(stage, quarter);
        err.printf(Locale.ROOT, "%s%s %d/%d%s%n", label, stageName(stage), done, total, eta(stage, done, total));
        err.flush();
    }

    private static String stageName(Stage stage) {
        return stage.name().toLowerCase(Locale.ROOT);
    }

    private String eta(Stage stage, int done, int total) {
        if (done == 0 || done == total) return "";
        double seconds = (nanoTime.getAsLong() - startNanosByStage.get(stage)) / 1e9 * (total - done) / done;
        return ", " + formatDuration(seconds) + " left";
    }

    static String formatDuration(double seconds) {
        if (seconds < 9.95) return String.format(Locale.ROOT, "%.1f s", seconds);
        long roundedSeconds = Math.round(seconds);
        if (roundedSeconds < 120) return roundedSeconds + " s";
        if (roundedSeconds < 7200) return roundedSeconds / 60 + " min " + roundedSeconds % 60 + " s";
        return roundedSeconds / 3600 + " h " + roundedSeconds % 3600 / 60 + " min";
    }

    /** Erases the line. */
    void clear() {
        if (drawn) err.print("\r\033[K");
        err.flush();
        drawn = false;
    }
}
