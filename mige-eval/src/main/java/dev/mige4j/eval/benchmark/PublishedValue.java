package dev.mige4j.eval.benchmark;

import dev.mige4j.eval.metric.Metric;

/**
 * A number of a paper, which the reports print beside the measured one.
 *
 * @param suite label of the suite
 * @param printed the number as it is printed, such as {@code 0.862}
 * @param source where it comes from, and what is not known about it; a footnote of the reports
 */
public record PublishedValue(String suite, Metric metric, String printed, String source) {}
