package dev.mige4j;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the committed golden files, the resources of mige-parity. A missing file fails the test. */
public final class ReferenceFiles {

    private static final Path FOLDER = Path.of("../mige-parity/src/main/resources/dev/mige4j/parity/goldens");

    private ReferenceFiles() {}

    /** The path of a golden file, by its name inside the folder. */
    public static Path file(String name) {
        Path file = FOLDER.resolve(name);
        if (!Files.exists(file)) throw new AssertionError("no golden file " + file);
        return file;
    }

    public static JsonNode json(String name) throws IOException {
        return Json.MAPPER.readTree(file(name).toFile());
    }

    /** The little-endian bytes of one tensor of a safetensors file. */
    public static ByteBuffer tensor(String name, String key) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file(name))).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        JsonNode offsets = Json.MAPPER
                .readTree(new String(bytes.array(), 8, header, StandardCharsets.UTF_8))
                .get(key)
                .get("data_offsets");
        int from = offsets.get(0).asInt(), to = offsets.get(1).asInt();
        return bytes.slice(8 + header + from, to - from).order(ByteOrder.LITTLE_ENDIAN);
    }

    public static float[] floats(String name, String key) throws IOException {
        var values = tensor(name, key).asFloatBuffer();
        float[] result = new float[values.remaining()];
        values.get(result);
        return result;
    }
}
