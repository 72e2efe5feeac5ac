package mige.parity;

import java.util.List;

/** All outcomes: one line a case, then {@code N passed, N failed}. */
public record Report(List<Outcome> outcomes) {

    public Report {
        outcomes = List.copyOf(outcomes);
    }

    public long passed() {
        return outcomes.stream().filter(Outcome::passed).count();
    }

    public long failed() {
        return outcomes.size() - passed();
    }

    /** True when every case passed and there was one. */
    public boolean good() {
        return failed() == 0 && passed() > 0;
    }

    public String summary() {
        return passed() + " passed, " + failed() + " failed";
    }

    /** The whole report as text. */
    @Override public String toString() {
        return String.join("\n", outcomes.stream().map(Outcome::line).toList()) + "\n" + summary() + "\n";
    }
}
