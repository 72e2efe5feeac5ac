package dev.mige4j.eval.claims;

import dev.mige4j.eval.benchmark.Baseline;
import java.util.Optional;

/**
 * What a claim compares: a variant with another one of the same seed, on one task.
 *
 * @param treatment the variant that should be better
 * @param control the other variant; empty: the source image, unchanged
 */
public record ClaimComparison(ClaimTask task, ClaimVariant treatment, Optional<ClaimVariant> control) {

    static ClaimComparison of(ClaimTask task, ClaimVariant treatment, ClaimVariant control) {
        return new ClaimComparison(task, treatment, Optional.of(control));
    }

    static ClaimComparison withSource(ClaimTask task, ClaimVariant treatment) {
        return new ClaimComparison(task, treatment, Optional.empty());
    }

    /** The name of the control in tables. */
    public String controlLabel() {
        return control.map(ClaimVariant::label).orElse(Baseline.COPY_SOURCE.name());
    }

    /** The row of the control of a seed. */
    String controlRow(int seed) {
        return control.map(variant -> new ClaimRun(variant, seed).name()).orElse(Baseline.COPY_SOURCE.name());
    }
}
