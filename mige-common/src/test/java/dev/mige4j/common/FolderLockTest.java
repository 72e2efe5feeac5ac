package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {

    @TempDir
    Path folder;

    /** Locks the folder {@code arguments[0]}, says so, and waits to be killed. */
    @SuppressWarnings("try") // held, not used
    public static void main(String[] arguments) throws Exception {
        try (FolderLock lock = FolderLock.acquire(Path.of(arguments[0]), "download")) {
            System.out.write('x');
            System.out.flush();
            Thread.sleep(60_000);
        }
    }

    @Test
    @SuppressWarnings("try") // held, not used
    void isHeldByOneAtATime() throws IOException {
        try (FolderLock lock = FolderLock.acquire(folder, "download")) {
            assertThrows(UsageException.class, () -> FolderLock.acquire(folder, "download"));
        }
        FolderLock.acquire(folder, "download").close();
        try (var files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void isHeldByOneProcessAtATimeAndEndsWithIt() throws Exception {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FolderLockTest.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertEquals('x', other.getInputStream().read());
            var e = assertThrows(UsageException.class, () -> FolderLock.acquire(folder, "download"));
            assertEquals(
                    folder + ": another download into this folder is running. Wait until it has finished, or choose"
                            + " another folder.",
                    e.getMessage());
        } finally {
            other.destroyForcibly().waitFor();
        }
        FolderLock.acquire(folder, "download").close();
    }
}
