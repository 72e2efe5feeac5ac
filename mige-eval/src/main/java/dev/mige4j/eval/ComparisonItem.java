package dev.mige4j.eval;

import dev.mige4j.eval.benchmark.Comparison;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An output with its comparisons. A {@link ComparisonReader} fills in what needs no embedding, then a
 * {@link ComparisonScorer} the rest.
 */
final class ComparisonItem {

    /** The variant of an output that is compared as a whole; the others are named after entities. */
    static final String WHOLE = "";

    final List<Comparison> comparisons;
    final Map<Metric, MetricValue> values = new EnumMap<>(Metric.class);

    /** What is embedded, prepared for the model, and then its embedding; by variant of the output. */
    final Map<String, Image> clipImages = new HashMap<>(), dinoImages = new HashMap<>();

    final Map<String, float[]> clip = new HashMap<>(), dino = new HashMap<>();

    /** Images of the benchmark that this is the first output to need, prepared for the model; by name. */
    final Map<String, Image> clipReferences = new HashMap<>(), dinoReferences = new HashMap<>();

    ComparisonItem(List<Comparison> comparisons) {
        this.comparisons = comparisons;
    }

    /** The variant of the output that a comparison is made with. */
    static String variant(Comparison comparison) {
        return comparison instanceof Comparison.WithImages with ? with.entity().orElse(WHOLE) : WHOLE;
    }

    /** The comparisons that still need embeddings. */
    List<Comparison> open() {
        return comparisons.stream()
                .filter(comparison -> !values.containsKey(comparison.metric()))
                .toList();
    }
}
