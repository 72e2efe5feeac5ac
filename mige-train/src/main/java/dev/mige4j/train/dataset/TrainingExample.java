package dev.mige4j.train.dataset;

import dev.mige4j.image.Image;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.text.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * An example to train on.
 *
 * @param group any name; {@code data.groupWeights} can weight it
 * @param task names the metric {@code held_out_TASK}
 * @param prompt prefix and instruction with a placeholder for each reference
 * @param references the reference images in the order of the placeholders; an edit's source may be among them as the
 *     same object
 * @param source the image to edit; null for subject generation
 * @param target the image to generate
 * @param mask [imageSize · imageSize] 255 where the instruction changes the image, at the model's size; null:
 *     everywhere
 * @param patchCorrespondence for a number of patches along a side of an image, {@code gridSize}: for each patch of the
 *     target the patch of the references that shows the same content, {@code reference · gridSize² + patch}, -1 where
 *     there is none; null: it is unknown
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TrainingExample(
        String group,
        String task,
        Prompt prompt,
        List<ExampleImage> references,
        ExampleImage source,
        ExampleImage target,
        byte[] mask,
        IntFunction<int[]> patchCorrespondence) {

    public TrainingExample {
        references = List.copyOf(references);
    }

    /** An example of a task, with the prompt that the pipeline would use and an unknown patch correspondence. */
    public static TrainingExample of(String group, Task task, Image target, byte[] mask, DatasetContext context) {
        ExampleImage source = task.source().isPresent() ? task.source()::get : null;
        List<ExampleImage> references = new ArrayList<>();
        for (Image reference : task.instruction().images()) {
            boolean isSource = source != null && reference.equals(task.source().get());
            references.add(isSource ? source : () -> reference);
        }
        return new TrainingExample(
                group, taskName(task), context.prompt(task), references, source, () -> target, mask, null);
    }

    /** The same example with a known patch correspondence. */
    public TrainingExample withPatchCorrespondence(IntFunction<int[]> known) {
        return new TrainingExample(group, task, prompt, references, source, target, mask, known);
    }

    /** The same example under another name of its task. */
    public TrainingExample withTask(String name) {
        return new TrainingExample(group, name, prompt, references, source, target, mask, patchCorrespondence);
    }

    /** The same example with other reference images, in which nothing need be where it was. */
    TrainingExample withReferences(List<ExampleImage> images) {
        return new TrainingExample(group, task, prompt, images, source, target, mask, null);
    }

    private static String taskName(Task task) {
        if (task instanceof SubjectGeneration) return "subject";
        return task instanceof InstructionEdit ? "edit" : "subject_edit";
    }
}
