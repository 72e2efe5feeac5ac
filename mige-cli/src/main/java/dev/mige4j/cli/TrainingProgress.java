package dev.mige4j.cli;

import dev.mige4j.train.logging.TrainingListener;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Prints a line for each report of a training: steps done, time left, metrics. Cancels on Ctrl-C. */
final class TrainingProgress implements TrainingListener {

    private final PrintWriter out;
    private Map<String, Double> metrics = Map.of();
    private String item = "";
    private long startNanos, firstDone;

    TrainingProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void onMetrics(long step, Map<String, Double> latest) {
        metrics = latest;
    }

    @Override
    public boolean onProgress(String currentItem, long done, long total) {
        String left = "";
        if (currentItem.equals(item) && done > firstDone) {
            double secondsPerUnit = (System.nanoTime() - startNanos) / 1e9 / (done - firstDone);
            left = ", " + ProgressBar.formatDuration((double) Math.round(secondsPerUnit * (total - done))) + " left";
        } else { // the first report: a resumed training starts anywhere
            item = currentItem;
            startNanos = System.nanoTime();
            firstDone = done;
        }
        StringBuilder line = new StringBuilder(item + " " + done + "/" + total + left);
        new TreeMap<>(metrics)
                .forEach((name, value) -> line.append(String.format(Locale.ROOT, "  %s %.4g", name, value)));
        out.println(line);
        metrics = Map.of();
        return !CancelFlag.isCancelled();
    }
}
