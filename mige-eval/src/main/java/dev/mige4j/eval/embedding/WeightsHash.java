package dev.mige4j.eval.embedding;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mige4j.common.Sha256;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Names an embedder after its weights. */
final class WeightsHash {

    private WeightsHash() {}

    /**
     * The first 16 hexadecimal digits of the SHA-256 of the weights in a folder, or of a file. Of several files it is
     * the sum of their sums.
     */
    static String of(Path folderOrFile) {
        List<Path> files = Checkpoint.weightFiles(folderOrFile);
        StringBuilder sums = new StringBuilder();
        for (Path file : files) {
            try {
                sums.append(Sha256.hex(file));
            } catch (IOException e) {
                throw new WeightsException("%s cannot be read: %s", file, e.getMessage(), e);
            }
        }
        String sum =
                files.size() == 1 ? sums.toString() : Sha256.hex(sums.toString().getBytes(US_ASCII));
        return sum.substring(0, 16);
    }
}
