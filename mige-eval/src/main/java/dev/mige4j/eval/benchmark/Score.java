package dev.mige4j.eval.benchmark;

import dev.mige4j.eval.metric.Metric;
import java.util.Map;

/**
 * The metrics of one output: a line of {@code scores.jsonl}.
 *
 * @param row name of the model or baseline
 * @param provenance identifies everything that the scores depend on: weights, settings, seed, image size, embedding
 *     model
 * @param sample id of the sample
 * @param turn from 0; above 0 in multi-turn samples only
 * @param suite label of the suite
 * @param kind kind of the request, such as {@code remove}
 * @param split part of the data, such as {@code unseen subject}
 * @param metrics the metrics that apply
 */
public record Score(
        String row,
        String provenance,
        String sample,
        int turn,
        String suite,
        String kind,
        String split,
        Map<Metric, Double> metrics) {}
