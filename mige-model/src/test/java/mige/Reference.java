package mige;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Assumptions;

/** The folder of golden files: {@code -Dmige.reference=DIR}, else {@code shared/reference} beside a parent folder; tests are skipped without it. */
public final class Reference {

    private Reference() {}

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
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file(name))).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(all.getLong(0));
        JsonNode offsets = new ObjectMapper().readTree(new String(all.array(), 8, header, StandardCharsets.UTF_8)).get(key).get("data_offsets");
        int from = offsets.get(0).asInt(), to = offsets.get(1).asInt();
        return all.slice(8 + header + from, to - from).order(ByteOrder.LITTLE_ENDIAN);
    }

    public static float[] floats(String name, String key) throws IOException {
        var values = tensor(name, key).asFloatBuffer();
        float[] result = new float[values.remaining()];
        values.get(result);
        return result;
    }

    private static Optional<Path> folder() {
        String given = System.getProperty("mige.reference");
        if (given != null && !given.isBlank()) return Optional.of(Path.of(given));
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent())
            if (Files.isDirectory(at.resolve("shared/reference"))) return Optional.of(at.resolve("shared/reference"));
        return Optional.empty();
    }
}
