package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Json;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the commands write, and that nothing of the user's is lost by it. */
class OutputTest {

    @TempDir
    Path folder;

    Path source;

    @BeforeEach
    void writeSource() {
        source = file("src.png");
        Image.filled(40, 30, 0x804020).write(source);
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static CliResult run(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--model", "random", "--steps", 2));
        return mige(all.toArray());
    }

    private CliResult edit(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("edit", source, "make it night"));
        all.addAll(List.of(arguments));
        return run(all.toArray());
    }

    private static void assertRefused(String message, CliResult result) {
        assertEquals("mige: " + message, result.firstErrorLine());
        assertEquals(2, result.exitCode());
        assertEquals("", result.out());
    }

    private List<String> names() throws IOException {
        return names(folder);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    // ---- an input is never replaced

    private void assertInputIsKept(Path output, Object... arguments) throws IOException {
        byte[] before = Files.readAllBytes(output);
        List<Object> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-o", output, "--force"));
        assertRefused(
                output + " is an input of this command, and an input is never replaced; choose another name with -o",
                run(all.toArray()));
        assertArrayEquals(before, Files.readAllBytes(output));
    }

    @Test
    void anInputIsNeverReplaced() throws IOException {
        assertInputIsKept(source, "edit", source, "make it night");
        assertInputIsKept(file("./src.png"), "edit", source, "make it night");
        assertInputIsKept(Files.createSymbolicLink(file("link.png"), source), "edit", source, "make it night");
        assertInputIsKept(Files.createLink(file("hard.png"), source), "edit", source, "make it night");
        assertInputIsKept(source, "edit", file("link.png"), "make it night");
        assertInputIsKept(source, "generate", "a <image>", "-i", source);
        assertInputIsKept(source, "generate", "a <image:dog>", "-i", "dog=" + source);
    }

    @Test
    void masksAndSourcesOfACompositionAreInputs() throws IOException {
        Image.filled(40, 30, 0xffffff).write(file("mask.png"));
        assertInputIsKept(file("mask.png"), "edit", source, "make it night", "--mask", file("mask.png"));
        Path scene = file("scene.png");
        Image.filled(30, 30, 0x2060a0).write(scene);
        assertInputIsKept(scene, "compose", "<image> on <image>", "-i", source, "-i", source, "--source", scene);
    }

    @Test
    void anInputWithANumberIsNeverReplaced() throws IOException {
        Path input = Files.copy(source, file("src-1.png"));
        byte[] before = Files.readAllBytes(input);
        assertRefused(
                input + " is an input of this command, and an input is never replaced; choose another name with -o",
                run("edit", input, "make it night", "-n", 2, "-o", source, "--force"));
        assertEquals(
                0, run("edit", input, "make it night", "-n", 2, "-o", source).exitCode());
        assertArrayEquals(before, Files.readAllBytes(input));
        assertEquals(List.of("src-1.png", "src-2.png", "src-3.png", "src.png"), names());
    }

    // ---- other files only with --force

    @Test
    void anExistingFileNeedsForce() throws IOException {
        Path output = Files.writeString(file("out.png"), "the user's");
        assertRefused(output + " exists; choose another name with -o, or replace it with --force", edit("-o", output));
        assertEquals("the user's", Files.readString(output));
        assertEquals(0, edit("-o", output, "--force").exitCode());
        assertEquals(40, Image.read(output).width());
        assertEquals(List.of("out.png", "src.png"), names());
    }

    @Test
    void aLinkToAMissingFileCountsAsAFile() throws IOException {
        Path link = Files.createSymbolicLink(file("out.png"), file("missing.png"));
        assertRefused(link + " exists; choose another name with -o, or replace it with --force", edit("-o", link));
    }

    @Test
    void severalImagesTakeTheNextFreeNumbers() throws IOException {
        assertEquals(0, edit("-n", 2, "-o", file("out.png")).exitCode());
        byte[] first = Files.readAllBytes(file("out-1.png"));
        CliResult second = edit("-n", 2, "-o", file("out.png"), "--seed", 1);
        assertEquals(
                List.of(file("out-3.png").toString(), file("out-4.png").toString()),
                second.out().lines().toList());
        assertArrayEquals(first, Files.readAllBytes(file("out-1.png")));
        CliResult replaced = edit("-n", 2, "-o", file("out.png"), "--seed", 1, "--force");
        assertEquals(
                List.of(file("out-1.png").toString(), file("out-2.png").toString()),
                replaced.out().lines().toList());
        assertArrayEquals(Files.readAllBytes(file("out-3.png")), Files.readAllBytes(file("out-1.png")));
    }

    @Test
    void aFileThatAppearsDuringTheWorkIsKept() throws IOException {
        ImageOutput output =
                ImageOutput.open(Optional.of(file("out.png")), "out", new EncodingOptions(), 1, false, List.of(source));
        Files.writeString(file("out.png"), "the user's");
        assertEquals(file("out-1.png"), output.write(out -> out.write('x')).orElseThrow());
        assertEquals("the user's", Files.readString(file("out.png")));
        assertEquals(List.of("out-1.png", "out.png", "src.png"), names());
    }

    @Test
    void withoutANameTheNextFreeOneIsTaken() {
        EncodingOptions png = new EncodingOptions();
        String stem = file("out").toString();
        for (String name : List.of("out.png", "out-1.png", "out-2.png")) {
            ImageOutput output = ImageOutput.open(Optional.empty(), stem, png, 1, false, List.of());
            assertEquals(file(name), output.write(out -> out.write('x')).orElseThrow());
        }
    }

    @Test
    void batchReplacesOnlyWithForceAndNeverAnInput() throws IOException {
        Files.writeString(
                file("src.jsonl"),
                "{\"image\": \"src.png\", \"instruction\": \"make it night\", \"idx\": 1}\n"
                        + "{\"image\": \"src.png\", \"instruction\": \"make it snow\", \"idx\": \"src\"}");
        Files.writeString(file("1.png"), "the user's");
        byte[] before = Files.readAllBytes(source);
        CliResult refused = run("batch", file("src.jsonl"), "-o", folder);
        assertEquals(1, refused.exitCode());
        assertEquals(
                "mige: record 1: " + file("1.png") + " exists; choose another name with -o, or replace it with --force",
                refused.firstErrorLine());
        assertEquals("the user's", Files.readString(file("1.png")));
        CliResult forced = run("batch", file("src.jsonl"), "-o", folder, "--force");
        assertTrue(forced.out().endsWith("1 generated, 0 up to date, 1 failed" + System.lineSeparator()), forced.out());
        assertTrue(forced.err().contains("mige: record 2: " + source + " is an input of this command"), forced.err());
        assertEquals(40, Image.read(file("1.png")).width());
        assertArrayEquals(before, Files.readAllBytes(source));
    }

    @Test
    void demoWritesIntoItsOwnFolderOnly() throws IOException {
        Path page = Files.writeString(Files.createDirectories(file("site")).resolve("index.html"), "the user's");
        assertRefused(
                file("site") + " has files that mige demo did not write; choose another folder with -o, or create the"
                        + " file " + file("site/.mige-demo") + " to let the command replace files there",
                run("demo", "-o", file("site")));
        assertEquals("the user's", Files.readString(page));
    }

    @Test
    void aCommandReplacesItsFilesInItsOwnFolder() throws IOException {
        Path own = OutputFiles.ownFolder(file("own"), "demo");
        Files.writeString(own.resolve("index.html"), "the first demo");
        assertEquals(own, OutputFiles.ownFolder(file("own"), "demo"));
    }

    @ParameterizedTest
    @CsvSource({
        "train vae,train",
        "eval nano --model a=embedded,eval",
        "corpus build,corpus",
        "dev random-checkpoint,random-checkpoint"
    })
    void commandsThatWriteManyFilesRefuseFoldersOfOthers(String command, String name) throws IOException {
        Files.writeString(Files.createDirectories(file("mine")).resolve("config.json"), "{}");
        CliResult result = mige((Object[]) (command + " -o " + file("mine")).split(" "));
        assertTrue(
                result.firstErrorLine()
                        .startsWith("mige: " + file("mine") + " has files that mige " + name + " did not write; "),
                result.err());
        assertEquals(2, result.exitCode());
        assertEquals(List.of("config.json"), names(file("mine")));
    }

    // ---- finished images are kept

    @ParameterizedTest
    @CsvSource({"false,false", "false,true", "true,false"})
    void imagesThatWereFinishedBeforeACancellationAreKept(boolean json, boolean inTurns) throws Exception {
        List<Object> arguments = new ArrayList<>(List.of("edit", source, "make it night", "-n", 60));
        arguments.addAll(List.of("-o", file("out.png"), "--model", "random", "--steps", 20));
        if (json) arguments.add("--json");
        if (inTurns) arguments.addAll(List.of("--then", "make it snow"));
        CompletableFuture<CliResult> future = new CompletableFuture<>();
        Thread thread = new Thread(() -> future.complete(mige(arguments.toArray())));
        thread.start();
        while (!Files.exists(file("out-1.png")) && !future.isDone()) TimeUnit.MILLISECONDS.sleep(5);
        thread.interrupt();
        CliResult result = future.get(60, TimeUnit.SECONDS);
        assertEquals(130, result.exitCode(), result.err());
        List<String> printed = json
                ? Json.MAPPER.readTree(result.out()).get("images").findValuesAsText("file")
                : result.out().lines().toList();
        assertTrue(!printed.isEmpty() && printed.size() < 60, result.out());
        List<String> expected = new ArrayList<>(List.of(source.toString()));
        expected.addAll(printed);
        assertEquals(
                expected.stream().sorted().toList(),
                names().stream().map(name -> file(name).toString()).sorted().toList());
        for (String name : printed) assertEquals(40, Image.read(Path.of(name)).width());
    }

    // ---- formats

    @ParameterizedTest
    @CsvSource({"out.jpg,JPEG", "out.jpeg,JPEG", "out.webp,WEBP"})
    void theRecipeOfALossyImageReproducesItByteForByte(String name, ImageFormat format) throws IOException {
        assertEquals(0, edit("-o", file(name), "--quality", 83, "--seed", 5).exitCode());
        byte[] image = Files.readAllBytes(file(name));
        assertEquals(format, ImageFormat.detect(image).orElseThrow());
        String command = mige("recipe", file(name)).out().strip();
        assertTrue(command.endsWith(" --format " + format.toString().toLowerCase(Locale.ROOT) + " --quality 83"));
        List<Object> again = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
        again.remove("mige");
        again.replaceAll(argument -> argument.toString().replace("'", ""));
        int instruction = again.indexOf("make");
        again.set(instruction, "make it night");
        again.subList(instruction + 1, instruction + 3).clear();
        again.addAll(List.of("-o", file("again-" + name)));
        CliResult result = mige(again.toArray());
        assertEquals(0, result.exitCode(), result.err());
        assertArrayEquals(image, Files.readAllBytes(file("again-" + name)));
    }

    @Test
    void lowerQualityIsSmaller() throws IOException {
        assertEquals(0, edit("-o", file("low.jpg"), "--quality", 10).exitCode());
        assertEquals(0, edit("-o", file("high.jpg"), "--quality", 95).exitCode());
        assertTrue(Files.size(file("low.jpg")) < Files.size(file("high.jpg")));
    }

    @Test
    void transparencyThatJpegCannotStoreIsSaid() {
        byte[] alpha = new byte[40 * 30];
        Arrays.fill(alpha, 0, 600, (byte) 255);
        Image.of(40, 30, Image.filled(40, 30, 0x804020).rgb(), alpha).write(source);
        Image.filled(40, 30, 0).paste(Image.filled(8, 8, 0xffffff), 0, 0).write(file("mask.png"));
        CliResult jpeg = edit("-o", file("out.jpg"), "--mask", file("mask.png"));
        assertTrue(
                jpeg.err()
                        .contains(
                                "note: JPEG has no transparency: the result is written on white; PNG and WebP keep it"),
                jpeg.err());
        assertEquals(0, edit("-o", file("out.webp"), "--mask", file("mask.png")).exitCode());
        assertArrayEquals(alpha, Image.read(file("out.webp")).alpha());
    }

    @Test
    void batchWritesOtherFormats() throws IOException {
        Files.writeString(
                file("src.jsonl"), "{\"image\": \"src.png\", \"instruction\": \"make it night\", \"idx\": 1}");
        Object[] command = {"batch", file("src.jsonl"), "-o", file("results"), "--format", "webp"};
        assertTrue(run(command).out().contains("1 generated, 0 up to date"));
        assertTrue(run(command).out().contains("0 generated, 1 up to date"));
        assertNotEquals(0, run(concat(command, "--quality", 50)).exitCode(), "made with another quality");
        Image.filled(48, 48, 0x123456).write(file("src.png"));
        assertNotEquals(0, run(command).exitCode(), "made from another source");
        Files.writeString(
                file("nul.jsonl"),
                "{\"image\": \"a\\u0000b.png\", \"instruction\": \"make it night\", \"idx\": 1}\n"
                        + "{\"image\": \"src.png\", \"instruction\": \"make it night\", \"idx\": 2}");
        CliResult nul = run("batch", file("nul.jsonl"), "-o", file("others"));
        assertTrue(nul.out().contains("1 generated, 0 up to date, 1 failed"), nul.err());
        assertEquals(List.of("1.webp"), names(file("results")));
    }

    private static Object[] concat(Object[] arguments, Object... more) {
        return Stream.of(arguments, more).flatMap(Arrays::stream).toArray();
    }

    @Test
    void contradictionsAreRefused() throws IOException {
        assertRefused(
                file("out.gif")
                        + " does not end in .png, .jpg, .jpeg or .webp, the formats in which images are written",
                edit("-o", file("out.gif")));
        assertRefused(
                "--format is webp, but the name " + file("out.jpg")
                        + " stands for JPEG; remove --format, or name a file that ends in .webp",
                edit("-o", file("out.jpg"), "--format", "webp"));
        assertRefused(
                "--quality is for JPEG and WebP, but the image is written as PNG, without loss; choose another"
                        + " --format or extension",
                edit("-o", file("out.png"), "--quality", 90));
        assertRefused(
                "--quality is '0', expected a whole number from 1 to 100", edit("-o", file("out.jpg"), "--quality", 0));
        assertRefused("-o - writes one image to standard output; remove -n, or name a file", edit("-o", "-", "-n", 2));
        assertRefused("-o - and --json both write to standard output; remove one of them", edit("-o", "-", "--json"));
        assertRefused("--format is 'gif', expected png, jpeg or webp", edit("--format", "gif"));
        assertEquals(List.of("src.png"), names());
    }

    @Test
    void aWebpImageThatWouldBeTooLargeIsRefusedBeforeTheWork() {
        Image.filled(16_384, 1, 0).write(file("wide.png"));
        assertRefused(
                "A WebP image has at most 16383 pixels per side, this one has 16384 x 1; write PNG or JPEG.",
                run("edit", file("wide.png"), "make it night", "-o", file("out.webp")));
    }
}
