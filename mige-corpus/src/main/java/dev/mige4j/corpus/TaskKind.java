package dev.mige4j.corpus;

import com.fasterxml.jackson.annotation.JsonValue;

/** What an example asks for. */
public enum TaskKind {
    SUBJECT_1("subject", "subject_1"),
    SUBJECT_2("subject", "subject_2"),
    SUBJECT_3("subject", "subject_3"),
    ADD("edit", "add"),
    REMOVE("edit", "remove"),
    REPLACE("edit", "replace"),
    COLOUR("edit", "colour"),
    TEXTURE("edit", "texture"),
    BACKGROUND("edit", "background"),
    TIME("edit", "time"),
    WEATHER("edit", "weather"),
    STYLE("edit", "style"),
    MOVE("edit", "move"),
    RESIZE("edit", "resize"),
    SUBJECT_ADD("subject_edit", "subject_add"),
    SUBJECT_REPLACE("subject_edit", "subject_replace");
    private final String task, label;

    TaskKind(String task, String label) {
        this.task = task;
        this.label = label;
    }

    /** subject, edit or subject_edit. */
    public String task() {
        return task;
    }

    @JsonValue
    public String label() {
        return label;
    }

    /** Whether everything outside the changed thing (and its shadow) stays as it was. */
    public boolean isLocal() {
        return switch (this) {
            case ADD, REMOVE, REPLACE, COLOUR, TEXTURE, MOVE, RESIZE, SUBJECT_ADD, SUBJECT_REPLACE -> true;
            default -> false;
        };
    }
}
