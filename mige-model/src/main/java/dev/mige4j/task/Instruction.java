package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A multimodal instruction: text with image placeholders, and an image for each of them.
 *
 * <p>A placeholder is written {@code <image>} (takes the next image), {@code <image:dog>} (takes the image with that
 * name, any number of times), {@code <image2>} (takes the second of the images without a name, any number of times) or
 * {@code <imagehere>} (the reference's spelling of {@code <image>}); letter case and spaces do not matter, see
 * {@link Placeholders}. The record holds the text with every placeholder written as {@value #IMAGE_PLACEHOLDER}, as in
 * the paper's Figure 2, and one image for each of them in the order of the text.
 *
 * @param text the text with {@value #IMAGE_PLACEHOLDER} for each image; not blank
 * @param images one image for each placeholder, at most {@value #MAX_IMAGES}
 */
public record Instruction(String text, List<Image> images) {

    /** Placeholder for an image in {@link #text()}. */
    public static final String IMAGE_PLACEHOLDER = "<imagehere>";
    /** Largest number of images in one instruction. */
    public static final int MAX_IMAGES = 4;
    /** Largest number of characters; longer texts are rejected, not truncated. The model reads about 88 words. */
    public static final int MAX_LENGTH = 32_000;

    private static final Pattern NORMALIZED_PLACEHOLDER = Pattern.compile("<image(?::([^<>]*))?>");

    /**
     * Throws {@link UsageException} when the text is blank or too long, when an image is null, or when the numbers of
     * placeholders and images differ or exceed {@value #MAX_IMAGES}.
     */
    public Instruction {
        UsageException.requireNonNull(text, "text");
        images = copyWithoutNulls(images);
        if (text.isBlank())
            throw new UsageException(
                    "The instruction is empty. Describe the image, for example " + "\"a <image> on the beach\".");
        if (text.length() > MAX_LENGTH)
            throw new UsageException(
                    "The instruction has %d characters, expected at most %d. Shorten it.", text.length(), MAX_LENGTH);
        int placeholders = countPlaceholders(text);
        if (placeholders != images.size()) throw countMismatch(placeholders, images.size());
        if (placeholders > MAX_IMAGES)
            throw new UsageException(
                    "The instruction has %d images, expected at most %d. Remove %d.",
                    placeholders, MAX_IMAGES, placeholders - MAX_IMAGES);
    }

    /** An instruction whose {@code <image>} placeholders take these images in order. */
    public static Instruction of(String text, Image... positional) {
        return of(text, Arrays.asList(UsageException.requireNonNull(positional, "images")), Map.of());
    }

    /**
     * An instruction whose {@code <image>} placeholders take the positional images in order, or whose {@code <image1>},
     * {@code <image2>} and so on take them by their number, and whose {@code <image:name>} placeholders take the named
     * ones.
     *
     * @throws UsageException when the numbers of placeholders and images differ, a name or number is unknown, an image
     *     is not used, numbered placeholders are mixed with others, the text is blank or too long, there are more than
     *     {@value #MAX_IMAGES} placeholders, or an argument or image is null
     */
    public static Instruction of(String text, List<Image> positional, Map<String, Image> named) {
        UsageException.requireNonNull(text, "text");
        positional = copyWithoutNulls(positional);
        copyWithoutNulls(UsageException.requireNonNull(named, "named").values());
        List<Image> images = new ArrayList<>();
        Set<String> unused = new LinkedHashSet<>(named.keySet());
        Set<Integer> numbers = new TreeSet<>();
        StringBuilder normalized = new StringBuilder();
        Matcher matcher = NORMALIZED_PLACEHOLDER.matcher(Placeholders.normalize(text));
        int positionalCount = 0;
        while (matcher.find()) {
            matcher.appendReplacement(normalized, IMAGE_PLACEHOLDER);
            String name = matcher.group(1) == null ? null : matcher.group(1).strip();
            if (name == null) {
                if (positionalCount < positional.size()) images.add(positional.get(positionalCount));
                positionalCount++;
            } else if (name.matches("\\d{1,3}") && !named.containsKey(name)) {
                int number = Integer.parseInt(name);
                images.add(imageNumbered(number, positional));
                numbers.add(number);
            } else {
                String key = keyIgnoringCase(name, named.keySet());
                images.add(imageNamed(key, named));
                unused.remove(key);
            }
        }
        matcher.appendTail(normalized);
        if (numbers.isEmpty()) {
            if (positionalCount != positional.size()) throw countMismatch(positionalCount, positional.size());
        } else {
            requireAllNumbered(numbers, positionalCount, positional.size());
        }
        if (!unused.isEmpty()) {
            String name = unused.iterator().next();
            throw new UsageException(
                    "The image '%s' is not used in the instruction. Write <image:%s> in the text, or remove the image.",
                    name, name);
        }
        return new Instruction(normalized.toString(), images);
    }

    private static Image imageNumbered(int number, List<Image> positional) {
        if (number >= 1 && number <= positional.size()) return positional.get(number - 1);
        throw new UsageException(
                "The instruction refers to <image%d>, but %d image%s without a name. The first is <image1>.",
                number, positional.size(), positional.size() == 1 ? " was given" : "s were given");
    }

    private static void requireAllNumbered(Set<Integer> numbers, int unnumberedPlaceholders, int images) {
        if (unnumberedPlaceholders > 0)
            throw new UsageException(
                    "The instruction has both <image> and <image%d>. Number all placeholders, or none.",
                    numbers.iterator().next());
        for (int number = 1; number <= images; number++)
            if (!numbers.contains(number))
                throw new UsageException(
                        "Image %d is not used in the instruction. Write <image%d> in the text, or remove the image.",
                        number, number);
    }

    /** The name as it was given with the image, if exactly one differs in nothing but letter case. */
    private static String keyIgnoringCase(String name, Set<String> names) {
        if (names.contains(name)) return name;
        List<String> matching = names.stream().filter(name::equalsIgnoreCase).toList();
        return matching.size() == 1 ? matching.get(0) : name;
    }

    private static Image imageNamed(String name, Map<String, Image> named) {
        Image image = named.get(name);
        if (image != null) return image;
        if (named.isEmpty())
            throw new UsageException(
                    "The instruction refers to <image:%s>, but no image has a name. Name one, or write <image>.", name);
        throw new UsageException(
                "The instruction refers to <image:%s>, but no image has this name. The names are: %s.",
                name, String.join(", ", named.keySet()));
    }

    private static UsageException countMismatch(int placeholders, int images) {
        if (placeholders == 0)
            return new UsageException(
                    images == 1
                            ? "The instruction does not mention the image. Write <image> in the text where it belongs."
                            : "The instruction mentions none of the images. Write <image> in the text for each.");
        return new UsageException(
                "The instruction has %d <image> placeholder%s but %d image%s given. Give one image per placeholder.",
                placeholders, placeholders == 1 ? "" : "s", images, images == 1 ? " was" : "s were");
    }

    private static List<Image> copyWithoutNulls(Collection<Image> images) {
        UsageException.requireNonNull(images, "images");
        for (Image image : images) UsageException.requireNonNull(image, "image");
        return List.copyOf(images);
    }

    /** The number of {@value #IMAGE_PLACEHOLDER} in a text. */
    public static int countPlaceholders(String text) {
        int count = 0;
        for (int index = text.indexOf(IMAGE_PLACEHOLDER);
                index >= 0;
                index = text.indexOf(IMAGE_PLACEHOLDER, index + IMAGE_PLACEHOLDER.length())) count++;
        return count;
    }
}
