package dev.mige4j.corpus.sprites;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/** Reads files out of an npm archive (gzip over tar). */
final class NpmArchive {

    private NpmArchive() {}

    /** The wanted files by their path in the archive without the leading {@code package/}. */
    static Map<String, byte[]> read(Path archive, Predicate<String> filter) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        try (InputStream in =
                new BufferedInputStream(new GZIPInputStream(Files.newInputStream(archive), 1 << 16), 1 << 16)) {
            byte[] header = new byte[512];
            while (in.readNBytes(header, 0, 512) == 512 && header[0] != 0) {
                String prefix = readString(header, 345, 155);
                String name = (prefix.isEmpty() ? "" : prefix + "/") + readString(header, 0, 100);
                long size = Long.parseLong(readString(header, 124, 12).trim(), 8);
                boolean regularFile = header[156] == '0' || header[156] == 0;
                String path = name.substring(name.indexOf('/') + 1);
                if (regularFile && filter.test(path)) files.put(path, in.readNBytes(Math.toIntExact(size)));
                else in.skipNBytes(size);
                in.skipNBytes((512 - size % 512) % 512);
            }
        }
        return files;
    }

    private static String readString(byte[] header, int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) end++;
        return new String(header, from, end - from, StandardCharsets.UTF_8);
    }
}
