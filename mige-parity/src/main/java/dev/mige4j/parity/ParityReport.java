package dev.mige4j.parity;

import java.util.List;

/** All outcomes: one line a case, then {@code N passed, N failed}. */
public record ParityReport(List<ParityResult> results) {

    public ParityReport {
        results = List.copyOf(results);
    }

    public long passedCount() {
        return results.stream().filter(ParityResult::passed).count();
    }

    public long failedCount() {
        return results.size() - passedCount();
    }

    /** True when every case passed and there was one. */
    public boolean allPassed() {
        return failedCount() == 0 && passedCount() > 0;
    }

    public String summary() {
        return passedCount() + " passed, " + failedCount() + " failed";
    }

    /** The whole report as text. */
    @Override
    public String toString() {
        return String.join("\n", results.stream().map(ParityResult::summaryLine).toList()) + "\n" + summary() + "\n";
    }
}
