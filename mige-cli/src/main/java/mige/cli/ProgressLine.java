package mige.cli;

import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import mige.image.Picture;
import mige.pipeline.Progress;
import mige.pipeline.Stage;

/**
 * Shows how a request goes on: one line that rewrites itself on a terminal, a plain line at each stage and quarter elsewhere,
 * nothing when quiet. Ends the request when the user pressed Ctrl-C.
 */
final class ProgressLine implements Progress {

    enum Style { TERMINAL, PLAIN, QUIET }

    private static final int WIDTH = 24;

    /** What fits where standard error goes; the launcher tells whether that is a terminal. */
    static Style style() {
        return Boolean.getBoolean("mige.terminal") ? Style.TERMINAL : Style.PLAIN;
    }

    /** The same for commands that print a line for each of many pictures: then only a live line is worth its place. */
    static Style liveOrQuiet() {
        return style() == Style.TERMINAL ? Style.TERMINAL : Style.QUIET;
    }

    private final PrintWriter err;
    private final Style style;
    private final LongSupplier nanoTime;
    private final String what;
    /** By stage, since the stages of several pictures alternate: when it began, and the last quarter that was told. */
    private final Map<Stage, Long> begun = new EnumMap<>(Stage.class);
    private final Map<Stage, Integer> quarter = new EnumMap<>(Stage.class);
    private boolean shown;

    /** @param what said before each line, such as {@code turn 2 of 3}; may be empty */
    ProgressLine(PrintWriter err, Style style, String what) {
        this(err, style, what, System::nanoTime);
    }

    ProgressLine(PrintWriter err, Style style, String what, LongSupplier nanoTime) {
        this.err = err;
        this.style = style;
        this.what = what.isEmpty() ? "" : what + ": ";
        this.nanoTime = nanoTime;
    }

    @Override
    public boolean step(Stage now, int done, int of, Supplier<Optional<Picture>> preview) {
        begun.putIfAbsent(now, nanoTime.getAsLong());
        switch (style) {
            case TERMINAL -> rewrite(now, done, of);
            case PLAIN -> plain(now, done, of);
            case QUIET -> { }
        }
        return !Stop.requested();
    }

    private void rewrite(Stage stage, int done, int of) {
        int full = of == 0 ? WIDTH : WIDTH * done / of;
        err.printf(Locale.ROOT, "\r\033[K%s%-9s [%s%s] %d/%d%s", what, word(stage), "#".repeat(full), ".".repeat(WIDTH - full), done, of, left(stage, done, of));
        err.flush();
        shown = true;
    }

    private void plain(Stage stage, int done, int of) {
        int at = of == 0 ? 4 : 4 * done / of;
        if (at == quarter.getOrDefault(stage, 0)) return;
        quarter.put(stage, at);
        err.printf(Locale.ROOT, "%s%s %d/%d%s%n", what, word(stage), done, of, left(stage, done, of));
        err.flush();
    }

    private static String word(Stage stage) {
        return stage.name().toLowerCase(Locale.ROOT);
    }

    private String left(Stage stage, int done, int of) {
        if (done == 0 || done == of) return "";
        double seconds = (nanoTime.getAsLong() - begun.get(stage)) / 1e9 * (of - done) / done;
        return ", " + duration(seconds) + " left";
    }

    static String duration(double seconds) {
        if (seconds < 9.95) return String.format(Locale.ROOT, "%.1f s", seconds);
        long s = Math.round(seconds);
        if (s < 120) return s + " s";
        if (s < 7200) return s / 60 + " min " + s % 60 + " s";
        return s / 3600 + " h " + s % 3600 / 60 + " min";
    }

    /** Takes the line away, so that what follows stands alone. */
    void end() {
        if (shown) err.print("\r\033[K");
        err.flush();
        shown = false;
    }
}
