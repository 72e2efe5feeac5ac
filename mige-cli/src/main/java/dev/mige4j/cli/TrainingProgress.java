package dev.mige4j.cli;

import dev.mige4j.train.logging.TrainingListener;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Prints a line for each report of the metrics of a training: steps done, time left, metrics. Cancels on Ctrl-C. */
final class TrainingProgress implements TrainingListener {

    private final PrintWriter out;
    private Map<String, Double> metrics = Map.of();
    private long step;
    private String lastPosition = "";
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
    public void onValidation(long validatedStep, Map<String, Double> validation) {
        out.println("step " + validatedStep + ", validation" + format(validation));
    }

    @Override
    public void onNotice(String notice) {
        out.println(notice);
    }

    private static String format(Map<String, Double> values) {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(values)
                .forEach((name, value) -> text.append(String.format(Locale.ROOT, "  %s %.4g", name, value)));
        return text.toString();
    }

    @Override
    public boolean onProgress(String item, long done, long total) {
        String position = item + done;
        if (metrics.isEmpty() && position.equals(lastPosition)) return !CancelFlag.isCancelled();
        lastPosition = position;
        boolean isStep = item.equals("steps") || item.equals("seconds");
        if (isStep && metrics.isEmpty() && done < total) return !CancelFlag.isCancelled(); // asked at every step
        String line = (item.equals("seconds") ? "step " + step + ", " : "") + item + " " + done + "/" + total
                + remainingTime.format(done, total) + format(metrics);
        out.println(line);
        metrics = Map.of();
        return !CancelFlag.isCancelled();
    }
}
