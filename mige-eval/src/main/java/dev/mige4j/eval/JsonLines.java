package dev.mige4j.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** Files with a JSON object in each line, to which a process that may be killed appends. */
final class JsonLines {

    private static final String REMEDY = "Choose another output folder, or delete the file to start over.";

    private JsonLines() {}

    /**
     * Reads a file; it may be missing. An incomplete last line, left by a killed process, is dropped from it.
     *
     * @param description what a line is, such as {@code a score}
     * @throws UsageException when a complete line is something else, or was written by an earlier version
     */
    static <T> List<T> read(Path file, Class<T> type, String description) {
        if (!Files.exists(file)) return List.of();
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
        int completeLength = bytes.length;
        while (completeLength > 0 && bytes[completeLength - 1] != '\n') completeLength--;
        List<String> lines = decode(bytes, completeLength, file).lines().toList();
        List<T> values = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++)
            if (!lines.get(i).isBlank()) values.add(parse(lines.get(i), type, description, file, i + 1));
        if (completeLength < bytes.length) AtomicFile.write(file, Arrays.copyOf(bytes, completeLength));
        return values;
    }

    private static String decode(byte[] bytes, int length, Path file) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UsageException("%s is not in UTF-8, in which it was written. %s", file, REMEDY, e);
        }
    }

    private static <T> T parse(String line, Class<T> type, String description, Path file, int lineNumber) {
        try {
            JsonNode node = Json.MAPPER.readTree(line);
            if (node.has("question") && node.has("figures"))
                throw new UsageException(
                        "%s was written by an earlier version, which scored under other names. %s", file, REMEDY);
            T value = Json.MAPPER.treeToValue(node, type);
            if (value != null) return value;
            throw new UsageException("%s: line %d is null, not %s. %s", file, lineNumber, description, REMEDY);
        } catch (JsonProcessingException e) {
            String reason = e.getCause() instanceof IllegalArgumentException cause
                    ? cause.getMessage()
                    : e.getOriginalMessage();
            throw new UsageException("%s: line %d is not %s: %s. %s", file, lineNumber, description, reason, REMEDY, e);
        }
    }

    /** Appends values, which become complete lines; missing folders are created. */
    static void append(Path file, Collection<?> values) {
        StringBuilder lines = new StringBuilder();
        for (Object value : values) lines.append(Json.write(value)).append('\n');
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(file, e);
        }
    }
}
