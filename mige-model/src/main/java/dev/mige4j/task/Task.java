package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.Optional;

/**
 * What the user wants, in the paper's three kinds: all of them an instruction and, for an edit, the canvas to work on
 * (MIGE section 3.1: generation is editing of a blank canvas).
 */
public sealed interface Task permits SubjectGeneration, InstructionEdit, SubjectEdit {

    /** Words and pictures, in order. */
    Instruction instruction();

    /** The picture to edit; empty: a blank one. */
    Optional<Image> source();

    /**
     * The task that fits what was given: without a canvas a generation; with one, an instruction edit when the
     * instruction shows no picture but the canvas itself, else a subject edit.
     */
    static Task of(Instruction instruction, Optional<Image> source) {
        UsageException.requireNonNull(instruction, "instruction");
        UsageException.requireNonNull(source, "source");
        if (source.isEmpty()) return new SubjectGeneration(instruction);
        boolean sourceOnly = instruction.images().stream().allMatch(source.get()::equals);
        return sourceOnly ? new InstructionEdit(instruction, source.get()) : new SubjectEdit(instruction, source.get());
    }
}
