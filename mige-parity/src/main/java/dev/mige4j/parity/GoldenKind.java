package dev.mige4j.parity;

import java.util.List;
import java.util.function.Function;

/** A kind of golden: knows its own, and what to compare with each. */
public interface GoldenKind {

    /** Whether the golden is of this kind. */
    boolean matches(Golden golden);

    /** The cases of one golden; it may be the companion of another and have none of its own. */
    List<ParityCase> cases(Golden golden);

    /**
     * The kind of goldens whose {@link Golden#kind} is {@code name}, or begins with it and {@code _} or {@code -};
     * several cases each.
     */
    static GoldenKind of(String name, Function<Golden, List<ParityCase>> cases) {
        return new GoldenKind() {
            @Override
            public boolean matches(Golden golden) {
                return golden.hasKind(name);
            }

            @Override
            public List<ParityCase> cases(Golden golden) {
                return cases.apply(golden);
            }
        };
    }

    /** What to compare with a golden that is one case. */
    @FunctionalInterface
    interface Comparison {
        void run(Golden golden, SoftAssertions checks) throws Exception;
    }

    /** The kind of goldens that are one case each, by name as in {@link #of}. */
    static GoldenKind single(String name, Comparison comparison) {
        return of(name, golden -> List.of(ParityCase.of(golden.name(), checks -> comparison.run(golden, checks))));
    }

    /** The same for cases that take more than about three seconds. */
    static GoldenKind slow(String name, Comparison comparison) {
        return of(name, golden -> List.of(ParityCase.slow(golden.name(), checks -> comparison.run(golden, checks))));
    }
}
