package dev.mige4j.photos.naming;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The form of an object's name: one to five words without article, such as "coffee mug". */
final class ObjectNames {

    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}'-]*(?: [\\p{L}\\p{N}'-]+){0,4}");
    private static final int MAX_LENGTH = 60;

    private ObjectNames() {}

    /**
     * The name in a category or in an answer: {@code coffee_mug}, {@code A coffee mug.} and {@code Coffee mug_(cup)}
     * are "coffee mug".
     *
     * @return empty if it has no words, more than five, or other characters
     */
    static Optional<String> normalize(String text) {
        String name = text.replaceAll("\\([^()]*\\)", " ")
                .replace('_', ' ')
                .replaceAll("\\s+", " ")
                .strip()
                .replaceFirst("\\.$", "")
                .toLowerCase(Locale.ROOT)
                .replaceFirst("^(?:a|an|the) (?=.)", "");
        return name.length() <= MAX_LENGTH && NAME.matcher(name).matches() ? Optional.of(name) : Optional.empty();
    }
}
