package dev.mige4j.corpus.sprites;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Reads files of an npm archive (a gzip-compressed tar file). */
final class NpmArchive {

    private NpmArchive() {}

    /** Contents of the files whose path, without the leading {@code package/}, the filter accepts. */
    static Map<String, byte[]> read(Path archive, Predicate<String> filter) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        try (TarArchiveInputStream in = new TarArchiveInputStream(
                new BufferedInputStream(new GZIPInputStream(Files.newInputStream(archive), 1 << 16), 1 << 16),
                StandardCharsets.UTF_8.name())) {
            for (TarArchiveEntry entry; (entry = in.getNextEntry()) != null; ) {
                String path = entry.getName().substring(entry.getName().indexOf('/') + 1);
                if (entry.isFile() && filter.test(path)) files.put(path, in.readAllBytes());
            }
        }
        return files;
    }
}
