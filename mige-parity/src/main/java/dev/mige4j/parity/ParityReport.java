package dev.mige4j.parity;

import java.util.List;

/** The results of all cases. */
public record ParityReport(List<ParityResult> results) {

    public ParityReport {
        results = List.copyOf(results);
    }

    /** The number of cases that passed. */
    public long passedCount() {
        return results.stream().filter(ParityResult::passed).count();
    }

    /** The number of cases that failed. */
    public long failedCount() {
        return results.size() - passedCount();
    }

    /** Whether there was at least one case and all passed. */
    public boolean allPassed() {
        return failedCount() == 0 && passedCount() > 0;
    }

    /** The totals: {@code N passed, N failed}. */
    public String summary() {
        return passedCount() + " passed, " + failedCount() + " failed";
    }

    /** One line per case, then the totals. */
    @Override
    public String toString() {
        return String.join("\n", results.stream().map(ParityResult::summaryLine).toList()) + "\n" + summary() + "\n";
    }
}
