package dev.mige4j.eval;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The pictures that models made, kept as PNG files, so that they can be looked at and need not be made again when only
 * the evaluation pair or a metric changes. What made each, and in how many seconds, stands in the file.
 */
final class OutputCache {

    private static final String PROVENANCE = "mige-eval", SECONDS = "mige-eval-seconds";

    private final Path folder;

    OutputCache(Path folder) {
        this.folder = folder;
    }

    record CachedOutput(Image image, double seconds) {}

    Path file(String row, String sampleId, int turn) {
        return folder.resolve(row.replaceAll("[^A-Za-z0-9._-]", "_"))
                .resolve(sampleId + (turn == 0 ? "" : "-turn" + (turn + 1)) + ".png");
    }

    /** The picture that was made in this way, if it is there and whole. */
    Optional<CachedOutput> find(String row, String provenance, String sampleId, int turn) {
        Path file = file(row, sampleId, turn);
        if (!Files.exists(file)) return Optional.empty();
        Map<String, String> textChunks = ImageFile.textChunks(file);
        if (!provenance.equals(textChunks.get(PROVENANCE))) return Optional.empty();
        return Optional.of(
                new CachedOutput(Image.read(file), Double.parseDouble(textChunks.getOrDefault(SECONDS, "NaN"))));
    }

    void put(String row, String provenance, String sampleId, int turn, CachedOutput output) {
        Path file = file(row, sampleId, turn);
        try {
            Files.createDirectories(file.getParent());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        output.image.write(file, Map.of(PROVENANCE, provenance, SECONDS, Double.toString(output.seconds)));
    }
}
