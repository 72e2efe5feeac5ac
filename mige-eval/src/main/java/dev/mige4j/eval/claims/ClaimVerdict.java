package dev.mige4j.eval.claims;

import dev.mige4j.eval.report.BootstrapEstimate;
import java.util.Arrays;

/** What the measured differences say about a claim. */
public enum ClaimVerdict {
    SUPPORTED("supported"),
    CONTRADICTED("contradicted"),
    UNDECIDED("undecided"),
    NOT_MEASURED("not measured");

    private final String label;

    ClaimVerdict(String label) {
        this.label = label;
    }

    /** The word in the tables. */
    public String label() {
        return label;
    }

    /**
     * Supported or contradicted when the interval excludes 0 and the difference of each seed has the same sign.
     *
     * @param improvement above 0 where the treatment is better
     * @param bySeed the same for each seed
     */
    static ClaimVerdict of(BootstrapEstimate improvement, double... bySeed) {
        if (improvement.low() > 0 && Arrays.stream(bySeed).allMatch(d -> d > 0)) return SUPPORTED;
        if (improvement.high() < 0 && Arrays.stream(bySeed).allMatch(d -> d < 0)) return CONTRADICTED;
        return UNDECIDED;
    }
}
