package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.pipeline.Recipe;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line in its own process. */
@Tag("slow")
class CliProcessTest {

    @TempDir
    Path folder;

    private Process start(String... arguments) throws IOException {
        return MigeProcess.of(folder, "256m", arguments).start();
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the process did not end");
        return process.exitValue();
    }

    @Test
    void writesTheImageIntoTheWorkingDirectory() throws Exception {
        assertEquals(0, exitCode(start("generate", "a tree", "--model", "random", "-o", "my tree.png")));
        assertEquals(32, Image.read(folder.resolve("my tree.png")).width());
    }

    @Test
    void anUnusableDeviceIsOneSentenceAndExitCode1() throws Exception {
        Process process = start("generate", "a tree", "--model", "random", "--device", "cuda");
        List<String> lines = process.errorReader().lines().toList();
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.get(0).startsWith("mige: This build of libtorch has no CUDA"), lines.get(0));
        assertEquals(1, exitCode(process));
    }

    @Test
    void exitsWithCode2OnAUsageError() throws Exception {
        assertEquals(2, exitCode(start("generate", "a <image>")));
    }

    @Test
    void theImageIsAllThatStandardOutputGets() throws Exception {
        Image.filled(40, 30, 0x804020).write(folder.resolve("a.png"));
        Process process = start("edit", "a.png", "make it night", "--model", "random", "-o", "-", "--format", "webp");
        byte[] output = process.getInputStream().readAllBytes();
        assertEquals(0, exitCode(process));
        assertEquals(ImageFormat.WEBP, ImageFormat.detect(output).orElseThrow());
        assertEquals(40, Image.read(output, "output").width());
        assertEquals("edit", Recipe.read(output, "output").task());
        assertEquals(List.of("a.png"), List.of(folder.toFile().list()));
    }

    @Test
    void aClosedStandardOutputIsNoError() throws Exception {
        Process process = start("generate", "a tree", "--model", "random", "-q", "-o", "-");
        process.getInputStream().close();
        assertEquals("", new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, exitCode(process));
    }

    @Test
    void sigtermKeepsTheFinishedImages() throws Exception {
        Process process =
                start("generate", "a tree", "--model", "random", "--steps", "100", "-n", "32", "-o", "tree.png");
        try (BufferedReader output = process.inputReader()) {
            assertEquals("tree-1.png", output.readLine());
            process.toHandle().destroy();
            List<String> names = new ArrayList<>(List.of("tree-1.png"));
            output.lines().forEach(names::add);
            assertEquals(
                    names.stream().sorted().toList(),
                    Stream.of(folder.toFile().list()).sorted().toList());
        }
        assertEquals(143, exitCode(process));
    }

    @Test
    void sigtermCancelsTheRequestAndLeavesNoFiles() throws Exception {
        Process process =
                start("generate", "a tree", "--model", "random", "--steps", "1000", "-n", "32", "-o", "tree.png");
        try (BufferedReader output = process.errorReader()) {
            String line = output.readLine();
            while (line != null && !line.startsWith("denoising")) line = output.readLine();
            process.toHandle().destroy(); // SIGTERM takes the same path as Ctrl-C
            List<String> remainingLines = output.lines().toList();
            assertTrue(
                    remainingLines.stream().anyMatch(l -> l.startsWith("mige: cancelled while ")),
                    remainingLines.toString());
        }
        assertEquals(143, exitCode(process));
        try (var files = Files.list(folder)) {
            assertFalse(files.findAny().isPresent(), "a partial file was left");
        }
    }
}
