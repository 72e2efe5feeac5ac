package dev.mige4j.common;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The project's JSON mapper. Unknown properties and trailing content are errors; see {@link #lenientReader} for the
 * other case.
 */
public final class Json {

    /** Thread-safe and not to be reconfigured; derive readers and writers from it. */
    public static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /** A reader that ignores unknown properties, for files that other programs write. */
    public static ObjectReader lenientReader() {
        return MAPPER.reader().without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    }

    /** A writer with indentation. */
    public static ObjectWriter prettyWriter() {
        return MAPPER.writerWithDefaultPrettyPrinter();
    }

    /**
     * Parses a file.
     *
     * @throws UsageException when the file is missing, cannot be read, or is not JSON
     */
    public static JsonNode read(Path file) {
        try {
            return MAPPER.readTree(readText(file));
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not JSON: %s", file, e.getOriginalMessage(), e);
        }
    }

    /**
     * The text of a JSON file, without a byte order mark.
     *
     * @throws UsageException when the file is missing, cannot be read, has other content, or is not in UTF-8
     */
    public static String readText(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            FileContent.recognize(bytes).filter(content -> !content.isJson()).ifPresent(content -> {
                throw new UsageException("%s", content.message(file.toString(), "JSON"));
            });
            return withoutByteOrderMark(decode(bytes, file));
        } catch (NoSuchFileException e) {
            throw new UsageException("%s: there is no such file.", file, e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }

    private static String decode(byte[] bytes, Path file) {
        CharBuffer text = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes), text, true);
        text.flip();
        if (result.isError())
            throw new UsageException(
                    "%s: line %d is not in UTF-8; save the file in that encoding.",
                    file, text.chars().filter(c -> c == '\n').count() + 1);
        return text.toString();
    }

    private static String withoutByteOrderMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** Serializes to a compact string. */
    public static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Serializes with indentation, ending in a line break. */
    public static String writePretty(Object value) {
        try {
            return prettyWriter().writeValueAsString(value) + "\n";
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
