package dev.mige4j.train.dataset;

import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Identifies the content of weight files, to detect outdated caches. */
public final class Fingerprint {

    private Fingerprint() {}

    /** For larger files, name and size are hashed instead of the content. */
    private static final long MAX_HASHED_BYTES = 1L << 28;

    /** The first 16 hexadecimal digits of the SHA-256 of the files' contents, in order. */
    public static String of(List<Path> files) {
        MessageDigest digest = Sha256.newDigest();
        for (Path file : files) {
            try {
                digest.update(
                        Files.size(file) <= MAX_HASHED_BYTES
                                ? Files.readAllBytes(file)
                                : (file.getFileName() + " " + Files.size(file)).getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UsageException("%s cannot be read; an earlier training stage writes it.", file, e);
            }
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }
}
