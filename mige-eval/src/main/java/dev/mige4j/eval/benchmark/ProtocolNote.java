package dev.mige4j.eval.benchmark;

/**
 * A decision of a benchmark's protocol, or a question that its authors left open: a footnote of the reports.
 *
 * @param section what it is about, such as {@code Captions}; notes of the same section stand together
 * @param text what was decided, and why, in full sentences
 * @param open whether the authors' own protocol is not known for certain
 */
public record ProtocolNote(String section, String text, boolean open) {}
