package mige.task;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import mige.image.Picture;
import mige.tensor.UsageException;

/**
 * What the user says: words with places for pictures, and the pictures that stand there.
 *
 * <p>A place is written {@code <image>} (takes the next picture), {@code <image:dog>} (takes the picture of that name,
 * as often as it is said) or {@code <imagehere>} (the reference's mark, same as {@code <image>}), in any letter case.
 * In the record all of them read {@value #MARK}, the mark of the paper's Figure 2, and {@code pictures} holds one picture
 * for each, in the order of the text. Marks and pictures are counted against each other here, so nobody behind this
 * door has to.
 *
 * @param text     the words with {@value #MARK} where a picture stands; not empty
 * @param pictures one picture a mark, at most {@value #MAX_PICTURES}
 */
public record Instruction(String text, List<Picture> pictures) {

    /** What stands in the text for a picture. */
    public static final String MARK = "<imagehere>";
    /** The model has this many places for pictures. */
    public static final int MAX_PICTURES = 4;
    /** Longer texts are refused rather than cut: the model reads some 88 words. */
    public static final int MAX_LENGTH = 20_000;

    private static final Pattern ANY_MARK = Pattern.compile("<image(?:here|\\s*:([^<>]*))?>", Pattern.CASE_INSENSITIVE);

    public Instruction {
        pictures = List.copyOf(pictures);
        if (text.isBlank())
            throw new UsageException("The instruction is empty. Say what to make, for example \"a <image> on the beach\".");
        if (text.length() > MAX_LENGTH)
            throw new UsageException("The instruction has %d characters, expected at most %d; shorten it.", text.length(), MAX_LENGTH);
        int marks = marks(text);
        if (marks != pictures.size()) throw miscounted(marks, pictures.size());
        if (marks > MAX_PICTURES)
            throw new UsageException("The instruction has %d pictures, expected at most %d; take %s away.",
                    marks, MAX_PICTURES, marks - MAX_PICTURES == 1 ? "one" : String.valueOf(marks - MAX_PICTURES));
    }

    /** An instruction whose {@code <image>} marks take these pictures one after the other. */
    public static Instruction of(String text, Picture... positional) {
        return of(text, List.of(positional), Map.of());
    }

    /**
     * An instruction whose {@code <image>} marks take the positional pictures one after the other, and whose
     * {@code <image:name>} marks take the named ones.
     *
     * @throws UsageException when marks and pictures do not agree, a name is unknown, a named picture is never said,
     *                        the text is empty or there are more than {@value #MAX_PICTURES} marks
     */
    public static Instruction of(String text, List<Picture> positional, Map<String, Picture> named) {
        List<Picture> pictures = new ArrayList<>();
        Set<String> unsaid = new LinkedHashSet<>(named.keySet());
        StringBuilder said = new StringBuilder();
        Matcher mark = ANY_MARK.matcher(text);
        int places = 0;
        while (mark.find()) {
            mark.appendReplacement(said, MARK);
            String name = mark.group(1) == null ? null : mark.group(1).strip();
            if (name == null) {
                if (places < positional.size()) pictures.add(positional.get(places));
                places++;
            } else {
                pictures.add(picture(name, named));
                unsaid.remove(name);
            }
        }
        mark.appendTail(said);
        if (places != positional.size()) throw miscounted(places, positional.size());
        if (!unsaid.isEmpty())
            throw new UsageException("The picture '%s' is not said in the instruction. Write <image:%s> where it belongs, or take the picture away.",
                    unsaid.iterator().next(), unsaid.iterator().next());
        return new Instruction(said.toString(), pictures);
    }

    private static Picture picture(String name, Map<String, Picture> named) {
        Picture picture = named.get(name);
        if (picture != null) return picture;
        if (named.isEmpty())
            throw new UsageException("The instruction says <image:%s> but no picture has a name. Add --image %s=FILE, or write <image>.", name, name);
        throw new UsageException("The instruction says <image:%s> but no picture has that name; the names are %s.",
                name, String.join(", ", named.keySet()));
    }

    private static UsageException miscounted(int marks, int pictures) {
        String advice = marks > pictures ? "Add --image, or take a mark away." : "Write <image> where each picture belongs, or take a picture away.";
        return new UsageException("The instruction has %d <image> mark%s but %d picture%s given. %s",
                marks, marks == 1 ? "" : "s", pictures, pictures == 1 ? " was" : "s were", advice);
    }

    /** How many pictures the text has places for. */
    public static int marks(String text) {
        int marks = 0;
        for (int at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, at + MARK.length())) marks++;
        return marks;
    }
}
