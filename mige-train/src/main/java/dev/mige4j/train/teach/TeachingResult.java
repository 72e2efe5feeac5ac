package dev.mige4j.train.teach;

import java.nio.file.Path;
import java.util.List;

/**
 * The result of a {@link Teaching}.
 *
 * @param file the LoRA that was written
 * @param name the word for the subject or style
 * @param images number of images that were read
 * @param cutOuts number of them in which the subject was cut out
 * @param steps of the training
 * @param seconds of the budget that were used, in all runs
 * @param notices sentences for the user, such as which images have no mask
 */
public record TeachingResult(
        Path file, String name, int images, int cutOuts, long steps, double seconds, List<String> notices) {
    public TeachingResult {
        notices = List.copyOf(notices);
    }
}
