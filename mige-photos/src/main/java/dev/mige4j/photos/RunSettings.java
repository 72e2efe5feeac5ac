package dev.mige4j.photos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How the samples of a run were made, for those who use them later; in the file {@code add/run.json}.
 *
 * @param photos the folder of photographs, as it was given
 * @param encoding format of the images
 * @param stages what else the samples depend on, by name
 */
public record RunSettings(String photos, ImageEncoding encoding, SortedMap<String, String> stages) {

    /** The text from which fingerprints of items are made: it leaves out where the photographs are. */
    public String fingerprintText() {
        return encoding + "\n" + stages;
    }

    private static Path file(Path root, PhotoTask task) {
        return root.resolve(task.folder() + "/run.json");
    }

    /** Writes the settings into the output folder of a run. */
    public void write(Path root, PhotoTask task) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("photos", photos).put("format", encoding.format().name()).put("quality", encoding.quality());
        ObjectNode values = json.putObject("stages");
        stages.forEach(values::put);
        AtomicFile.write(file(root, task), Json.writePretty(json));
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws UsageException when it is missing or something else
     */
    public static RunSettings read(Path root, PhotoTask task) {
        JsonNode json = Json.read(file(root, task));
        SortedMap<String, String> stages = new TreeMap<>();
        json.path("stages")
                .properties()
                .forEach(entry -> stages.put(entry.getKey(), entry.getValue().asText()));
        ImageFormat format = Stream.of(ImageFormat.values())
                .filter(known -> known.name().equals(json.path("format").asText()))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "%s: 'format' is no format of images; expected a file that mige data wrote.",
                        file(root, task)));
        return new RunSettings(
                json.path("photos").asText(),
                new ImageEncoding(format, json.path("quality").asInt()),
                Collections.unmodifiableSortedMap(stages));
    }
}
