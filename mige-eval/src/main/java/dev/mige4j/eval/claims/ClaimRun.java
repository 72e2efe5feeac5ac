package dev.mige4j.eval.claims;

import java.util.Locale;

/** One training of the experiment: a variant with a seed, which decides initial weights, order of samples and noise. */
public record ClaimRun(ClaimVariant variant, int seed) {

    /** The name of its folder and of its row, such as {@code editing-only-seed-1}. */
    public String name() {
        return String.format(Locale.ROOT, "%s-seed-%d", variant.label(), seed);
    }
}
