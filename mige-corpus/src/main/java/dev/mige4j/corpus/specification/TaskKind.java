package dev.mige4j.corpus.specification;

import com.fasterxml.jackson.annotation.JsonValue;

/** The kinds of tasks in the corpus: subject generation, instruction edits, and edits with a reference subject. */
public enum TaskKind {
    SUBJECT_1(0, "subject", "subject_1"),
    SUBJECT_2(1, "subject", "subject_2"),
    SUBJECT_3(2, "subject", "subject_3"),
    ADD(3, "edit", "add"),
    REMOVE(4, "edit", "remove"),
    REPLACE(5, "edit", "replace"),
    COLOUR(6, "edit", "colour"),
    TEXTURE(7, "edit", "texture"),
    BACKGROUND(8, "edit", "background"),
    TIME(9, "edit", "time"),
    WEATHER(10, "edit", "weather"),
    STYLE(11, "edit", "style"),
    MOVE(12, "edit", "move"),
    RESIZE(13, "edit", "resize"),
    SUBJECT_ADD(14, "subject_edit", "subject_add"),
    SUBJECT_REPLACE(15, "subject_edit", "subject_replace");

    private final int id;
    private final String task, label;

    TaskKind(int id, String task, String label) {
        this.id = id;
        this.task = task;
        this.label = label;
    }

    /** The number that stands for this kind in binary files; never changes. */
    public int id() {
        return id;
    }

    /**
     * The kind of an {@link #id}.
     *
     * @throws IllegalArgumentException when no kind has this id
     */
    public static TaskKind fromId(int id) {
        for (TaskKind kind : values()) if (kind.id == id) return kind;
        throw new IllegalArgumentException("no task kind has id " + id);
    }

    /** The task: {@code subject}, {@code edit} or {@code subject_edit}. */
    public String task() {
        return task;
    }

    /** The name in JSON files. */
    @JsonValue
    public String label() {
        return label;
    }

    /** Whether everything stays the same except one object and its shadow. */
    public boolean isLocal() {
        return switch (this) {
            case ADD, REMOVE, REPLACE, COLOUR, TEXTURE, MOVE, RESIZE, SUBJECT_ADD, SUBJECT_REPLACE -> true;
            default -> false;
        };
    }
}
