package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the user says: words with places for pictures, and the pictures that stand there.
 *
 * <p>A place is written {@code <image>} (takes the next picture), {@code <image:dog>} (takes the picture of that name,
 * as often as it is said) or {@code <imagehere>} (the reference's mark, same as {@code <image>}), in any letter case.
 * In the record all of them read {@value #IMAGE_PLACEHOLDER}, the mark of the paper's Figure 2, and {@code pictures}
 * holds one picture for each, in the order of the text. Marks and pictures are counted against each other here, so
 * nobody behind this door has to.
 *
 * @param text the words with {@value #IMAGE_PLACEHOLDER} where a picture stands; not empty
 * @param images one picture a mark, at most {@value #MAX_IMAGES}
 */
public record Instruction(String text, List<Image> images) {

    /** What stands in the text for a picture. */
    public static final String IMAGE_PLACEHOLDER = "<imagehere>";
    /** The model has this many places for pictures. */
    public static final int MAX_IMAGES = 4;
    /** Longer texts are refused rather than cut: the model reads some 88 words. */
    public static final int MAX_LENGTH = 20_000;

    private static final Pattern ANY_PLACEHOLDER =
            Pattern.compile("<image(?:here|\\s*:([^<>]*))?>", Pattern.CASE_INSENSITIVE);

    public Instruction {
        UsageException.requireNonNull(text, "text");
        UsageException.requireNonNull(images, "images");
        images.forEach(image -> UsageException.requireNonNull(image, "image"));
        images = List.copyOf(images);
        if (text.isBlank())
            throw new UsageException(
                    "The instruction is empty. Say what to make, for example \"a <image> on the beach\".");
        if (text.length() > MAX_LENGTH)
            throw new UsageException(
                    "The instruction has %d characters, expected at most %d; shorten it.", text.length(), MAX_LENGTH);
        int placeholders = countPlaceholders(text);
        if (placeholders != images.size()) throw countMismatch(placeholders, images.size());
        if (placeholders > MAX_IMAGES)
            throw new UsageException(
                    "The instruction has %d pictures, expected at most %d; take %s away.",
                    placeholders,
                    MAX_IMAGES,
                    placeholders - MAX_IMAGES == 1 ? "one" : String.valueOf(placeholders - MAX_IMAGES));
    }

    /** An instruction whose {@code <image>} marks take these pictures one after the other. */
    public static Instruction of(String text, Image... positional) {
        UsageException.requireNonNull(positional, "images");
        return of(text, Arrays.asList(positional), Map.of());
    }

    /**
     * An instruction whose {@code <image>} marks take the positional pictures one after the other, and whose
     * {@code <image:name>} marks take the named ones.
     *
     * @throws UsageException when marks and pictures do not agree, a name is unknown, a named picture is never said,
     *     the text is empty or there are more than {@value #MAX_IMAGES} marks
     */
    public static Instruction of(String text, List<Image> positional, Map<String, Image> named) {
        UsageException.requireNonNull(text, "text");
        UsageException.requireNonNull(positional, "images");
        UsageException.requireNonNull(named, "named images");
        List<Image> images = new ArrayList<>();
        Set<String> unused = new LinkedHashSet<>(named.keySet());
        StringBuilder normalized = new StringBuilder();
        Matcher matcher = ANY_PLACEHOLDER.matcher(text);
        int positionalCount = 0;
        while (matcher.find()) {
            matcher.appendReplacement(normalized, IMAGE_PLACEHOLDER);
            String name = matcher.group(1) == null ? null : matcher.group(1).strip();
            if (name == null) {
                if (positionalCount < positional.size()) images.add(positional.get(positionalCount));
                positionalCount++;
            } else {
                images.add(imageNamed(name, named));
                unused.remove(name);
            }
        }
        matcher.appendTail(normalized);
        if (positionalCount != positional.size()) throw countMismatch(positionalCount, positional.size());
        if (!unused.isEmpty())
            throw new UsageException(
                    "The picture '%s' is not said in the instruction. Write <image:%s> where it belongs, or take the picture away.",
                    unused.iterator().next(), unused.iterator().next());
        return new Instruction(normalized.toString(), images);
    }

    private static Image imageNamed(String name, Map<String, Image> named) {
        Image image = named.get(name);
        if (image != null) return image;
        if (named.isEmpty())
            throw new UsageException(
                    "The instruction says <image:%s> but no picture has a name. Add --image %s=FILE, or write <image>.",
                    name, name);
        throw new UsageException(
                "The instruction says <image:%s> but no picture has that name; the names are %s.",
                name, String.join(", ", named.keySet()));
    }

    private static UsageException countMismatch(int placeholders, int images) {
        String advice = placeholders > images
                ? "Add --image, or take a mark away."
                : "Write <image> where each picture belongs, or take a picture away.";
        return new UsageException(
                "The instruction has %d <image> mark%s but %d picture%s given. %s",
                placeholders, placeholders == 1 ? "" : "s", images, images == 1 ? " was" : "s were", advice);
    }

    /** How many pictures the text has places for. */
    public static int countPlaceholders(String text) {
        int count = 0;
        for (int index = text.indexOf(IMAGE_PLACEHOLDER);
                index >= 0;
                index = text.indexOf(IMAGE_PLACEHOLDER, index + IMAGE_PLACEHOLDER.length())) count++;
        return count;
    }
}
