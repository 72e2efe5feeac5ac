package dev.mige4j.pipeline;

import dev.mige4j.common.Sha256;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.Checkpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Identifies a model by a hash that takes a fraction of a second for weight files of any size. */
public final class ModelHash {

    /** Files of up to 64 samples are hashed completely. */
    private static final int SAMPLE_BYTES = 1 << 16;

    private ModelHash() {}

    /**
     * As {@link Mige#modelHash}, of a folder that is not opened.
     *
     * @throws WeightsException when the folder is not that of a model
     */
    public static String of(Path folder) {
        return of(folder, Checkpoint.weightFiles(folder));
    }

    /** The first 16 hexadecimal digits of a SHA-256 over the configuration and samples of the weight files. */
    static String of(Path folder, List<Path> weightFiles) {
        MessageDigest digest = Sha256.newDigest();
        try {
            digest.update(Files.readAllBytes(folder.resolve(ModelConfig.FILE_NAME)));
            for (Path file : weightFiles) update(digest, file);
        } catch (IOException e) {
            throw new WeightsException("%s cannot be read: %s", folder, e.getMessage(), e);
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }

    /** Adds name, size and 64 evenly spaced samples, of which the first is the header. */
    private static void update(MessageDigest digest, Path file) throws IOException {
        long size = Files.size(file), stride = Math.max(SAMPLE_BYTES, size / 64);
        digest.update((file.getFileName() + " " + size).getBytes(StandardCharsets.UTF_8));
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(SAMPLE_BYTES);
            for (long offset = 0; offset < size; offset += stride) {
                buffer.clear();
                channel.read(buffer, offset);
                digest.update(buffer.flip());
            }
        }
    }
}
