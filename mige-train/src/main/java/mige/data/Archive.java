package mige.data;

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
final class Archive {

    private Archive() { }

    /** The wanted files by their path in the archive without the leading {@code package/}. */
    static Map<String, byte[]> read(Path tgz, Predicate<String> wanted) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        try (InputStream in = new BufferedInputStream(new GZIPInputStream(Files.newInputStream(tgz), 1 << 16), 1 << 16)) {
            byte[] head = new byte[512];
            while (in.readNBytes(head, 0, 512) == 512 && head[0] != 0) {
                String prefix = text(head, 345, 155);
                String name = (prefix.isEmpty() ? "" : prefix + "/") + text(head, 0, 100);
                long size = Long.parseLong(text(head, 124, 12).trim(), 8);
                boolean plain = head[156] == '0' || head[156] == 0;
                String path = name.substring(name.indexOf('/') + 1);
                if (plain && wanted.test(path)) files.put(path, in.readNBytes(Math.toIntExact(size)));
                else in.skipNBytes(size);
                in.skipNBytes((512 - size % 512) % 512);
            }
        }
        return files;
    }

    private static String text(byte[] head, int from, int length) {
        int end = from;
        while (end < from + length && head[end] != 0) end++;
        return new String(head, from, end - from, StandardCharsets.UTF_8);
    }
}
