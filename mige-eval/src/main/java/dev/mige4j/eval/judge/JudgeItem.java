package dev.mige4j.eval.judge;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An output to judge, with what the model was asked for.
 *
 * @param instruction the words; {@code [image 2]} stands for the second of {@code images}
 * @param kind the kind of request, such as {@code remove}
 * @param images the images that the model was given; the source of an edit is the first
 * @param isEdit whether the first of them was edited; otherwise all show subjects
 */
public record JudgeItem(String instruction, String kind, List<Image> images, boolean isEdit, Image output) {

    public JudgeItem {
        images = List.copyOf(images);
    }

    /** The output for a task. */
    public static JudgeItem of(Task task, String kind, Image output) {
        Optional<Image> source = task.source();
        List<Image> images = new ArrayList<>(source.stream().toList());
        StringBuilder words = new StringBuilder(task.instruction().text());
        for (Image image : task.instruction().images()) {
            if (!images.contains(image)) images.add(image);
            int placeholder = words.indexOf(Instruction.IMAGE_PLACEHOLDER);
            words.replace(
                    placeholder,
                    placeholder + Instruction.IMAGE_PLACEHOLDER.length(),
                    " [image " + (images.indexOf(image) + 1) + "] ");
        }
        return new JudgeItem(
                words.toString().strip().replaceAll(" {2,}", " "), kind, images, source.isPresent(), output);
    }
}
