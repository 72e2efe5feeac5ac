package dev.mige4j.eval.embedding;

import dev.mige4j.common.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.regex.Matcher;

/**
 * CLIP's tokenizer: text to ids of OpenAI's vocabulary of byte pairs.
 *
 * <p>The text is prepared as {@link ClipTextPreparation} says, split into words, numbers, contractions and punctuation,
 * and each piece is merged from its bytes. Ids start with {@value #START} and end with {@value #END}. Any text has ids:
 * lone surrogates become U+FFFD. Instances are immutable. Source: docs/specification/evaluation.md section 4.
 */
public final class ClipTokenizer {

    /** The number of ids that the text encoder reads, those of the start and the end included. */
    public static final int CONTEXT_LENGTH = 77;

    /** The id before a text. */
    public static final int START = ClipVocabulary.START;

    /** The id after a text, the largest of all. */
    public static final int END = ClipVocabulary.END;

    private final ClipTextPreparation preparation;

    /** A tokenizer that prepares texts in one of the two ways. */
    public ClipTokenizer(ClipTextPreparation preparation) {
        this.preparation = UsageException.requireNonNull(preparation, "preparation");
    }

    /**
     * The ids of a text: start, content, end. Of a text with more than {@value #CONTEXT_LENGTH} ids the start, the
     * first 75 of its content, and the end.
     */
    public int[] encode(String text) {
        return encode(text, CONTEXT_LENGTH - 2);
    }

    /**
     * As {@link #encode}, for programs that refuse long texts, as openai/CLIP's {@code tokenize} does by default.
     *
     * @throws UsageException when the text has more than {@value #CONTEXT_LENGTH} ids
     */
    public int[] encodeWithoutTruncation(String text) {
        int[] ids = encode(text, Integer.MAX_VALUE);
        if (ids.length > CONTEXT_LENGTH)
            throw new UsageException(
                    "The text '%s' has %d tokens, and CLIP reads %d; shorten it.",
                    text.length() > 60 ? text.substring(0, 60) + "..." : text, ids.length, CONTEXT_LENGTH);
        return ids;
    }

    /** The number of ids of a text before it is cut, start and end included. */
    public int countTokens(String text) {
        return encode(text, Integer.MAX_VALUE).length;
    }

    private int[] encode(String text, int maxContent) {
        Matcher pieces = preparation.pieces().matcher(preparation.prepare(UsageException.requireNonNull(text, "text")));
        int[] ids = new int[CONTEXT_LENGTH];
        ids[0] = START;
        int count = 1;
        while (count <= maxContent && pieces.find()) {
            int[] piece = pieceIds(pieces.group());
            if (count + piece.length >= ids.length)
                ids = Arrays.copyOf(ids, Math.max(2 * ids.length, count + piece.length + 1));
            System.arraycopy(piece, 0, ids, count, piece.length);
            count += piece.length;
        }
        count = (int) Math.min(count, maxContent + 1L);
        ids[count++] = END;
        return Arrays.copyOf(ids, count);
    }

    private static int[] pieceIds(String piece) {
        if (piece.equals("<|startoftext|>")) return new int[] {START};
        if (piece.equals("<|endoftext|>")) return new int[] {END};
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) ids[i] = ClipVocabulary.byteId(bytes[i]);
        ids[ids.length - 1] += ClipVocabulary.END_OF_WORD;
        return merge(ids);
    }

    /**
     * Merges adjacent symbols, the lowest id first and from left to right, until no pair is a merge. A merge has a
     * higher id than its parts, so pairs that come into being never precede those that are waiting for the same id.
     */
    private static int[] merge(int[] symbols) {
        int n = symbols.length;
        int[] next = new int[n], previous = new int[n]; // of the symbols that are left; merged ones are -1
        PriorityQueue<Long> merges = new PriorityQueue<>(); // merged id and left position
        for (int i = 0; i < n; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
            if (i + 1 < n) offer(merges, symbols, i, i + 1);
        }
        while (!merges.isEmpty()) {
            long first = merges.remove();
            int id = (int) (first >> 32), left = (int) first, right = next[left];
            if (symbols[left] < 0 || right == n) continue;
            Integer current = ClipVocabulary.merge(symbols[left], symbols[right]);
            if (current == null || current != id) continue; // one of the two was merged with its other neighbour
            symbols[left] = id;
            symbols[right] = -1;
            next[left] = next[right];
            if (next[left] < n) {
                previous[next[left]] = left;
                offer(merges, symbols, left, next[left]);
            }
            if (previous[left] >= 0) offer(merges, symbols, previous[left], left);
        }
        return Arrays.stream(symbols).filter(id -> id >= 0).toArray();
    }

    private static void offer(PriorityQueue<Long> merges, int[] symbols, int left, int right) {
        Integer id = ClipVocabulary.merge(symbols[left], symbols[right]);
        if (id != null) merges.add((long) id << 32 | left);
    }
}
