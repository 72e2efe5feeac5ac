package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The files of a model of the hub, {@code config.json} and {@code model.safetensors}, in a temporary folder. */
final class HubFolder implements AutoCloseable {

    private static final String CONFIG = "config.json", WEIGHTS = "model.safetensors";

    private final Path path;

    /**
     * Writes the files, one tensor after the other.
     *
     * @param shapes keys and shapes of the model, all in float32
     * @param weights provides them
     */
    HubFolder(JsonNode config, ShapeRecorder shapes, Weights weights) {
        try {
            path = Files.createTempDirectory("mige-hub");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        boolean complete = false;
        try {
            AtomicFile.write(path.resolve(CONFIG), Json.write(config).getBytes(StandardCharsets.UTF_8));
            List<SafeTensors.TensorData> tensors = shapes.specs().entrySet().stream()
                    .map(tensor -> tensorData(
                            tensor.getKey(),
                            tensor.getValue().init(),
                            tensor.getValue().shape(),
                            weights))
                    .toList();
            SafeTensors.write(path.resolve(WEIGHTS), Map.of("format", "pt"), tensors);
            complete = true;
        } finally {
            if (!complete) close();
        }
    }

    private static SafeTensors.TensorData tensorData(String key, Init init, long[] shape, Weights weights) {
        return new SafeTensors.TensorData(
                key,
                DType.F32,
                shape,
                out -> out.write(ByteBuffer.wrap(
                        Scope.scoped(() -> weights.get(key, init, shape).toByteArray()))));
    }

    /** The folder; valid until {@link #close}. */
    Path path() {
        return path;
    }

    /** Deletes the files; on Windows, those that are still mapped are left behind. */
    @Override
    public void close() {
        try {
            for (String file : List.of(CONFIG, WEIGHTS)) Files.deleteIfExists(path.resolve(file));
            Files.delete(path);
        } catch (IOException e) {
            path.toFile().deleteOnExit();
        }
    }
}
