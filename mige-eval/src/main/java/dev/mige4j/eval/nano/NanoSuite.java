package dev.mige4j.eval.nano;

import dev.mige4j.eval.benchmark.BenchmarkSuite;

/** The suites of nano-MIGEBench, in the order of the reports. */
public enum NanoSuite implements BenchmarkSuite {
    SINGLE_SUBJECT("subject-1", "subject generation, one subject"),
    MULTI_SUBJECT("subject-multi", "subject generation, two or three subjects"),
    EDIT("edit", "instruction-based editing"),
    SUBJECT_ADD("subject-add", "add a subject given as an image"),
    SUBJECT_REPLACE("subject-replace", "replace an object by a subject given as an image"),
    MULTI_TURN("multi-turn", "sequences of edits, each on the previous output");
    private final String label, title;

    NanoSuite(String label, String title) {
        this.label = label;
        this.title = title;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public boolean isGeneration() {
        return this == SINGLE_SUBJECT || this == MULTI_SUBJECT;
    }
}
