package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Text chunks of PNG files (tEXt, zTXt, iTXt). */
final class PngText {

    /** Longest text that is read, compressed or not. */
    private static final int MAX_TEXT_LENGTH = 1 << 20;

    /** What comes after so many characters is left out; a text that cannot be read counts as one of full length. */
    private static final int MAX_TOTAL_LENGTH = 16 * MAX_TEXT_LENGTH;

    private PngText() {}

    /** The texts of a file by keyword; texts that are too long or damaged are left out. */
    static Map<String, String> read(byte[] file) throws CorruptImageException {
        Map<String, String> texts = new LinkedHashMap<>();
        int total = 0;
        for (PngChunk chunk : PngChunk.list(file)) {
            if (!List.of("tEXt", "zTXt", "iTXt").contains(chunk.type())) continue;
            byte[] data = chunk.data(file, MAX_TEXT_LENGTH);
            int key = indexOfZero(data, 0);
            if (key <= 0 || chunk.length() > MAX_TEXT_LENGTH) continue;
            String text =
                    switch (chunk.type()) {
                        case "tEXt" -> new String(data, key + 1, data.length - key - 1, StandardCharsets.ISO_8859_1);
                        case "zTXt" -> inflateText(data, key + 2, StandardCharsets.ISO_8859_1);
                        default -> readInternationalText(data, key);
                    };
            total += text == null ? MAX_TEXT_LENGTH : text.length();
            if (total > MAX_TOTAL_LENGTH) return texts;
            if (text != null) texts.put(new String(data, 0, key, StandardCharsets.ISO_8859_1), text);
        }
        return texts;
    }

    /** iTXt: keyword, 0, compressed?, method, language, 0, translated keyword, 0, text. */
    private static String readInternationalText(byte[] data, int key) {
        int language = indexOfZero(data, key + 3), translated = language < 0 ? -1 : indexOfZero(data, language + 1);
        if (translated < 0) return null;
        if (data[key + 1] != 0) return inflateText(data, translated + 1, StandardCharsets.UTF_8);
        return new String(data, translated + 1, data.length - translated - 1, StandardCharsets.UTF_8);
    }

    /** The position of the next zero, -1 without one. */
    static int indexOfZero(byte[] data, int from) {
        for (int i = from; i < data.length; i++) if (data[i] == 0) return i;
        return -1;
    }

    private static String inflateText(byte[] data, int from, Charset charset) {
        return inflate(data, from, MAX_TEXT_LENGTH)
                .map(text -> new String(text, charset))
                .orElse(null);
    }

    /** Decompresses data; empty if they are damaged, or have more than {@code maxLength} bytes. */
    static Optional<byte[]> inflate(byte[] data, int from, int maxLength) {
        if (from >= data.length) return Optional.empty();
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(data, from, data.length - from);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            while (!inflater.finished()) {
                int count = inflater.inflate(buffer);
                if (count == 0 || out.size() + count > maxLength) return Optional.empty();
                out.write(buffer, 0, count);
            }
            return Optional.of(out.toByteArray());
        } catch (DataFormatException e) {
            return Optional.empty();
        } finally {
            inflater.end();
        }
    }

    /**
     * Writes one text: a tEXt chunk if it is ASCII, else an iTXt chunk.
     *
     * @throws UsageException when the keyword is not valid
     */
    static void write(ByteArrayOutputStream out, String key, String text) {
        if (key.isBlank()
                || key.length() > 79
                || !key.equals(key.strip())
                || !key.chars().allMatch(c -> c >= 32 && c < 127))
            throw new UsageException(
                    "'%s' is not a valid keyword of a PNG text; expected 1 to 79 ASCII characters "
                            + "without leading or trailing spaces.",
                    key);
        byte[] name = key.getBytes(StandardCharsets.ISO_8859_1);
        boolean ascii = StandardCharsets.US_ASCII.newEncoder().canEncode(text);
        byte[] value = text.getBytes(ascii ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(name);
        data.writeBytes(ascii ? new byte[1] : new byte[5]); // iTXt: not compressed, no language
        data.writeBytes(value);
        PngChunk.write(out, ascii ? "tEXt" : "iTXt", data.toByteArray());
    }
}
