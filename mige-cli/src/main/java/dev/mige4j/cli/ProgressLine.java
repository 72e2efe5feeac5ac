package dev.mige4j.cli;

import java.io.PrintWriter;
import java.util.function.LongSupplier;

/**
 * A line on standard error that shows how far long work has come: redrawn in place on a terminal; elsewhere printed
 * after two seconds and then every 15; nothing when quiet.
 */
final class ProgressLine {

    enum Style {
        TERMINAL,
        PLAIN,
        QUIET
    }

    private static final long REDRAW_NANOS = 100_000_000L, FIRST_NANOS = 2_000_000_000L, NEXT_NANOS = 15_000_000_000L;

    private final PrintWriter err;
    private final Style style;
    private final LongSupplier nanoTime;
    private long dueNanos;
    private boolean drawn;

    ProgressLine(PrintWriter err, boolean quiet) {
        this(err, quiet ? Style.QUIET : detectStyle(), System::nanoTime);
    }

    ProgressLine(PrintWriter err, Style style, LongSupplier nanoTime) {
        this.err = err;
        this.style = style;
        this.nanoTime = nanoTime;
        this.dueNanos = nanoTime.getAsLong() + (style == Style.PLAIN ? FIRST_NANOS : 0);
    }

    /** The style for standard error; the launcher passes whether it is a terminal. */
    private static Style detectStyle() {
        return Boolean.getBoolean("mige.terminal") ? Style.TERMINAL : Style.PLAIN;
    }

    /** Shows {@code text} unless the line was shown a moment ago. */
    void show(String text) {
        if (nanoTime.getAsLong() - dueNanos >= 0) showNow(text);
    }

    /** Shows {@code text} even if the line was shown a moment ago. */
    void showNow(String text) {
        if (style == Style.QUIET) return;
        if (style == Style.TERMINAL) err.print("\r\033[K" + text);
        else err.println(text);
        err.flush();
        drawn = style == Style.TERMINAL;
        dueNanos = nanoTime.getAsLong() + (style == Style.TERMINAL ? REDRAW_NANOS : NEXT_NANOS);
    }

    /** Whether the line stands on a terminal, where it may contain a bar. */
    boolean isOnTerminal() {
        return style == Style.TERMINAL;
    }

    /** Erases the line. */
    void clear() {
        if (drawn) err.print("\r\033[K");
        err.flush();
        drawn = false;
    }
}
