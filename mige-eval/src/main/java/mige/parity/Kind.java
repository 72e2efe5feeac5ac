package mige.parity;

import java.util.List;
import java.util.function.Function;

/** A kind of golden: knows its own, and what to compare with each. */
public interface Kind {

    /** Whether the golden is of this kind. */
    boolean claims(Golden golden);

    /** The cases of one golden; it may be the companion of another and have none of its own. */
    List<Case> cases(Golden golden);

    /** The kind of goldens whose {@link Golden#kind} is {@code name}, or begins with it and {@code _} or {@code -}; several cases each. */
    static Kind of(String name, Function<Golden, List<Case>> cases) {
        return new Kind() {
            @Override public boolean claims(Golden golden) {
                return golden.isA(name);
            }

            @Override public List<Case> cases(Golden golden) {
                return cases.apply(golden);
            }
        };
    }

    /** What to compare with a golden that is one case. */
    @FunctionalInterface
    interface Comparison {
        void run(Golden golden, Checks checks) throws Exception;
    }

    /** The kind of goldens that are one case each, by name as in {@link #of}. */
    static Kind single(String name, Comparison comparison) {
        return of(name, golden -> List.of(Case.of(golden.name(), checks -> comparison.run(golden, checks))));
    }

    /** The same for cases that take more than about three seconds. */
    static Kind slow(String name, Comparison comparison) {
        return of(name, golden -> List.of(Case.slow(golden.name(), checks -> comparison.run(golden, checks))));
    }
}
