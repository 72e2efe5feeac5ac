package dev.mige4j;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * The folder of golden files: {@code -Dmige.reference=DIR}, else {@code shared/reference} beside a parent folder; tests
 * are skipped without it.
 */
public final class ReferenceFiles {

    private ReferenceFiles() {}

    /** A file of the folder; the test is skipped when it is not there. */
    public static Path file(String name) {
        Optional<Path> found = folder().map(folder -> folder.resolve(name)).filter(Files::exists);
        Assumptions.assumeTrue(found.isPresent(), "no reference file " + name);
        return found.get();
    }

    public static JsonNode json(String name) throws IOException {
        return new ObjectMapper().readTree(file(name).toFile());
    }

    /** The raw little-endian bytes of one tensor of a safetensors file. */
    public static ByteBuffer tensor(String name, String key) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file(name))).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        JsonNode offsets = new ObjectMapper()
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

    private static Optional<Path> folder() {
        String configured = System.getProperty("mige.reference");
        if (configured != null && !configured.isBlank()) return Optional.of(Path.of(configured));
        for (Path parent = Path.of("").toAbsolutePath(); parent != null; parent = parent.getParent())
            if (Files.isDirectory(parent.resolve("shared/reference")))
                return Optional.of(parent.resolve("shared/reference"));
        return Optional.empty();
    }
}
