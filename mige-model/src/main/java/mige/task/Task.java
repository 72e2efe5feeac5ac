package mige.task;

import java.util.Optional;

import mige.image.Picture;

/**
 * What the user wants, in the paper's three kinds: all of them an instruction and, for an edit, the canvas to work on
 * (MIGE section 3.1: generation is editing of a blank canvas).
 */
public sealed interface Task permits SubjectGeneration, InstructionEdit, SubjectEdit {

    /** Words and pictures, in order. */
    Instruction instruction();

    /** The picture to edit; empty: a blank one. */
    Optional<Picture> canvas();

    /**
     * The task that fits what was given: without a canvas a generation; with one, an instruction edit when the
     * instruction shows no picture but the canvas itself, else a subject edit.
     */
    static Task of(Instruction instruction, Optional<Picture> canvas) {
        if (canvas.isEmpty()) return new SubjectGeneration(instruction);
        boolean canvasOnly = instruction.pictures().stream().allMatch(canvas.get()::equals);
        return canvasOnly ? new InstructionEdit(instruction, canvas.get()) : new SubjectEdit(instruction, canvas.get());
    }
}
