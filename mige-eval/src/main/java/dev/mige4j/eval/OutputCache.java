package dev.mige4j.eval;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The outputs of the models as PNG files. They are reused when only the metrics change.
 *
 * <p>Text chunks of each file hold its provenance and the seconds it took.
 */
final class OutputCache {

    private static final String PROVENANCE = "mige-eval", SECONDS = "mige-eval-seconds";

    private final Path folder;

    OutputCache(Path folder) {
        this.folder = folder;
    }

    /** @param seconds time of the request; NaN when unknown */
    record CachedOutput(Image image, double seconds) {}

    private Path file(String row, String sampleId, int turn) {
        return folder.resolve(row.replaceAll("[^A-Za-z0-9._-]", "_"))
                .resolve(sampleId + (turn == 0 ? "" : "-turn" + (turn + 1)) + ".png");
    }

    /** The output with this provenance; empty when there is none. */
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
        } catch (IOException e) {
            throw AtomicFile.writeFailed(file, e);
        }
        output.image.write(file, Map.of(PROVENANCE, provenance, SECONDS, Double.toString(output.seconds)));
    }
}
