package dev.mige4j.eval.embedding;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.WeightsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * The vocabulary of CLIP's byte-pair encoding: 256 byte symbols, the same at the end of a word, 48,894 merges, and the
 * start and end tokens. It is included, because every published CLIP has the same one; {@link #requireSame} checks the
 * files of a checkpoint against it.
 *
 * <p>Ids of merges are in the order of their ranks, and a merge follows those that its two parts come from. Source:
 * docs/specification/evaluation.md section 4.
 */
final class ClipVocabulary {

    static final int MERGES = 48_894, END_OF_WORD = 256, FIRST_MERGE = 512, START = 49_406, END = 49_407;

    /** OpenAI's file, which goes on with lines that are not used; of the hub's files. */
    private static final String OPENAI_FILE = "bpe_simple_vocab_16e6.txt.gz",
            MERGES_FILE = "merges.txt",
            IDS_FILE = "vocab.json",
            TOKENIZER_FILE = "tokenizer.json";

    private static final String WORD_END = "</w>";
    private static final int MAX_FILE_BYTES = 32 << 20, MAX_HEADER = 1 << 12;

    /** The merges as in the files, one "A B" a line, in UTF-8. */
    private static final byte[] MERGE_LINES = readMergeLines();

    private static final int[] BYTE_IDS = new int[256];

    /** Ids by symbol, in order. */
    private static final Map<String, Integer> IDS = new LinkedHashMap<>();

    private static final Map<Long, Integer> MERGE_IDS = new HashMap<>();

    static {
        List<String> alphabet = byteAlphabet();
        for (String symbol : alphabet) IDS.put(symbol, IDS.size());
        for (String symbol : alphabet) IDS.put(symbol + WORD_END, IDS.size());
        for (String line : lines()) {
            int space = line.indexOf(' ');
            String left = line.substring(0, space), right = line.substring(space + 1);
            MERGE_IDS.put(pair(IDS.get(left), IDS.get(right)), IDS.size());
            IDS.put(left + right, IDS.size());
        }
        IDS.put("<|startoftext|>", START);
        IDS.put("<|endoftext|>", END);
    }

    private ClipVocabulary() {}

    /** The id of a byte inside a word; {@link #END_OF_WORD} is added for the last byte of one. */
    static int byteId(byte value) {
        return BYTE_IDS[value & 255];
    }

    /** The id that two adjacent symbols merge to, or null if they do not. Lower ids are merged first. */
    static Integer merge(int left, int right) {
        return MERGE_IDS.get(pair(left, right));
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    /** Symbols of the bytes in order of their ids: printable bytes stand for themselves, the others for U+0100 on. */
    private static List<String> byteAlphabet() {
        List<String> alphabet = new ArrayList<>();
        int other = 188;
        List<String> others = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            boolean printable = (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD);
            BYTE_IDS[b] = printable ? alphabet.size() : other + others.size();
            if (printable) alphabet.add(Character.toString(b));
            else others.add(Character.toString(0x100 + others.size()));
        }
        alphabet.addAll(others);
        return alphabet;
    }

    private static List<String> lines() {
        return new String(MERGE_LINES, StandardCharsets.UTF_8).lines().toList();
    }

    private static byte[] readMergeLines() {
        try (InputStream file = ClipVocabulary.class.getResourceAsStream("clip_bpe.txt.gz");
                InputStream text = new GZIPInputStream(file)) {
            skipLine(text);
            return text.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void skipLine(InputStream text) throws IOException {
        for (int i = 0, c = 0; c != '\n' && c >= 0 && i < MAX_HEADER; i++) c = text.read();
    }

    /**
     * Compares the vocabulary files in the folder of a checkpoint, if there are any, with the included vocabulary: the
     * hub's {@code vocab.json}, {@code merges.txt} and {@code tokenizer.json}, and OpenAI's
     * {@code bpe_simple_vocab_16e6.txt.gz}.
     *
     * @throws WeightsException when one of them differs or cannot be read
     */
    static void requireSame(Path folder) {
        Path merges = folder.resolve(MERGES_FILE),
                openAi = folder.resolve(OPENAI_FILE),
                ids = folder.resolve(IDS_FILE),
                tokenizer = folder.resolve(TOKENIZER_FILE);
        if (Files.exists(merges)) requireSameMerges(merges, false);
        if (Files.exists(openAi)) requireSameMerges(openAi, true);
        if (Files.exists(ids)) requireSameIds(ids, readJson(ids));
        if (Files.exists(tokenizer)) {
            JsonNode model = readJson(tokenizer).path("model");
            requireSameIds(tokenizer, model.path("vocab"));
            requireSameMerges(tokenizer, model.path("merges"));
        }
    }

    /** A first line, then the merges; lines after those are not used. */
    private static void requireSameMerges(Path file, boolean compressed) {
        byte[] text;
        try (InputStream in = Files.newInputStream(file);
                InputStream content = compressed ? new GZIPInputStream(in) : in) {
            skipLine(content);
            text = content.readNBytes(MERGE_LINES.length);
        } catch (IOException e) {
            throw new WeightsException("%s cannot be read: %s", file, e.getMessage(), e);
        }
        int length = MERGE_LINES.length - 1; // without the last line break
        int difference = Arrays.mismatch(MERGE_LINES, 0, length, text, 0, Math.min(length, text.length));
        if (difference < 0) return;
        int merge = 0;
        for (int i = 0; i < difference; i++) if (MERGE_LINES[i] == '\n') merge++;
        throw otherMerge(file, merge);
    }

    private static void requireSameMerges(Path file, JsonNode merges) {
        List<String> expected = lines();
        for (int i = 0; i < expected.size(); i++) {
            JsonNode merge = merges.path(i); // "A B", or in newer files ["A", "B"]
            String text = merge.isArray()
                    ? merge.path(0).asText() + " " + merge.path(1).asText()
                    : merge.asText();
            if (!text.equals(expected.get(i))) throw otherMerge(file, i);
        }
    }

    private static void requireSameIds(Path file, JsonNode ids) {
        for (var entry : IDS.entrySet())
            if (ids.path(entry.getKey()).asInt(-1) != entry.getValue())
                throw new WeightsException(
                        "%s: the token '%s' does not have the id %d of OpenAI's vocabulary, the only one that is "
                                + "supported.",
                        file, entry.getKey(), entry.getValue());
    }

    private static WeightsException otherMerge(Path file, int merge) {
        return new WeightsException(
                "%s: merge %d is not '%s' as in OpenAI's vocabulary, the only one that is supported.",
                file, merge + 1, lines().get(merge));
    }

    private static JsonNode readJson(Path file) {
        try {
            if (Files.size(file) > MAX_FILE_BYTES)
                throw new WeightsException("%s: %d bytes, expected the vocabulary of CLIP.", file, Files.size(file));
            return Json.MAPPER.readTree(file.toFile());
        } catch (IOException e) {
            throw new WeightsException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }
}
