package dev.mige4j.train.logging;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Logs metrics and images of a training: {@code metrics.jsonl}, one JSON object a line, and TensorBoard events.
 *
 * <p>A resumed training removes the lines after the step at which it resumes, so that each step occurs once.
 */
public final class MetricsLog implements AutoCloseable {

    private final Path folder;
    private final Path jsonlFile;
    private final TensorBoardWriter tensorBoard;

    /** Opens the log in a folder for a training that continues after {@code step}. */
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
                if (Json.MAPPER.readTree(line).path("step").asLong(Long.MAX_VALUE) <= step) keptLines.add(line);
            } catch (JsonProcessingException truncated) {
                break; // the process was killed while writing this line
            }
        }
        AtomicFile.write(jsonlFile, out -> {
            for (String line : keptLines) out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        });
    }

    /** Logs metrics of a step. */
    public void logScalars(long step, Map<String, Double> scalars) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        line.put("time", Instant.now().toString());
        scalars.forEach((name, value) -> line.put(name, Double.isFinite(value) ? value : value.toString()));
        try {
            Files.writeString(
                    jsonlFile,
                    Json.write(line) + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            tensorBoard.addScalars(step, scalars);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Logs an image of a step: {@code images/NAME-STEP.png} and an event. */
    public void logImage(long step, String name, Image image) {
        try {
            Path imageFolder = folder.resolve("images");
            byte[] png = image.toPng(Map.of());
            AtomicFile.write(imageFolder.resolve("%s-%08d.png".formatted(name, step)), png);
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
