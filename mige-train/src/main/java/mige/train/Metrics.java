package mige.train;

import com.fasterxml.jackson.databind.ObjectMapper;
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
import mige.image.Picture;

/**
 * The curves of a training: {@code metrics.jsonl}, one JSON object a line, and the same as TensorBoard events, with pictures.
 *
 * <p>A resumed training forgets the lines behind the step where it goes on, so that each step stands once.
 */
public final class Metrics implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Path lines;
    private final EventFile events;

    /** Opens the curves of a training's folder, going on after {@code step}. */
    public Metrics(Path folder, long step) {
        this.folder = folder;
        this.lines = folder.resolve("metrics.jsonl");
        try {
            Files.createDirectories(folder);
            if (Files.exists(lines)) forgetAfter(step);
            events = new EventFile(folder, step);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void forgetAfter(long step) throws IOException {
        List<String> kept = new ArrayList<>();
        for (String line : Files.readAllLines(lines)) {
            try {
                if (JSON.readTree(line).path("step").asLong(Long.MAX_VALUE) <= step) kept.add(line);
            } catch (com.fasterxml.jackson.core.JsonProcessingException cutOff) {
                break;                  // the process died while it wrote this one
            }
        }
        Path fresh = folder.resolve("metrics.jsonl.part");
        Files.write(fresh, kept);
        Files.move(fresh, lines, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Notes figures of a step. */
    public void note(long step, Map<String, Double> figures) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        line.put("time", Instant.now().toString());
        figures.forEach((name, value) -> line.put(name, Double.isFinite(value) ? value : value.toString()));
        try {
            Files.writeString(lines, JSON.writeValueAsString(line) + "\n", StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            events.figures(step, figures);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keeps a picture of a step: {@code pictures/NAME-STEP.png} and an event. */
    public void picture(long step, String name, Picture picture) {
        try {
            Path pictures = Files.createDirectories(folder.resolve("pictures"));
            byte[] png = picture.png(Map.of());
            Files.write(pictures.resolve("%s-%08d.png".formatted(name, step)), png);
            events.picture(step, name, picture.width(), picture.height(), png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            events.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
