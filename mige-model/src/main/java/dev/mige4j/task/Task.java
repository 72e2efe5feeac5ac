package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.Optional;

/**
 * One of the three tasks of the MIGE paper. Each has an instruction; an edit also has a source image. The model treats
 * generation as editing of a blank source (MIGE section 3.1).
 */
public sealed interface Task permits SubjectGeneration, InstructionEdit, SubjectEdit {

    /** Text and images of the request. */
    Instruction instruction();

    /** The image to edit; empty for a generation. */
    Optional<Image> source();

    /**
     * Chooses the kind of task: without a source a {@link SubjectGeneration}; with one an {@link InstructionEdit} if
     * the instruction has no image other than the source, else a {@link SubjectEdit}.
     *
     * @throws UsageException when an argument is null
     */
    static Task of(Instruction instruction, Optional<Image> source) {
        UsageException.requireNonNull(instruction, "instruction");
        UsageException.requireNonNull(source, "source");
        if (source.isEmpty()) return new SubjectGeneration(instruction);
        boolean sourceOnly = instruction.images().stream().allMatch(source.get()::equals);
        return sourceOnly ? new InstructionEdit(instruction, source.get()) : new SubjectEdit(instruction, source.get());
    }
}
