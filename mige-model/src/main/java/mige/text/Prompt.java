package mige.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

import mige.image.Picture;
import mige.task.Instruction;

/**
 * What the text encoder is told: words with marks, and the pictures for the marks.
 *
 * @param prefix   says what the task is; never cut; may be empty
 * @param body     the cleaned words with {@code <imagehere>} for each picture
 * @param pictures the pictures of the marks in their order; in the faithful mode there may be more or fewer than marks:
 *                 more are ignored, missing ones are the reference's empty slot
 * @param dropped  words of the instruction that did not fit
 */
public record Prompt(String prefix, String body, List<Picture> pictures, List<String> dropped) {

    public Prompt {
        pictures = List.copyOf(pictures);
        dropped = List.copyOf(dropped);
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
        for (int at; (at = text.indexOf(Instruction.MARK, from)) >= 0; from = at + Instruction.MARK.length()) segments.add(text.substring(from, at));
        segments.add(text.substring(from));
        return segments;
    }

    /** Places this prompt takes: the tokens of its segments, {@code aPicture} for each mark, one for the end. */
    public int length(ToIntFunction<String> tokens, int aPicture) {
        List<String> segments = segments();
        return segments.stream().mapToInt(tokens).sum() + (segments.size() - 1) * aPicture + 1;
    }

    /**
     * This prompt with as many of its last words dropped as it takes to fit into {@code most} places; marks and prefix
     * stay. (The reference cuts at the place, be it amid a picture.) If not even they fit, they are all that is left.
     *
     * @param tokens   how many tokens a segment has, {@code segment -> tokenizer.encode(segment).length}
     * @param aPicture places a picture takes, 32 in the published model
     * @param most     places there are, 256 in the published model
     */
    public Prompt fitted(ToIntFunction<String> tokens, int aPicture, int most) {
        if (length(tokens, aPicture) <= most) return this;
        Prompt best = this;
        for (int words = body.split(" ", -1).length - 1; words >= 0; words--) {
            Caption cut = Caption.cut(body, words, true);
            List<String> gone = new ArrayList<>(cut.dropped());
            gone.addAll(dropped);
            best = new Prompt(prefix, cut.text(), pictures, gone);
            if (best.length(tokens, aPicture) <= most) break;
        }
        return best;
    }

    /** One line for the user when words were dropped, else none. */
    public List<String> notices() {
        if (dropped.isEmpty()) return List.of();
        return List.of("The instruction is longer than the model reads: %d word%s left out, from '%s' on.".formatted(
                dropped.size(), dropped.size() == 1 ? " was" : "s were", dropped.get(0)));
    }
}
