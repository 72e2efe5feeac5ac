package dev.mige4j.parity;

import java.util.List;
import java.util.function.Function;

/** A kind of golden file: recognizes its files and creates their parity cases. */
public interface GoldenKind {

    /** Whether a golden is of this kind. */
    boolean matches(Golden golden);

    /** The cases of a golden; empty for a golden that only accompanies another. */
    List<ParityCase> cases(Golden golden);

    /**
     * The kind of goldens whose {@link Golden#kind} is {@code name}, or starts with {@code name} and {@code _} or
     * {@code -}, with any number of cases each.
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

    /** Compares the single case of a golden. */
    @FunctionalInterface
    interface Comparison {
        void run(Golden golden, SoftAssertions checks) throws Exception;
    }

    /** A kind of goldens with one case each; names match as in {@link #of}. */
    static GoldenKind single(String name, Comparison comparison) {
        return of(name, golden -> List.of(ParityCase.of(golden.name(), checks -> comparison.run(golden, checks))));
    }

    /** Like {@link #single}, for cases that take more than about three seconds. */
    static GoldenKind slow(String name, Comparison comparison) {
        return of(name, golden -> List.of(ParityCase.slow(golden.name(), checks -> comparison.run(golden, checks))));
    }

    /**
     * A kind of goldens that are a JSON file and a safetensors file of the same name. The cases are those of the JSON
     * file; a safetensors file without one is a failing case.
     */
    static GoldenKind pair(String name, Function<Golden, List<ParityCase>> casesOfJson) {
        return of(name, golden -> {
            if (!golden.json().isMissingNode()) return casesOfJson.apply(golden);
            golden.sibling(golden.path().getFileName().toString().replaceFirst("safetensors$", "json"));
            return List.of();
        });
    }
}
