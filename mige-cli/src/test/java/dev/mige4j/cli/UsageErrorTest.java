package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        assertUsageError("there is no command 'generat', did you mean generate?", "generat", "a tree");
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
    void showsNoControlCharactersOfFilesOnTheTerminal() {
        assertEquals(
                "the path 'a?[2Jb' and ? c d",
                Main.singleLine(new UsageException("%s", "the path 'a\u001b[2Jb'\n and \0\tc\r\n d")));
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
    void outputIsNoImageFormat() {
        assertUsageError(
                "out.gif does not end in .png, .jpg, .jpeg or .webp, the formats in which images are written",
                "generate",
                "a tree",
                "-o",
                "out.gif");
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            generate x --steps 5000          | --steps is '5000', expected a whole number from 2 to 1000
            generate x --steps many          | --steps is 'many', expected a whole number from 2 to 1000
            generate x --steps 1.5           | --steps is '1.5', expected a whole number from 2 to 1000
            generate x --steps=0x10          | --steps is '0x10', expected a whole number from 2 to 1000
            generate x --guidance high       | --guidance is 'high', expected a number from 0 to 100
            generate x --guidance 7,5        | --guidance is '7,5', expected a number from 0 to 100 with a decimal \
            point: 7.5
            generate x --guidance NaN        | --guidance is 'NaN', expected a number from 0 to 100
            generate x --guidance Infinity   | --guidance is 'Infinity', expected a number from 0 to 100
            generate x --guidance 1e999      | --guidance is '1e999', expected a number from 0 to 100
            generate x -n 0                  | -n is '0', expected a whole number from 1 to 64
            generate x --size 64             | --size is '64', expected WIDTHxHEIGHT from 16 to 4096 pixels, \
            such as 1024x1536
            generate x --size 64x5000        | --size is '64x5000', expected WIDTHxHEIGHT from 16 to 4096 pixels, \
            such as 1024x1536
            eval nano -o f --size 64x64      | --size is no setting of an evaluation; remove it
            generate x --first-index -1      | --first-index is '-1', expected a whole number from 0 to 1000000
            generate x --seed ten            | --seed is 'ten', expected a whole number
            generate x --seed 9223372036854775808 | --seed is '9223372036854775808', expected a whole number from \
            -9223372036854775808 to 9223372036854775807
            generate x --steps               | --steps needs a value: --steps N
            generate x --steps --seed 3      | --steps needs a value: --steps N
            generate x --steps 3 --steps 3   | --steps is given twice; give it once
            demo --steps 1                   | --steps is '1', expected a whole number from 2 to 1000
            serve --job-time 0               | --job-time is '0', expected a number from 0.001 to 1000000
            serve --port 65536               | --port is '65536', expected a whole number from 0 to 65535
            serve --workers x                | --workers is 'x', expected a whole number from 1 to 64
            serve --host 0.0.0.0             | --host 0.0.0.0 lets other computers use the server, and there is no API \
            key; give one with --api-key-file or MIGE_API_KEY, or add --insecure if everyone may use it.
            serve --host no.such.invalid     | The host 'no.such.invalid' has no address.
            serve --allowed-host http://a    | The allowed host is 'http://a', expected a name such as mige.example, \
            without scheme, port and path.
            serve --api-key-file no/such.txt | no/such.txt: there is no such file.
            serve --api-key a --api-key-file b | --api-key and --api-key-file are both given; give one of them.
            serve --queue 0                  | --queue is '0', expected a whole number of at least 1
            serve --prot 80                  | there is no option '--prot', did you mean --port?
            serve --zzz                      | there is no option '--zzz'
            edit -- a.png b --fast           | '--fast' stands after --, which ends the options; put it before
            serve now                        | 'now' is an unexpected argument
            bench --size big                 | --size is 'big', expected nano, xl or both
            convert a -o b --quantize t5     | --quantize is 't5', expected t5-int8 or denoiser-int8
            convert a                        | --output FOLDER is missing
            eval nano -o x --size 64x64      | --size is no setting of an evaluation; remove it
            eval nano -o x --seed -1         | --seed -1 is random, but an evaluation must be the same when it \
            resumes; give a seed
            experiment claims -o c --clip no/such | no/such: no such file or folder; --clip takes a CLIP model.
            generate                         | INSTRUCTION is missing
            corpus                           | mige corpus needs a command: fetch, build or sheet
            corpus fetc                      | there is no command 'fetc', did you mean fetch?
            """)
    void sentencesForValuesThatCannotBeRead(String commandLine, String message) {
        assertUsageError(message, (Object[]) commandLine.split(" "));
    }

    @Test
    void emptyValues() {
        assertUsageError(
                "--steps is empty, expected a whole number from 2 to 1000", "generate", "a tree", "--steps", "");
        assertUsageError("-o is empty, expected a file or folder", "generate", "a tree", "-o", "");
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
