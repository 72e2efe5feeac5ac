package dev.mige4j.eval;

import com.fasterxml.jackson.annotation.JsonValue;

/** The parts of nano-MIGEBench, in the order of its tables. */
public enum BenchmarkSuite {
    SINGLE_SUBJECT("subject-1", "subject generation, one subject"),
    MULTI_SUBJECT("subject-multi", "subject generation, two or three subjects"),
    EDIT("edit", "instruction edit"),
    SUBJECT_ADD("subject-add", "add the subject of a picture"),
    SUBJECT_REPLACE("subject-replace", "replace by the subject of a picture"),
    MULTI_TURN("multi-turn", "chains of edits, each of the result before");
    private final String label, title;

    BenchmarkSuite(String label, String title) {
        this.label = label;
        this.title = title;
    }

    @JsonValue
    public String label() {
        return label;
    }

    public String title() {
        return title;
    }

    /** Whether pictures are made from nothing, so that there is no source to copy. */
    public boolean isGeneration() {
        return this == SINGLE_SUBJECT || this == MULTI_SUBJECT;
    }
}
