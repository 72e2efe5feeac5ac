package dev.mige4j.train.dataset;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Tells whether files are still the ones that something was made with. */
public final class Fingerprint {

    private Fingerprint() {}

    /** Of bigger files name and size stand for the contents. */
    private static final long MAX_HASHED_BYTES = 1L << 28;

    /** The first 16 hexadecimal digits of the SHA-256 of the files' contents, in order. */
    public static String of(List<Path> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update(
                        Files.size(file) <= MAX_HASHED_BYTES
                                ? Files.readAllBytes(file)
                                : (file.getFileName() + " " + Files.size(file)).getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read; the stages before this one write it", e.getMessage());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
