package dev.mige4j.text;

import dev.mige4j.common.FileContent;
import dev.mige4j.common.WeightsException;
import dev.mige4j.text.SentencePieceModel.Piece;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * T5's fast tokenizer on a SentencePiece unigram model (as of September 2023, the version that the reference pins).
 *
 * <pre>
 *   1. split at special tokens such as &lt;/s&gt;
 *   2. normalise, collapse runs of spaces, replace each space by "▁", prepend one "▁"
 *   3. split before each "▁"; segment each part into the pieces with  max Σ score  (Viterbi)
 * </pre>
 *
 * <p>Unlike SentencePiece it does not strip: a trailing space is a token, so "a dog in " has one token more than "a dog
 * in". Source: docs/specification/encoder.md section 8. Immutable and thread-safe.
 */
public final class Tokenizer {

    /** Number of ids after the pieces, for {@code <extra_id_99>} down to {@code <extra_id_0>}. */
    public static final int EXTRA_IDS = 100;

    /** Normaliser of models by {@link TokenizerBuilder}, which have no character map: NFKC, all whitespace is space. */
    static final String OWN_NORMALIZER = "mige_nfkc";

    private static final String METASPACE = "\u2581";
    private static final Pattern SPACE_RUN = Pattern.compile(" {2,}"),
            WHITESPACE = Pattern.compile(Caption.PYTHON_WHITESPACE);
    private static final double UNKNOWN_PENALTY = 10;

    private final List<Piece> pieces;
    private final PrecompiledCharsMap charsMap;
    private final boolean ownNormalizer;
    private final PieceTrie trie;
    private final Map<String, Integer> specialTokens = new HashMap<>();
    private final Pattern specialTokenPattern;
    private final int unkId, eosId, padId;
    private final double unkScore;

    private Tokenizer(SentencePieceModel model, String name) {
        pieces = model.pieces();
        charsMap = model.charsMap().length == 0 ? null : new PrecompiledCharsMap(model.charsMap(), name);
        ownNormalizer = charsMap == null && model.normalizerName().equals(OWN_NORMALIZER);
        trie = new PieceTrie(pieces);
        int unkId = 0, eosId = 1, padId = 0;
        double lowest = Double.POSITIVE_INFINITY;
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            if (piece.matchesText()) lowest = Math.min(lowest, piece.score());
            if (piece.type() == SentencePieceModel.UNKNOWN) unkId = id;
            if (piece.text().equals("</s>")) eosId = id;
            if (piece.text().equals("<pad>")) padId = id;
            if (List.of("<pad>", "</s>", "<unk>").contains(piece.text())) specialTokens.put(piece.text(), id);
        }
        for (int k = 0; k < EXTRA_IDS; k++)
            specialTokens.put("<extra_id_" + k + ">", pieces.size() + EXTRA_IDS - 1 - k);
        this.unkId = unkId;
        this.eosId = eosId;
        this.padId = padId;
        unkScore = lowest - UNKNOWN_PENALTY;
        specialTokenPattern = Pattern.compile(
                specialTokens.keySet().stream().map(Pattern::quote).collect(Collectors.joining("|")));
    }

    /**
     * Reads a SentencePiece model, such as {@code spiece.model} of a T5 folder.
     *
     * @throws WeightsException when the file is missing, unreadable or not a unigram model
     */
    public static Tokenizer read(Path file) {
        try {
            return read(Files.readAllBytes(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new WeightsException(
                    "%s: no such file, expected a SentencePiece model such as spiece.model of the T5 folder", file);
        } catch (IOException e) {
            throw new WeightsException("%s: cannot be read (%s).", file, e.getMessage());
        }
    }

    /** Reads a model from the bytes of its file; {@code name} identifies it in error messages. */
    public static Tokenizer read(byte[] file, String name) {
        FileContent.recognize(file).ifPresent(content -> {
            throw new WeightsException("%s", content.message(name, "a SentencePiece model"));
        });
        return new Tokenizer(SentencePieceModel.read(file, name), name);
    }

    /** Token ids of one segment, without the end-of-sequence id; empty for the empty text. */
    public int[] encode(String segment) {
        IdBuffer ids = new IdBuffer();
        Matcher specialToken = specialTokenPattern.matcher(segment);
        int from = 0;
        for (; specialToken.find(); from = specialToken.end()) {
            encode(segment.substring(from, specialToken.start()), ids);
            ids.add(specialTokens.get(specialToken.group()));
        }
        encode(segment.substring(from), ids);
        return ids.toArray();
    }

    private void encode(String text, IdBuffer ids) {
        String normalized = SPACE_RUN.matcher(normalize(text)).replaceAll(" ").replace(" ", METASPACE);
        if (normalized.isEmpty()) return;
        if (!normalized.startsWith(METASPACE)) normalized = METASPACE + normalized;
        for (int start = 0, next; start < normalized.length(); start = next) {
            next = normalized.indexOf(METASPACE, start + 1);
            if (next < 0) next = normalized.length();
            viterbi(normalized.substring(start, next), ids);
        }
    }

    private String normalize(String text) {
        if (charsMap != null) return charsMap.normalizeGraphemes(text);
        return ownNormalizer
                ? WHITESPACE
                        .matcher(Normalizer.normalize(text, Normalizer.Form.NFKC))
                        .replaceAll(" ")
                : text;
    }

    /**
     * Token ids as SentencePiece itself computes them: longest matches in normalisation, spaces stripped at both ends,
     * special tokens treated as plain text. For comparison; the model was trained with {@link #encode}.
     */
    public int[] encodeAsSentencePiece(String text) {
        String normalized = charsMap != null ? charsMap.normalizeLongestPrefix(text) : normalize(text);
        normalized = SPACE_RUN.matcher(normalized).replaceAll(" ");
        normalized =
                METASPACE + (normalized.startsWith(" ") ? normalized.substring(1) : normalized).replace(" ", METASPACE);
        while (normalized.endsWith(METASPACE)) normalized = normalized.substring(0, normalized.length() - 1);
        IdBuffer ids = new IdBuffer();
        viterbi(normalized, ids);
        return ids.toArray();
    }

    /** Appends the ids of the segmentation with the best score; adjacent unknown pieces are merged. */
    private void viterbi(String word, IdBuffer ids) {
        int n = word.length();
        double[] bestScore = new double[n + 1];
        int[] startOf = new int[n + 1], pieceId = new int[n + 1];
        Arrays.fill(startOf, -1);
        for (int start = 0, width; start < n; start += width) {
            width = Character.charCount(word.codePointAt(start));
            boolean covered = false;
            for (int node = 0, i = start; i < n && (node = trie.child(node, word.charAt(i))) >= 0; i++) {
                int id = trie.pieceEndingAt(node);
                if (id < 0) continue;
                double score = bestScore[start] + pieces.get(id).score();
                if (startOf[i + 1] < 0 || score > bestScore[i + 1]) {
                    bestScore[i + 1] = score;
                    startOf[i + 1] = start;
                    pieceId[i + 1] = id;
                }
                covered |= i + 1 == start + width;
            }
            double score = bestScore[start] + unkScore;
            int to = start + width;
            if (!covered && (startOf[to] < 0 || score > bestScore[to])) {
                bestScore[to] = score;
                startOf[to] = start;
                pieceId[to] = unkId;
            }
        }
        int[] path = new int[n];
        int length = 0;
        for (int position = n; position > 0; position = startOf[position]) path[length++] = pieceId[position];
        for (int i = length - 1; i >= 0; i--)
            if (path[i] != unkId || i == length - 1 || path[i + 1] != unkId) ids.add(path[i]);
    }

    /** Id of the end-of-sequence token, {@code </s>}. */
    public int eosId() {
        return eosId;
    }

    /** Id of the padding token, {@code <pad>}. */
    public int padId() {
        return padId;
    }

    /** Id of the unknown token, {@code <unk>}. */
    public int unkId() {
        return unkId;
    }

    /** Number of ids: the pieces and {@value #EXTRA_IDS} more. The model's embedding has at least as many rows. */
    public int vocabularySize() {
        return pieces.size() + EXTRA_IDS;
    }

    /** The text of an id, with "▁" for a space. */
    public String idToPiece(int id) {
        return id < pieces.size() ? pieces.get(id).text() : "<extra_id_" + (pieces.size() + EXTRA_IDS - 1 - id) + ">";
    }

    /** Growable array of ids. */
    private static final class IdBuffer {
        private int[] ids = new int[32];
        private int count;

        void add(int id) {
            if (count == ids.length) ids = Arrays.copyOf(ids, 2 * count);
            ids[count++] = id;
        }

        int[] toArray() {
            return Arrays.copyOf(ids, count);
        }
    }

    /** Trie of all pieces by UTF-16 units; its edges are in one hash table with open addressing. */
    private static final class PieceTrie {
        private final long[] edges;
        private final int[] children;
        private final int[] pieceAt;
        private int nodes = 1;

        PieceTrie(List<Piece> pieces) {
            int characters = 1;
            for (Piece piece : pieces)
                if (piece.matchesText()) characters += piece.text().length();
            int size = Integer.highestOneBit(Math.max(8, characters)) << 2;
            edges = new long[size];
            children = new int[size];
            pieceAt = new int[characters + 1];
            Arrays.fill(pieceAt, -1);
            for (int id = 0; id < pieces.size(); id++) {
                if (!pieces.get(id).matchesText()) continue;
                String text = pieces.get(id).text();
                int node = 0;
                for (int i = 0; i < text.length(); i++) {
                    int slot = hashSlot(node, text.charAt(i));
                    if (children[slot] == 0) {
                        edges[slot] = edgeKey(node, text.charAt(i));
                        children[slot] = nodes++;
                    }
                    node = children[slot];
                }
                pieceAt[node] = id;
            }
        }

        private static long edgeKey(int node, char c) {
            return (((long) node << 16) | c) + 1;
        }

        private int hashSlot(int node, char c) {
            long key = edgeKey(node, c);
            int mask = edges.length - 1;
            int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
            while (edges[slot] != 0 && edges[slot] != key) slot = (slot + 1) & mask;
            return slot;
        }

        /** The child of {@code node} for this character, or -1. */
        int child(int node, char c) {
            int child = children[hashSlot(node, c)];
            return child == 0 ? -1 : child;
        }

        /** The id of the piece that ends at this node, or -1. */
        int pieceEndingAt(int node) {
            return pieceAt[node];
        }
    }
}
