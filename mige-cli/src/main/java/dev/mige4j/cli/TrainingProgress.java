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
    private long step;
    private final RemainingTime remainingTime = new RemainingTime();

    TrainingProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void onStage(String description) {
        out.println(description);
    }

    @Override
    public void onMetrics(long latestStep, Map<String, Double> latest) {
        step = latestStep;
        metrics = latest;
    }

    @Override
    public boolean onProgress(String item, long done, long total) {
        StringBuilder line = new StringBuilder(item.equals("seconds") ? "step " + step + ", " : "");
        line.append(item + " " + done + "/" + total + remainingTime.format(done, total));
        new TreeMap<>(metrics)
                .forEach((name, value) -> line.append(String.format(Locale.ROOT, "  %s %.4g", name, value)));
        out.println(line);
        metrics = Map.of();
        return !CancelFlag.isCancelled();
    }
}
