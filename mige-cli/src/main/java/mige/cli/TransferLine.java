package mige.cli;

import java.io.PrintWriter;
import java.util.Locale;
import mige.data.Steps;
import mige.weights.Transfer;

/** Shows how long work goes on that is counted in bytes or pieces: a live line on a terminal, a line each tenth elsewhere. */
final class TransferLine implements Transfer, Steps {

    private final PrintWriter err;
    private final ProgressLine.Style style;
    private final long begun = System.nanoTime();
    private long atBegin = -1;
    private String last = "";

    TransferLine(PrintWriter err, boolean quiet) {
        this.err = err;
        this.style = quiet ? ProgressLine.Style.QUIET : ProgressLine.style();
    }

    @Override
    public boolean at(String what, long done, long of) {
        if (atBegin < 0) atBegin = done;
        show(what, of > 0 ? (double) done / of : 0, done - atBegin, of - done, megabytes(done) + (of > 0 ? " of " + megabytes(of) : ""));
        return !Stop.requested();
    }

    @Override
    public boolean step(String what, int done, int of) {
        if (atBegin < 0) atBegin = done;
        show(what, of > 0 ? (double) done / of : 0, done - atBegin, of - done, done + "/" + of);
        return !Stop.requested();
    }

    private void show(String what, double part, long done, long left, String amount) {
        if (style == ProgressLine.Style.QUIET) return;
        String step = style == ProgressLine.Style.TERMINAL ? what + amount : what + (int) (part * 10);
        if (step.equals(last)) return;
        last = step;
        double seconds = (System.nanoTime() - begun) / 1e9;
        String time = done > 0 && left > 0 && seconds > 1 ? ", " + ProgressLine.duration(seconds * left / done) + " left" : "";
        if (style == ProgressLine.Style.TERMINAL) err.print("\r\033[K" + what + ": " + amount + time);
        else err.println(what + ": " + amount + time);
        err.flush();
    }

    /** Takes the live line away. */
    void end() {
        if (style == ProgressLine.Style.TERMINAL) err.print("\r\033[K");
        err.flush();
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, bytes < 10_000_000 ? "%.1f MB" : "%.0f MB", bytes / 1e6);
    }
}
