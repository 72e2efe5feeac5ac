package dev.mige4j.train.logging;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The curves of a training: {@code metrics.jsonl}, one JSON object a line, and the same as TensorBoard events, with
 * pictures.
 *
 * <p>A resumed training forgets the lines behind the step where it goes on, so that each step stands once.
 */
public final class MetricsLog implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Path jsonlFile;
    private final TensorBoardWriter tensorBoard;

    /** Opens the curves of a training's folder, going on after {@code step}. */
    public MetricsLog(Path folder, long step) {
        this.folder = folder;
        this.jsonlFile = folder.resolve("metrics.jsonl");
        try {
            Files.createDirectories(folder);
            if (Files.exists(jsonlFile)) truncateAfter(step);
            tensorBoard = new TensorBoardWriter(folder, step);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void truncateAfter(long step) throws IOException {
        List<String> keptLines = new ArrayList<>();
        for (String line : Files.readAllLines(jsonlFile)) {
            try {
                if (JSON.readTree(line).path("step").asLong(Long.MAX_VALUE) <= step) keptLines.add(line);
            } catch (com.fasterxml.jackson.core.JsonProcessingException cutOff) {
                break; // the process died while it wrote this one
            }
        }
        Path tempFile = folder.resolve("metrics.jsonl.part");
        Files.write(tempFile, keptLines);
        Files.move(tempFile, jsonlFile, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Notes figures of a step. */
    public void logScalars(long step, Map<String, Double> scalars) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        line.put("time", Instant.now().toString());
        scalars.forEach((name, value) -> line.put(name, Double.isFinite(value) ? value : value.toString()));
        try {
            Files.writeString(
                    jsonlFile,
                    JSON.writeValueAsString(line) + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            tensorBoard.addScalars(step, scalars);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keeps a picture of a step: {@code pictures/NAME-STEP.png} and an event. */
    public void logImage(long step, String name, Image image) {
        try {
            Path imageFolder = Files.createDirectories(folder.resolve("pictures"));
            byte[] png = image.toPng(Map.of());
            Files.write(imageFolder.resolve("%s-%08d.png".formatted(name, step)), png);
            tensorBoard.addImage(step, name, image.width(), image.height(), png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            tensorBoard.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
