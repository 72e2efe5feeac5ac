package dev.mige4j.parity;

import java.util.Locale;

/**
 * The result of a {@link ParityCase}.
 *
 * @param name the name of the case
 * @param difference the largest difference relative to its tolerance, as a fraction of the largest expected magnitude;
 *     infinite where there was nothing to compare
 * @param tolerance the tolerance of that difference
 * @param passed whether all comparisons were within their tolerances
 * @param detail the comparison with the largest difference, or the reason of the failure
 */
public record ParityResult(String name, double difference, double tolerance, boolean passed, String detail) {

    static ParityResult failed(String name, String reason) {
        return new ParityResult(name, Double.POSITIVE_INFINITY, 0, false, reason);
    }

    /** The result as one line of text. */
    public String summaryLine() {
        String numbers = Double.isInfinite(difference)
                ? ""
                : String.format(Locale.ROOT, "difference %.2e, tolerance %.0e  ", difference, tolerance);
        return String.format(Locale.ROOT, "%s  %-44s  %s%s", passed ? "pass" : "FAIL", name, numbers, detail);
    }
}
