package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

    @TempDir
    Path folder;

    @Test
    void createsMissingParentFolders() throws IOException {
        Path target = folder.resolve("a/b/file.txt");
        AtomicFile.write(target, "new");
        assertEquals("new", Files.readString(target));
        assertEquals(List.of("file.txt"), names(target.getParent()));
    }

    @Test
    void keepsTheOldFileAndLeavesNoPartialFileWhenWritingFails() throws IOException {
        Path target = folder.resolve("file.txt");
        Files.writeString(target, "old");
        AtomicFile.StreamWriter failing = out -> {
            out.write("half".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            throw new IOException("No space left on device");
        };
        UsageException e = assertThrows(UsageException.class, () -> AtomicFile.write(target, failing));
        assertTrue(e.getMessage().contains("the disk is full"), e.getMessage());
        assertEquals("old", Files.readString(target));
        assertEquals(List.of("file.txt"), names(folder));
    }

    @Test
    void createsAFileOnlyIfThereIsNone() throws IOException {
        Path target = folder.resolve("file.txt");
        assertTrue(AtomicFile.create(target, out -> out.write('1')));
        assertFalse(AtomicFile.create(target, out -> out.write('2')));
        assertEquals("1", Files.readString(target));
        assertEquals(List.of("file.txt"), names(folder));
    }

    @Test
    void aFileThatAppearsWhileAnotherIsWrittenIsKept() throws IOException {
        Path target = folder.resolve("file.txt");
        assertFalse(AtomicFile.create(target, out -> Files.writeString(target, "the user's")));
        assertEquals("the user's", Files.readString(target));
        assertEquals(List.of("file.txt"), names(folder));
    }

    @Test
    void refusesAFileLargerThanTheFreeSpaceBeforeWriting() throws IOException {
        Path target = folder.resolve("file.bin");
        AtomicFile.ChannelWriter never = out -> {
            throw new AssertionError("must not be called");
        };
        UsageException e = assertThrows(UsageException.class, () -> AtomicFile.write(target, Long.MAX_VALUE, never));
        assertTrue(e.getMessage().contains("9.2 EB"), e.getMessage());
        assertEquals(List.of(), names(folder));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
