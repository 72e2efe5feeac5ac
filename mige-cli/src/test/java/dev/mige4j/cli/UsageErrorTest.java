package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** User errors give one sentence and exit code 2 before a model is loaded. */
class UsageErrorTest {

    @TempDir
    Path folder;

    Path dogFile;

    @BeforeEach
    void writeInputImage() {
        dogFile = folder.resolve("dog.png");
        Image.filled(40, 30, 0x804020).write(dogFile, Map.of());
    }

    private static void assertUsageError(String message, Object... arguments) {
        CliResult result = mige(arguments);
        assertEquals("mige: " + message, result.firstErrorLine());
        assertEquals(2, result.exitCode());
        assertEquals("", result.out());
    }

    @Test
    void unknownOptionGetsASuggestion() {
        assertUsageError("there is no option '--step', did you mean --steps?", "generate", "a tree", "--step", 3);
    }

    @Test
    void unknownCommandGetsASuggestion() {
        assertUsageError("there is no command 'generat', did you mean generate or bench?", "generat", "a tree");
    }

    @Test
    void helpAsACommand() {
        assertEquals(mige("edit", "--help").out(), mige("help", "edit").out());
        assertEquals(mige("--help").out(), mige("help").out());
    }

    @Test
    void instructionWithoutQuotes() {
        assertUsageError("'tree' is an unexpected argument; put the instruction into quotes", "generate", "a", "tree");
    }

    @Test
    void unknownDevice() {
        assertUsageError("The device is 'gpu', expected cpu, cuda or cuda:N.", "verify", "--device", "gpu");
    }

    @Test
    void missingInputFile() {
        Path missing = folder.resolve("cat.png");
        assertUsageError(missing + ": no such file", "edit", missing, "make it night");
    }

    @Test
    void inputFileIsNotAnImage() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.png"), "hello");
        assertTrue(mige("edit", text, "make it night").firstErrorLine().startsWith("mige: " + text + ": "));
        assertEquals(2, mige("edit", text, "make it night").exitCode());
    }

    @Test
    void fewerImagesThanPlaceholders() {
        assertUsageError(
                "The instruction has 2 <image> placeholders but 1 image was given. Give one image per placeholder.",
                "generate",
                "<image> by <image>",
                "-i",
                dogFile);
    }

    @Test
    void unknownImageName() {
        assertUsageError(
                "The instruction refers to <image:cat>, but no image has this name. The names are: dog.",
                "generate",
                "<image:cat>",
                "-i",
                "dog=" + dogFile);
    }

    @Test
    void duplicateImageName() {
        assertUsageError(
                "Two images have the name 'dog'.",
                "generate",
                "<image:dog>",
                "-i",
                "dog=" + dogFile,
                "-i",
                "dog=" + dogFile);
    }

    @Test
    void outputIsAFolder() {
        assertUsageError(
                folder + " is a folder; name a file in it, such as " + folder.resolve("out.png"),
                "generate",
                "a tree",
                "-o",
                folder);
    }

    @Test
    void outputIsNotPng() {
        assertUsageError(
                "out.jpg does not end in .png; images are written as PNG, which stores their recipe",
                "generate",
                "a tree",
                "-o",
                "out.jpg");
    }

    @Test
    void outputParentIsAFile() {
        assertUsageError(
                dogFile + ": the folder cannot be created: a file with that name exists",
                "generate",
                "a tree",
                "-o",
                dogFile.resolve("out.png"));
    }

    @Test
    void tooManySteps() {
        assertUsageError("--job-time is 0.0, expected a number of minutes above 0", "serve", "--job-time", 0);
        assertUsageError("The number of steps is 5000, expected 2 to 1000.", "generate", "a tree", "--steps", 5000);
    }

    @Test
    void faithfulAndFastTogether() {
        assertUsageError(
                "'faithful' and 'fast' are both set, but the reference has no fast sampling; remove one of them.",
                "generate",
                "a tree",
                "--fast",
                "--faithful");
    }

    @Test
    void optionValueIsNotANumber() {
        assertUsageError(
                "Invalid value for option '--steps': 'many' is not a whole number",
                "generate",
                "a tree",
                "--steps",
                "many");
        assertUsageError(
                "Invalid value for option '--guidance': 'high' is not a number",
                "generate",
                "a tree",
                "--guidance",
                "high");
    }

    @Test
    void missingModelFolder() {
        assertUsageError(
                "nowhere: no such folder; --model takes 'embedded' or a model folder, which mige download published"
                        + " or mige convert writes",
                "generate",
                "a tree",
                "--model",
                "nowhere",
                "-o",
                folder.resolve("out.png"));
    }

    @Test
    void modelLargerThanMemory() throws IOException {
        Path model = folder.resolve("huge");
        mige("dev", "random-checkpoint", "--size", "tiny", "-o", model, "-q");
        try (RandomAccessFile sparse =
                new RandomAccessFile(model.resolve("t5.safetensors").toFile(), "rw")) {
            sparse.setLength(4L << 40);
        }
        CliResult result = mige("generate", "a tree", "--model", model, "-o", folder.resolve("out.png"));
        assertEquals(2, result.exitCode());
        assertTrue(
                result.firstErrorLine().startsWith("mige: " + model + " needs at least 4.4 TB of memory, but only "),
                result.err());
    }

    @Test
    void maskWithoutSourceImage() {
        assertUsageError(
                "--mask needs a source image, but a new image is generated; remove it, or use mige edit",
                "generate",
                "a tree",
                "--mask",
                "auto",
                "-o",
                folder.resolve("out.png"));
    }

    @Test
    void namedImageInAnEdit() {
        assertUsageError(
                "mige edit has one image, <image>; use mige compose for instructions with named or several images.",
                "edit",
                dogFile,
                "add <image:cat>");
    }

    @Test
    void secondImageInAnEdit() {
        assertUsageError(
                "mige edit has one image; use mige compose for an edit with reference images",
                "edit",
                dogFile,
                "add <image>",
                "-i",
                dogFile);
    }

    @Test
    void instructionBeforeTheImage() {
        assertUsageError(
                "make it night: no such file; the image comes before the instruction: mige edit IMAGE INSTRUCTION",
                "edit",
                "make it night",
                dogFile);
    }

    @Test
    void composeSourceIndexOutOfRange() {
        assertUsageError(
                "--source is '3', expected 1 to 2, or a file",
                "compose",
                "<image> on <image>",
                "-i",
                dogFile,
                "-i",
                dogFile,
                "--source",
                3);
    }

    @Test
    void imageWithoutARecipe() {
        assertUsageError("The image has no recipe; only files that mige4j saved have one.", "recipe", dogFile);
    }

    @Test
    void batchFileIsNotJson() throws IOException {
        Path file = Files.writeString(folder.resolve("r.jsonl"), "{\"idx\": 1}\nhello\n");
        assertTrue(mige("batch", file).firstErrorLine().startsWith("mige: " + file + ": invalid JSON at line 2: "));
    }

    @Test
    void batchFileInAnotherEncoding() throws IOException {
        Path file = Files.write(
                folder.resolve("r.jsonl"), "{\"idx\": 1}\n{\"idx\": \"\u00fc\"}".getBytes(StandardCharsets.ISO_8859_1));
        assertUsageError(file + ": line 2 is not in UTF-8; save the file in that encoding.", "batch", file);
    }

    @Test
    void aByteOrderMarkIsIgnored() throws IOException {
        Path file = Files.writeString(folder.resolve("r.jsonl"), "\uFEFF[]");
        assertUsageError(file + ": contains no records", "batch", file);
    }

    @Test
    void anArgumentThatTheLocaleDamaged() {
        CliResult result = mige("edit", dogFile, "f\uFFFD\uFFFDr die Nacht");
        assertEquals(2, result.exitCode());
        assertTrue(
                result.firstErrorLine().startsWith("mige: the argument 'f?r die Nacht' is not "),
                result.firstErrorLine());
    }

    @Test
    void emptyBatchFile() throws IOException {
        Path file = Files.writeString(folder.resolve("r.json"), "[]");
        assertUsageError(file + ": contains no records", "batch", file);
    }
}
