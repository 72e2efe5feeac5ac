package mige.eval;

import com.fasterxml.jackson.annotation.JsonValue;

/** The parts of nano-MIGEBench, in the order of its tables. */
public enum Suite {
    SUBJECT_ONE("subject-1", "subject generation, one subject"),
    SUBJECT_MANY("subject-multi", "subject generation, two or three subjects"),
    EDIT("edit", "instruction edit"),
    SUBJECT_ADD("subject-add", "add the subject of a picture"),
    SUBJECT_REPLACE("subject-replace", "replace by the subject of a picture"),
    MULTI_TURN("multi-turn", "chains of edits, each of the result before");

    private final String label, title;

    Suite(String label, String title) {
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
    public boolean generates() {
        return this == SUBJECT_ONE || this == SUBJECT_MANY;
    }
}
