package mige.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mige.image.Picture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a process of its own. */
@Tag("slow")
class ProcessTest {

    @TempDir Path folder;

    private Process start(String... words) throws IOException {
        List<String> line = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0", "-Dorg.bytedeco.javacpp.maxbytes=0", "-cp", System.getProperty("java.class.path"), "mige.cli.Main"));
        line.addAll(List.of(words));
        return new ProcessBuilder(line).directory(folder.toFile()).redirectErrorStream(true).start();
    }

    private static int code(Process process) throws InterruptedException {
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the process did not end");
        return process.exitValue();
    }

    @Test void makesAPictureInTheFolderWhereItIsCalled() throws Exception {
        assertEquals(0, code(start("create", "a tree", "--model", "random", "-o", "my tree.png")));
        assertEquals(32, Picture.read(folder.resolve("my tree.png")).width());
    }

    @Test void endsWithTheCodeOfAMistake() throws Exception {
        assertEquals(2, code(start("create", "a <image>")));
    }

    @Test void aSignalEndsItAtTheNextStepAndLeavesNothing() throws Exception {
        Process process = start("create", "a tree", "--model", "random", "--steps", "1000", "-n", "32", "-o", "tree.png");
        try (BufferedReader said = process.inputReader()) {
            String line = said.readLine();
            while (line != null && !line.startsWith("encoding")) line = said.readLine();
            process.toHandle().destroy();                  // SIGTERM, on the same way as Ctrl-C; a shell's background jobs ignore SIGINT
            List<String> rest = said.lines().toList();
            assertTrue(rest.stream().anyMatch(l -> l.startsWith("mige: cancelled while ")), rest.toString());
        }
        assertEquals(143, code(process));
        try (var files = Files.list(folder)) {
            assertFalse(files.findAny().isPresent(), "something was left behind");
        }
    }
}
