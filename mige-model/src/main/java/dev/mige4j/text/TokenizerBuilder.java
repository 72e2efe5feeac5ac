package dev.mige4j.text;

import dev.mige4j.common.UsageException;
import dev.mige4j.text.SentencePieceModel.Piece;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Builds a vocabulary from texts, as a SentencePiece model file for {@link Tokenizer}. For small models trained from
 * scratch.
 *
 * <p>Ids: 0 {@code <pad>}, 1 {@code </s>}, 2 {@code <unk>}, 3 a lone "▁", as in T5. Then words, the most frequent
 * first; subwords; single characters. Scores are ranks, not estimates: a known word is always one token, an unknown one
 * is split into few and frequent subwords, single characters are the last resort. The same texts give the same bytes.
 * This is not SentencePiece's training by expectation maximisation, which needs more text than a small corpus has.
 */
public final class TokenizerBuilder {

    private static final Pattern LETTER_RUN = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+"),
            WHITESPACE = Pattern.compile(Caption.PYTHON_WHITESPACE + "+");
    private static final int MAX_SUBWORD_LENGTH = 6;
    /** Scores of the three ranks: any segmentation into a better rank has a better score. */
    private static final float MIN_WORD_SCORE = -10,
            MAX_SUBWORD_SCORE = -12,
            MIN_SUBWORD_SCORE = -14,
            CHARACTER_SCORE = -18;

    private static final String INITIAL_ALPHABET =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,'?-/%&+$@<>[]{}_=^|\\:.!\"()*#;~";

    private TokenizerBuilder() {}

    /**
     * Builds a model file.
     *
     * @param texts prompts as the model reads them, prefix included; image placeholders are skipped
     * @param size largest number of pieces
     * @throws UsageException when {@code size} leaves no room for words besides special tokens and characters
     */
    public static byte[] build(Collection<String> texts, int size) {
        Map<String, Integer> words = new TreeMap<>(), runs = new TreeMap<>();
        Set<String> characters = new TreeSet<>();
        INITIAL_ALPHABET.chars().forEach(c -> characters.add(Character.toString(c)));
        for (String text : texts)
            for (String segment : Prompt.segments(text)) countWords(segment, words, runs, characters);

        int remaining = size - 4 - characters.size();
        if (remaining < 1)
            throw new UsageException(
                    "A vocabulary of %d pieces has no room for words besides 4 special tokens and %d characters. "
                            + "Increase its size.",
                    size, characters.size());
        List<Piece> pieces = new ArrayList<>(List.of(
                new Piece("<pad>", 0, SentencePieceModel.CONTROL),
                new Piece("</s>", 0, SentencePieceModel.CONTROL),
                new Piece("<unk>", 0, SentencePieceModel.UNKNOWN),
                new Piece("\u2581", MIN_SUBWORD_SCORE, SentencePieceModel.NORMAL)));
        Set<String> knownWords = new HashSet<>();

        double totalCount = words.values().stream().mapToLong(n -> n).sum();
        List<Map.Entry<String, Integer>> frequentWords = words.entrySet().stream()
                .filter(word -> word.getKey().length() > 1)
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(remaining - remaining / 4)
                .toList(); // at least a quarter is left for subwords
        for (var word : frequentWords) {
            knownWords.add(word.getKey());
            pieces.add(new Piece(
                    word.getKey(),
                    Math.max(MIN_WORD_SCORE, (float) StrictMath.log(word.getValue() / totalCount)),
                    SentencePieceModel.NORMAL));
        }

        List<Map.Entry<String, Double>> subwords = scoreSubwords(words, runs).entrySet().stream()
                .filter(part -> !knownWords.contains(part.getKey()))
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(remaining - frequentWords.size())
                .toList();
        for (int i = 0; i < subwords.size(); i++)
            pieces.add(new Piece(
                    subwords.get(i).getKey(),
                    MAX_SUBWORD_SCORE + (MIN_SUBWORD_SCORE - MAX_SUBWORD_SCORE) * i / subwords.size(),
                    SentencePieceModel.NORMAL));

        for (String character : characters)
            pieces.add(new Piece(character, CHARACTER_SCORE, SentencePieceModel.NORMAL));
        return new SentencePieceModel(pieces, Tokenizer.OWN_NORMALIZER, new byte[0]).toBytes();
    }

    /** Counts words by their first run ("▁dog" of "dog's"), other runs of letters or digits ("s"), and characters. */
    private static void countWords(
            String segment, Map<String, Integer> words, Map<String, Integer> runs, Set<String> characters) {
        for (String word : WHITESPACE.split(Normalizer.normalize(segment, Normalizer.Form.NFKC), -1)) {
            word.codePoints().filter(c -> c != '\u2581').forEach(c -> characters.add(Character.toString(c)));
            Matcher run = LETTER_RUN.matcher(word);
            while (run.find()) {
                if (run.start() == 0) words.merge("\u2581" + run.group(), 1, Integer::sum);
                else runs.merge(run.group(), 1, Integer::sum);
            }
        }
    }

    /** All subwords of at least 2 characters, scored by the number of tokens they save. */
    private static Map<String, Double> scoreSubwords(Map<String, Integer> words, Map<String, Integer> runs) {
        Map<String, Double> subwords = new TreeMap<>();
        for (var counts : List.of(words, runs))
            counts.forEach((word, count) -> {
                int[] codePoints = word.codePoints().toArray();
                for (int from = 0; from < codePoints.length; from++)
                    for (int length = 2; length <= Math.min(MAX_SUBWORD_LENGTH, codePoints.length - from); length++)
                        subwords.merge(
                                new String(codePoints, from, length),
                                (length - 1) * (1 + StrictMath.log(count)),
                                Double::sum);
            });
        return subwords;
    }
}
