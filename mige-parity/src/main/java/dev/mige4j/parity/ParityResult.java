package dev.mige4j.parity;

import java.util.Locale;

/**
 * What became of a case.
 *
 * @param name the file, and the part of it where it has several cases
 * @param difference the largest difference found, as a fraction of the largest magnitude expected; infinite where there
 *     was nothing to compare
 * @param tolerance how large it may be
 * @param detail what was compared where the difference was largest; for a failed case, what is wrong
 */
public record ParityResult(String name, double difference, double tolerance, boolean passed, String detail) {

    static ParityResult failed(String name, String reason) {
        return new ParityResult(name, Double.POSITIVE_INFINITY, 0, false, reason);
    }

    /** The case on one line. */
    public String summaryLine() {
        String numbers = Double.isInfinite(difference)
                ? ""
                : String.format(Locale.ROOT, "difference %.2e, limit %.0e  ", difference, tolerance);
        return String.format(Locale.ROOT, "%s  %-44s  %s%s", passed ? "pass" : "FAIL", name, numbers, detail);
    }
}
