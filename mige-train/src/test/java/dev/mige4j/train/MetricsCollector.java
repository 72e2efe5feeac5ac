package dev.mige4j.train;

import dev.mige4j.train.logging.TrainingListener;
import java.util.List;
import java.util.Map;

/** Collects the reported values of one metric. */
record MetricsCollector(String name, List<Double> values) implements TrainingListener {

    static MetricsCollector of(String name, List<Double> values) {
        return new MetricsCollector(name, values);
    }

    @Override
    public void onMetrics(long step, Map<String, Double> metrics) {
        if (metrics.containsKey(name)) values.add(metrics.get(name));
    }

    @Override
    public boolean onProgress(String item, long done, long total) {
        return true;
    }
}
