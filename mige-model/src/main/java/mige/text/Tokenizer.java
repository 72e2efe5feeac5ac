package mige.text;

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

import mige.tensor.WeightsException;
import mige.text.SentencePieces.Piece;

/**
 * Words to token ids, as T5's fast tokenizer reads a SentencePiece unigram model (the release of September 2023 that the
 * reference pins).
 *
 * <pre>
 *   signs like &lt;/s&gt; are cut out; the rest is normalised, runs of spaces become one, a space becomes "▁", one stands in
 *   front; then each part from one "▁" to the next is cut into the pieces with  max Σ score
 * </pre>
 *
 * <p>Unlike SentencePiece itself it does not strip: a trailing space is a token of its own, and "a dog in " has one more
 * than "a dog in". Source: reference ENCODER.md section 8. Immutable, for any number of threads.
 */
public final class Tokenizer {

    /** Ids behind the pieces for {@code <extra_id_0>} to {@code <extra_id_99>}, counted backwards. */
    public static final int EXTRA_IDS = 100;

    /** Name of the normaliser of our own models, which have no character map: NFKC, and all white space is space. */
    static final String OWN_RULE = "mige_nfkc";

    private static final String UNDERLINE = "\u2581";
    private static final Pattern SPACES = Pattern.compile(" {2,}"), WHITE = Pattern.compile(Caption.SPACE);
    private static final double UNKNOWN_PENALTY = 10;

    private final List<Piece> pieces;
    private final CharacterMap mapping;
    private final boolean ownRule;
    private final Prefixes prefixes;
    private final Map<String, Integer> signs = new HashMap<>();
    private final Pattern anySign;
    private final int unknown, end, pad;
    private final double unknownScore;

    private Tokenizer(SentencePieces model, String name) {
        pieces = model.pieces();
        mapping = model.mapping().length == 0 ? null : new CharacterMap(model.mapping(), name);
        ownRule = mapping == null && model.rule().equals(OWN_RULE);
        prefixes = new Prefixes(pieces);
        int unknown = 0, end = 1, pad = 0;
        double lowest = Double.POSITIVE_INFINITY;
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            if (piece.spoken()) lowest = Math.min(lowest, piece.score());
            if (piece.type() == SentencePieces.UNKNOWN) unknown = id;
            if (piece.text().equals("</s>")) end = id;
            if (piece.text().equals("<pad>")) pad = id;
            if (List.of("<pad>", "</s>", "<unk>").contains(piece.text())) signs.put(piece.text(), id);
        }
        for (int k = 0; k < EXTRA_IDS; k++) signs.put("<extra_id_" + k + ">", pieces.size() + EXTRA_IDS - 1 - k);
        this.unknown = unknown;
        this.end = end;
        this.pad = pad;
        unknownScore = lowest - UNKNOWN_PENALTY;
        anySign = Pattern.compile(signs.keySet().stream().map(Pattern::quote).collect(Collectors.joining("|")));
    }

    /** Reads a model file, {@code spiece.model} of a T5 folder. */
    public static Tokenizer read(Path file) {
        try {
            return read(Files.readAllBytes(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new WeightsException("%s: no such file, expected a SentencePiece model such as spiece.model of the T5 folder", file);
        } catch (IOException e) {
            throw new WeightsException("%s: cannot be read (%s)", file, e.getMessage());
        }
    }

    /** Reads a model from the bytes of its file; {@code name} is what messages call it. */
    public static Tokenizer read(byte[] file, String name) {
        return new Tokenizer(SentencePieces.read(file, name), name);
    }

    /** Ids of one segment, without the end sign; empty for the empty text. */
    public int[] encode(String segment) {
        Ids ids = new Ids();
        Matcher sign = anySign.matcher(segment);
        int from = 0;
        for (; sign.find(); from = sign.end()) {
            encode(segment.substring(from, sign.start()), ids);
            ids.add(signs.get(sign.group()));
        }
        encode(segment.substring(from), ids);
        return ids.toArray();
    }

    private void encode(String text, Ids ids) {
        String line = SPACES.matcher(normal(text)).replaceAll(" ").replace(" ", UNDERLINE);
        if (line.isEmpty()) return;
        if (!line.startsWith(UNDERLINE)) line = UNDERLINE + line;
        for (int start = 0, next; start < line.length(); start = next) {
            next = line.indexOf(UNDERLINE, start + 1);
            if (next < 0) next = line.length();
            split(line.substring(start, next), ids);
        }
    }

    private String normal(String text) {
        if (mapping != null) return mapping.byCluster(text);
        return ownRule ? WHITE.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC)).replaceAll(" ") : text;
    }

    /**
     * Ids as SentencePiece itself gives them: longest matches when normalising, spaces stripped on both ends, signs are
     * plain text. For comparison; the model wants {@link #encode}.
     */
    public int[] encodePlainly(String text) {
        String line = mapping != null ? mapping.byPrefix(text) : normal(text);
        line = SPACES.matcher(line).replaceAll(" ");
        line = UNDERLINE + (line.startsWith(" ") ? line.substring(1) : line).replace(" ", UNDERLINE);
        while (line.endsWith(UNDERLINE)) line = line.substring(0, line.length() - 1);
        Ids ids = new Ids();
        split(line, ids);
        return ids.toArray();
    }

    /** The best path through one part, adjacent unknowns as one. */
    private void split(String part, Ids ids) {
        int n = part.length();
        double[] best = new double[n + 1];
        int[] from = new int[n + 1], by = new int[n + 1];
        Arrays.fill(from, -1);
        for (int start = 0, width; start < n; start += width) {
            width = Character.charCount(part.codePointAt(start));
            boolean covered = false;
            for (int node = 0, i = start; i < n && (node = prefixes.child(node, part.charAt(i))) >= 0; i++) {
                int id = prefixes.piece(node);
                if (id < 0) continue;
                double score = best[start] + pieces.get(id).score();
                if (from[i + 1] < 0 || score > best[i + 1]) {
                    best[i + 1] = score;
                    from[i + 1] = start;
                    by[i + 1] = id;
                }
                covered |= i + 1 == start + width;
            }
            double score = best[start] + unknownScore;
            int to = start + width;
            if (!covered && (from[to] < 0 || score > best[to])) {
                best[to] = score;
                from[to] = start;
                by[to] = unknown;
            }
        }
        int[] path = new int[n];
        int length = 0;
        for (int at = n; at > 0; at = from[at]) path[length++] = by[at];
        for (int i = length - 1; i >= 0; i--)
            if (path[i] != unknown || i == length - 1 || path[i + 1] != unknown) ids.add(path[i]);
    }

    /** Id that ends a prompt, {@code </s>}. */
    public int endId() {
        return end;
    }

    /** Id that fills the places behind a prompt, {@code <pad>}. */
    public int padId() {
        return pad;
    }

    /** Id of what no piece covers, {@code <unk>}. */
    public int unknownId() {
        return unknown;
    }

    /** Number of ids: the pieces and {@value #EXTRA_IDS} more. The token table has at least as many rows. */
    public int size() {
        return pieces.size() + EXTRA_IDS;
    }

    /** The text of a piece, "▁" for a space; of an extra id its sign. */
    public String piece(int id) {
        return id < pieces.size() ? pieces.get(id).text() : "<extra_id_" + (pieces.size() + EXTRA_IDS - 1 - id) + ">";
    }

    /** A growing array of ids. */
    private static final class Ids {
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

    /** All pieces as one tree by their characters, its edges in one hash table. */
    private static final class Prefixes {
        private final long[] edges;
        private final int[] children;
        private final int[] pieceAt;
        private int nodes = 1;

        Prefixes(List<Piece> pieces) {
            int characters = 1;
            for (Piece piece : pieces) if (piece.spoken()) characters += piece.text().length();
            int size = Integer.highestOneBit(Math.max(8, characters)) << 2;
            edges = new long[size];
            children = new int[size];
            pieceAt = new int[characters + 1];
            Arrays.fill(pieceAt, -1);
            for (int id = 0; id < pieces.size(); id++) {
                if (!pieces.get(id).spoken()) continue;
                String text = pieces.get(id).text();
                int node = 0;
                for (int i = 0; i < text.length(); i++) {
                    int slot = slot(node, text.charAt(i));
                    if (children[slot] == 0) {
                        edges[slot] = key(node, text.charAt(i));
                        children[slot] = nodes++;
                    }
                    node = children[slot];
                }
                pieceAt[node] = id;
            }
        }

        private static long key(int node, char c) {
            return ((long) node << 16 | c) + 1;
        }

        private int slot(int node, char c) {
            long key = key(node, c);
            int slot = (int) (key * 0x9E3779B97F4A7C15L >>> 32) & edges.length - 1;
            while (edges[slot] != 0 && edges[slot] != key) slot = slot + 1 & edges.length - 1;
            return slot;
        }

        /** The node behind {@code node} by this character, or -1. */
        int child(int node, char c) {
            int child = children[slot(node, c)];
            return child == 0 ? -1 : child;
        }

        /** The piece that ends at this node, or -1. */
        int piece(int node) {
            return pieceAt[node];
        }
    }
}
