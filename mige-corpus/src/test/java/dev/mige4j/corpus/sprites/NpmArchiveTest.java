package dev.mige4j.corpus.sprites;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpmArchiveTest {

    @TempDir
    Path folder;

    @Test
    void readsTheFilesThatTheFilterAccepts() throws Exception {
        String longPath = "en/" + "very-".repeat(30) + "long.json";
        Path archive =
                writeArchive(Map.of("package/icons.json", "{}", "package/README.md", "#", "package/" + longPath, "1"));
        Map<String, byte[]> files = NpmArchive.read(archive, path -> path.endsWith(".json"));
        assertEquals(Set.of("icons.json", longPath), files.keySet());
        assertEquals("{}", new String(files.get("icons.json"), StandardCharsets.UTF_8));
    }

    private Path writeArchive(Map<String, String> files) throws IOException {
        Path archive = folder.resolve("package.tgz");
        try (TarArchiveOutputStream out =
                new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(archive)))) {
            out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            out.putArchiveEntry(new TarArchiveEntry("package/"));
            out.closeArchiveEntry();
            for (Map.Entry<String, String> file : files.entrySet()) {
                byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(content.length);
                out.putArchiveEntry(entry);
                out.write(content);
                out.closeArchiveEntry();
            }
        }
        return archive;
    }
}
