package dev.mige4j.text;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * What the text encoder is told: words with marks, and the pictures for the marks.
 *
 * @param prefix says what the task is; never cut; may be empty
 * @param body the cleaned words with {@code <imagehere>} for each picture
 * @param images the pictures of the marks in their order; in the faithful mode there may be more or fewer than marks:
 *     more are ignored, missing ones are the reference's empty slot
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

    /** The text cut at its marks: one segment more than marks, some perhaps empty. */
    public List<String> segments() {
        return segments(text());
    }

    /** A text cut at every {@code <imagehere>}, the marks left out. */
    public static List<String> segments(String text) {
        List<String> segments = new ArrayList<>();
        int from = 0;
        for (int index;
                (index = text.indexOf(Instruction.IMAGE_PLACEHOLDER, from)) >= 0;
                from = index + Instruction.IMAGE_PLACEHOLDER.length()) segments.add(text.substring(from, index));
        segments.add(text.substring(from));
        return segments;
    }

    /** Places this prompt takes: the tokens of its segments, {@code aPicture} for each mark, one for the end. */
    public int tokenCount(ToIntFunction<String> tokenCounter, int tokensPerImage) {
        List<String> segments = segments();
        return segments.stream().mapToInt(tokenCounter).sum() + (segments.size() - 1) * tokensPerImage + 1;
    }

    /**
     * This prompt with as many of its last words dropped as it takes to fit into {@code most} places; marks and prefix
     * stay. (The reference cuts at the place, be it amid a picture.) If not even they fit, they are all that is left.
     *
     * @param tokenCounter how many tokens a segment has, {@code segment -> tokenizer.encode(segment).length}
     * @param tokensPerImage places a picture takes, 32 in the published model
     * @param maxTokens places there are, 256 in the published model
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

    /** One line for the user when words were dropped, else none. */
    public List<String> notices() {
        if (droppedWords.isEmpty()) return List.of();
        return List.of("The instruction is longer than the model reads: %d word%s left out, from '%s' on."
                .formatted(droppedWords.size(), droppedWords.size() == 1 ? " was" : "s were", droppedWords.get(0)));
    }
}
