package dev.mige4j.text;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.mige4j.common.NearestName;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The words of the instructions that a small model was trained on. The tokenizer splits any other word into pieces that
 * never stood for it. Letter case, plural and {@code 's} do not matter.
 */
public final class TrainingWords {

    /** Nothing is known about the words of the training. */
    public static final TrainingWords UNKNOWN = new TrainingWords(List.of());

    /** A run of letters and digits with an apostrophe in it, or a run of pictographs. */
    private static final Pattern WORD = Pattern.compile(
            "[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}]*(?:['\u2019]\\p{L}+)?|\\p{So}[\\p{So}\\p{Sk}\\p{M}\u200d]*");
    /** Shorter words are near too many others. */
    private static final int MIN_SUGGESTION_LENGTH = 4;

    private final List<String> words;
    private final Set<String> forms;

    /** @param words in lower case, the most frequent first */
    @JsonCreator
    public TrainingWords(List<String> words) {
        this.words = List.copyOf(words);
        forms = new HashSet<>(words);
    }

    /** The words of these instructions, the most frequent first. */
    public static TrainingWords of(Collection<String> instructions) {
        Map<String, Integer> counts = new HashMap<>();
        for (String instruction : instructions)
            for (String word : split(instruction)) counts.merge(word.toLowerCase(Locale.ROOT), 1, Integer::sum);
        return new TrainingWords(counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList());
    }

    /** The words of an instruction without its image placeholders, as they are written there. */
    public static List<String> split(String instruction) {
        List<String> found = new ArrayList<>();
        for (String segment : Prompt.segments(Normalizer.normalize(instruction, Normalizer.Form.NFKC)))
            WORD.matcher(segment).results().map(MatchResult::group).forEach(found::add);
        return found;
    }

    /** All words, the most frequent first. */
    @JsonValue
    public List<String> words() {
        return words;
    }

    /** Three of the words, none of them so frequent that it names nothing. */
    public List<String> examples() {
        return IntStream.of(2, 3, 4)
                .mapToObj(fifth -> words.get(words.size() * fifth / 5))
                .toList();
    }

    /** Whether training had this word, in the singular or plural. */
    public boolean contains(String word) {
        String form = word.toLowerCase(Locale.ROOT).replaceFirst("['\u2019]s$", "");
        return Stream.of(
                        form,
                        form + "s",
                        form + "es",
                        form.replaceFirst("y$", "ies"),
                        form.replaceFirst("s$", ""),
                        form.replaceFirst("es$", ""),
                        form.replaceFirst("ies$", "y"))
                .anyMatch(forms::contains);
    }

    /** The word that an unknown one may be misspelt from: at most one letter differs, two in words of seven or more. */
    public Optional<String> nearest(String word) {
        if (word.length() < MIN_SUGGESTION_LENGTH) return Optional.empty();
        return NearestName.findWithin(word.toLowerCase(Locale.ROOT), words, word.length() < 7 ? 1 : 2);
    }
}
