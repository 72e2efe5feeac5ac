package mige.parity;

import java.util.Locale;

/**
 * What became of a case.
 *
 * @param name       the file, and the part of it where it has several cases
 * @param difference the largest difference found, as a fraction of the largest magnitude expected; infinite where there was nothing to compare
 * @param limit      how large it may be
 * @param detail     what was compared where the difference was largest; for a failed case, what is wrong
 */
public record Outcome(String name, double difference, double limit, boolean passed, String detail) {

    static Outcome broken(String name, String why) {
        return new Outcome(name, Double.POSITIVE_INFINITY, 0, false, why);
    }

    /** The case on one line. */
    public String line() {
        String numbers = Double.isInfinite(difference) ? "" : String.format(Locale.ROOT, "difference %.2e, limit %.0e  ", difference, limit);
        return String.format(Locale.ROOT, "%s  %-44s  %s%s", passed ? "pass" : "FAIL", name, numbers, detail);
    }
}
