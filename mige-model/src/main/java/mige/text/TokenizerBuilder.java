package mige.text;

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

import mige.task.Instruction;
import mige.tensor.UsageException;
import mige.text.SentencePieces.Piece;

/**
 * Makes a vocabulary for a small model of our own from the texts it will read, as a SentencePiece model file that
 * {@link Tokenizer} loads.
 *
 * <p>Ids: 0 {@code <pad>}, 1 {@code </s>}, 2 {@code <unk>}, 3 the lone "▁", as in T5. Then whole words, the frequent
 * ones first; parts of words; single characters. Scores are ranked, not estimated: a known word is always one token, an
 * unknown one is cut into few and frequent parts, characters come last. Same texts, same bytes. This is not
 * SentencePiece's own training (no expectation maximisation), which needs more text than a small corpus has.
 */
public final class TokenizerBuilder {

    private static final Pattern RUN = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+"), WHITE = Pattern.compile(Caption.SPACE + "+");
    private static final int LONGEST_PART = 6;
    /** Scores of the three ranks; each is worse than any split into a better rank is good. */
    private static final float WORST_WORD = -10, PART = -12, WORST_PART = -14, CHARACTER = -18;
    private static final String ALWAYS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,'?-/%&+$@<>[]{}_=^|\\:.!\"()*#;~";

    private TokenizerBuilder() {}

    /**
     * The model file of at most {@code size} pieces for these texts, each as the model gets to read it (prefix and
     * marks included; marks are skipped).
     *
     * @throws UsageException when {@code size} leaves no room for words besides signs and characters
     */
    public static byte[] build(Collection<String> texts, int size) {
        Map<String, Integer> words = new TreeMap<>(), runs = new TreeMap<>();
        Set<String> characters = new TreeSet<>();
        ALWAYS.chars().forEach(c -> characters.add(Character.toString(c)));
        for (String text : texts) for (String segment : text.split(Pattern.quote(Instruction.MARK))) count(segment, words, runs, characters);

        int room = size - 4 - characters.size();
        if (room < 1)
            throw new UsageException("A vocabulary of %d pieces has no room for words: 4 signs and %d characters stand first. Ask for more.", size, characters.size());
        List<Piece> pieces = new ArrayList<>(List.of(new Piece("<pad>", 0, SentencePieces.CONTROL), new Piece("</s>", 0, SentencePieces.CONTROL),
                new Piece("<unk>", 0, SentencePieces.UNKNOWN), new Piece("\u2581", WORST_PART, SentencePieces.NORMAL)));
        Set<String> known = new HashSet<>();

        double all = words.values().stream().mapToLong(n -> n).sum();
        List<Map.Entry<String, Integer>> frequent = words.entrySet().stream().filter(word -> word.getKey().length() > 1)
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .limit(room - room / 4).toList();                   // a quarter at least is left for parts
        for (var word : frequent) {
            known.add(word.getKey());
            pieces.add(new Piece(word.getKey(), Math.max(WORST_WORD, (float) StrictMath.log(word.getValue() / all)), SentencePieces.NORMAL));
        }

        List<Map.Entry<String, Double>> parts = parts(words, runs).entrySet().stream().filter(part -> !known.contains(part.getKey()))
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()).thenComparing(Map.Entry.comparingByKey()))
                .limit(room - frequent.size()).toList();
        for (int i = 0; i < parts.size(); i++)
            pieces.add(new Piece(parts.get(i).getKey(), PART + (WORST_PART - PART) * i / parts.size(), SentencePieces.NORMAL));

        for (String character : characters) pieces.add(new Piece(character, CHARACTER, SentencePieces.NORMAL));
        return new SentencePieces(pieces, Tokenizer.OWN_RULE, new byte[0]).file();
    }

    /** Words as they begin ("▁dog" of "dog's"), other runs of letters or digits ("s"), and all characters of a segment. */
    private static void count(String segment, Map<String, Integer> words, Map<String, Integer> runs, Set<String> characters) {
        for (String word : WHITE.split(Normalizer.normalize(segment, Normalizer.Form.NFKC))) {
            word.codePoints().filter(c -> c != '\u2581').forEach(c -> characters.add(Character.toString(c)));
            Matcher run = RUN.matcher(word);
            while (run.find()) {
                if (run.start() == 0) words.merge("\u2581" + run.group(), 1, Integer::sum);
                else runs.merge(run.group(), 1, Integer::sum);
            }
        }
    }

    /** All parts of words and runs, of 2 characters and more, by how much writing they save. */
    private static Map<String, Double> parts(Map<String, Integer> words, Map<String, Integer> runs) {
        Map<String, Double> parts = new TreeMap<>();
        for (var source : List.of(words, runs)) source.forEach((word, times) -> {
            int[] points = word.codePoints().toArray();
            for (int from = 0; from < points.length; from++)
                for (int length = 2; length <= Math.min(LONGEST_PART, points.length - from); length++)
                    parts.merge(new String(points, from, length), (length - 1) * (1 + StrictMath.log(times)), Double::sum);
        });
        return parts;
    }
}
