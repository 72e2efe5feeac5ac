package dev.mige4j.eval.claims;

import static dev.mige4j.eval.claims.ClaimTask.EDITING;
import static dev.mige4j.eval.claims.ClaimTask.SUBJECTS;
import static dev.mige4j.eval.claims.ClaimTask.SUBJECT_EDITING;
import static dev.mige4j.eval.claims.ClaimVariant.EDITING_ONLY;
import static dev.mige4j.eval.claims.ClaimVariant.JOINT;
import static dev.mige4j.eval.claims.ClaimVariant.SUBJECTS_ONLY;
import static dev.mige4j.eval.claims.ClaimVariant.TEXT_ONLY;
import static dev.mige4j.eval.claims.ClaimVariant.WITHOUT_FUSION;
import static dev.mige4j.eval.claims.ClaimVariant.WITHOUT_SUBJECT_EDITS;

import java.util.List;

/** A claim of the MIGE paper (sections 4 and 5) and the comparisons that test it. The first comparison decides. */
public enum Claim {
    JOINT_HELPS_EDITING(
            "Joint training improves instruction-based editing.", ClaimComparison.of(EDITING, JOINT, EDITING_ONLY)),
    JOINT_HELPS_SUBJECTS(
            "Joint training improves subject-driven generation.", ClaimComparison.of(SUBJECTS, JOINT, SUBJECTS_ONLY)),
    FUSION_KEEPS_IDENTITY(
            "Feature fusion keeps the identity of subjects.",
            ClaimComparison.of(SUBJECTS, JOINT, WITHOUT_FUSION),
            ClaimComparison.of(SUBJECT_EDITING, JOINT, WITHOUT_FUSION)),
    MULTIMODAL_BEATS_TEXT(
            "Multimodal instructions are better than text-only ones.",
            ClaimComparison.of(EDITING, JOINT, TEXT_ONLY),
            ClaimComparison.of(SUBJECTS, JOINT, TEXT_ONLY),
            ClaimComparison.of(SUBJECT_EDITING, JOINT, TEXT_ONLY)),
    SUBJECT_EDITING_EMERGES(
            "Subject-driven editing emerges from joint training without its data.",
            ClaimComparison.withSource(SUBJECT_EDITING, WITHOUT_SUBJECT_EDITS),
            ClaimComparison.of(SUBJECT_EDITING, WITHOUT_SUBJECT_EDITS, EDITING_ONLY),
            ClaimComparison.of(SUBJECT_EDITING, WITHOUT_SUBJECT_EDITS, JOINT));

    private final String statement;

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<ClaimComparison> comparisons;

    Claim(String statement, ClaimComparison... comparisons) {
        this.statement = statement;
        this.comparisons = List.of(comparisons);
    }

    /** The claim in a sentence. */
    public String statement() {
        return statement;
    }

    /** What is compared; the first metric of the first comparison decides. */
    public List<ClaimComparison> comparisons() {
        return comparisons;
    }
}
