package dev.mige4j.eval.claims;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.nano.NanoSuite;
import java.util.EnumSet;
import java.util.Set;

/** A training of the experiment: what it has and what is left out. All share sizes, initial weights and length. */
public enum ClaimVariant {
    JOINT("joint", "all tasks", Set.of("subject", "edit", "subject_edit")),
    EDITING_ONLY("editing-only", "instruction-based editing only", Set.of("edit")),
    SUBJECTS_ONLY("subjects-only", "subject-driven generation only", Set.of("subject")),
    WITHOUT_FUSION("without-fusion", "all tasks, without feature fusion", JOINT.tasks),
    TEXT_ONLY("text-only", "all tasks, images left out of the instructions", JOINT.tasks),
    WITHOUT_SUBJECT_EDITS("without-subject-edits", "all tasks but subject-driven editing", Set.of("subject", "edit"));

    /** Prefix of the keys of the feature fusion. */
    private static final String FUSION_PREFIX = "FFM.";

    private final String label, title;

    @SuppressWarnings("ImmutableEnumChecker") // Set.of
    private final Set<String> tasks;

    ClaimVariant(String label, String title, Set<String> tasks) {
        this.label = label;
        this.title = title;
        this.tasks = tasks;
    }

    /** The name in files and tables, such as {@code editing-only}. */
    public String label() {
        return label;
    }

    /** What it is trained on, in words. */
    public String title() {
        return title;
    }

    /** Whether its instructions name the references instead of showing them. */
    public boolean isTextOnly() {
        return this == TEXT_ONLY;
    }

    /**
     * Whether it is evaluated on a suite: on those whose task it was trained on, and, but for the training on subjects
     * alone, on subject-driven edits too, the combination that the paper says emerges.
     */
    public boolean supports(BenchmarkSuite suite) {
        Set<NanoSuite> suites =
                switch (this) {
                    case EDITING_ONLY -> EnumSet.of(NanoSuite.EDIT, NanoSuite.SUBJECT_ADD, NanoSuite.SUBJECT_REPLACE);
                    case SUBJECTS_ONLY -> EnumSet.of(NanoSuite.SINGLE_SUBJECT, NanoSuite.MULTI_SUBJECT);
                    default -> EnumSet.complementOf(EnumSet.of(NanoSuite.MULTI_TURN));
                };
        return suites.stream().anyMatch(suite::equals);
    }

    /**
     * Changes a configuration to this variant's.
     *
     * @param config the keys that differ from the defaults of the stage {@code mige}, {@code auxiliary} among them;
     *     modified
     */
    void applyTo(ObjectNode config) {
        ObjectNode groupWeights = config.withObjectProperty("data").putObject("groupWeights");
        for (TaskKind kind : TaskKind.values()) if (!tasks.contains(kind.task())) groupWeights.put(kind.label(), 0);
        if (this == TEXT_ONLY) {
            config.withObjectProperty("model").withObjectProperty("prompts").put("textOnly", true);
            config.withObjectProperty("data").put("featureCache", ClaimsFolder.TEXT_ONLY_FEATURES);
        }
        if (this == WITHOUT_FUSION) {
            // the projection behind the fusion starts at zero, so the fusion adds nothing as long as it is frozen
            config.withObjectProperty("network")
                    .withArrayProperty("frozenPrefixes")
                    .add(FUSION_PREFIX);
            for (JsonNode loss : config.withObjectProperty("auxiliary").withArrayProperty("losses"))
                if (loss.path("type").asText().equals("attention-supervision"))
                    ((ObjectNode) loss).put("fusion", false);
        }
    }
}
