package dev.mige4j.text;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Input of the multimodal encoder: text with image placeholders, and the images for them.
 *
 * @param prefix names the task; never truncated; may be empty
 * @param body the cleaned instruction with {@code <imagehere>} for each image
 * @param images the images of the placeholders in order; in the faithful mode there may be more (ignored) or fewer (the
 *     reference leaves their positions empty)
 * @param droppedWords words of the instruction that did not fit
 */
public record Prompt(String prefix, String body, List<Image> images, List<String> droppedWords) {

    public Prompt {
        images = List.copyOf(images);
        droppedWords = List.copyOf(droppedWords);
    }

    /** Prefix and body. */
    public String text() {
        return prefix + body;
    }

    /** The text between the placeholders: one segment more than placeholders; segments may be empty. */
    public List<String> segments() {
        return segments(text());
    }

    /** Splits a text at every {@code <imagehere>}. */
    public static List<String> segments(String text) {
        List<String> segments = new ArrayList<>();
        int from = 0;
        for (int index;
                (index = text.indexOf(Instruction.IMAGE_PLACEHOLDER, from)) >= 0;
                from = index + Instruction.IMAGE_PLACEHOLDER.length()) segments.add(text.substring(from, index));
        segments.add(text.substring(from));
        return segments;
    }

    /** Length in tokens: those of the segments, {@code tokensPerImage} for each placeholder, one for the end. */
    public int tokenCount(ToIntFunction<String> tokenCounter, int tokensPerImage) {
        List<String> segments = segments();
        return segments.stream().mapToInt(tokenCounter).sum() + (segments.size() - 1) * tokensPerImage + 1;
    }

    /**
     * This prompt with as many of its last words dropped as needed to fit into {@code maxTokens}. Placeholders and
     * prefix are always kept, even if they alone are too long. (The reference truncates tokens, possibly in the middle
     * of an image.)
     *
     * @param tokenCounter number of tokens of a segment, {@code segment -> tokenizer.encode(segment).length}
     * @param tokensPerImage tokens of an image, 32 in the published model
     * @param maxTokens tokens available, 256 in the published model
     */
    public Prompt truncate(ToIntFunction<String> tokenCounter, int tokensPerImage, int maxTokens) {
        if (tokenCount(tokenCounter, tokensPerImage) <= maxTokens) return this;
        Prompt best = this;
        for (int words = body.split(" ", -1).length - 1; words >= 0; words--) {
            Caption truncated = Caption.truncate(body, words, true);
            List<String> allDropped = new ArrayList<>(truncated.droppedWords());
            allDropped.addAll(droppedWords);
            best = new Prompt(prefix, truncated.text(), images, allDropped);
            if (best.tokenCount(tokenCounter, tokensPerImage) <= maxTokens) break;
        }
        return best;
    }

    /** Warnings for the user: one when words were dropped, else none. */
    public List<String> notices() {
        if (droppedWords.isEmpty()) return List.of();
        return List.of("The instruction is too long for the model: %d word%s dropped, starting with '%s'."
                .formatted(droppedWords.size(), droppedWords.size() == 1 ? " was" : "s were", droppedWords.get(0)));
    }
}
