package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Complete command lines with a tiny model with random weights; its images are noise. */
class CliEndToEndTest {

    @TempDir
    Path folder;

    Path dogFile, roomFile;

    @BeforeEach
    void writeInputImages() {
        dogFile = folder.resolve("my dog.png");
        roomFile = folder.resolve("room.png");
        Image.filled(40, 30, 0x804020).write(dogFile, Map.of());
        Image.filled(50, 70, 0x2060a0)
                .paste(Image.filled(20, 20, 0xf0f0f0), 10, 10)
                .write(roomFile, Map.of());
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static CliResult runWithRandomModel(Object... arguments) {
        List<Object> allArguments = new ArrayList<>(List.of(arguments));
        allArguments.addAll(List.of("--model", "random"));
        CliResult result = mige(allArguments.toArray());
        assertEquals(0, result.exitCode(), result.err());
        return result;
    }

    @Test
    void generatesAnImageOfASubject() {
        CliResult result =
                runWithRandomModel("generate", "a <image> on the beach", "-i", dogFile, "-o", file("out.png"));
        assertEquals(file("out.png") + System.lineSeparator(), result.out());
        assertEquals(32, Image.read(file("out.png")).width());
        assertTrue(result.err().startsWith("Done in "), result.err());
    }

    @Test
    void editKeepsTheSourceSize() {
        runWithRandomModel("edit", roomFile, "make it night", "-o", file("out.png"), "-q");
        Image result = Image.read(file("out.png"));
        assertEquals("50 x 70", result.width() + " x " + result.height());
    }

    @Test
    void composesTwoImages() {
        runWithRandomModel(
                "compose",
                "put <image:dog> into <image:room>",
                "-i",
                "dog=" + dogFile,
                "-i",
                "room=" + roomFile,
                "--source",
                "room",
                "-o",
                file("out.png"));
        assertEquals(50, Image.read(file("out.png")).width());
    }

    @Test
    void demoWritesOnePageWithAllTasks() throws IOException {
        CliResult result = runWithRandomModel("demo", "--steps", 2, "-o", file("demo"));
        assertTrue(result.out().endsWith(file("demo/index.html") + System.lineSeparator()), result.out());
        String page = Files.readString(file("demo/index.html"));
        assertEquals(9, page.split("<section>").length - 1);
        assertFalse(page.contains("http"), "the page loads nothing from the network");
        assertEquals(11, fileNames(file("demo")).size());
    }

    @Test
    void quietPrintsNothing() {
        CliResult result = runWithRandomModel("generate", "a tree", "-o", file("out.png"), "-q");
        assertEquals("", result.out() + result.err());
    }

    @Test
    void severalImagesAreNumberedAndDiffer() throws IOException {
        CliResult result = runWithRandomModel("generate", "a tree", "-n", 3, "-o", file("out.png"));
        assertEquals(
                List.of(
                        file("out-1.png").toString(),
                        file("out-2.png").toString(),
                        file("out-3.png").toString()),
                result.out().lines().toList());
        assertNotEquals(Image.read(file("out-1.png")), Image.read(file("out-2.png")));
        assertEquals(5, files().size());
    }

    @Test
    void firstImageOfABatchEqualsTheSingleImage() {
        runWithRandomModel("generate", "a tree", "-n", 2, "-o", file("several.png"));
        runWithRandomModel("generate", "a tree", "-o", file("alone.png"));
        assertEquals(Image.read(file("several-1.png")), Image.read(file("alone.png")));
    }

    @Test
    void maskKeepsOutsidePixelsUnchanged() {
        Image.filled(50, 70, 0).paste(Image.filled(25, 70, 0xffffff), 0, 0).write(file("mask.png"), Map.of());
        runWithRandomModel("edit", roomFile, "make it night", "--mask", file("mask.png"), "-o", file("out.png"));
        Image source = Image.read(roomFile), result = Image.read(file("out.png"));
        assertEquals(source.crop(26, 0, 24, 70), result.crop(26, 0, 24, 70));
        assertNotEquals(source.crop(0, 0, 24, 70), result.crop(0, 0, 24, 70));
    }

    @Test
    void thenEditsThePreviousResult() {
        runWithRandomModel("edit", roomFile, "make it night", "-o", file("one.png"), "--steps", 2);
        runWithRandomModel("edit", file("one.png"), "make it snow", "-o", file("two.png"), "--steps", 2);
        runWithRandomModel(
                "edit", roomFile, "make it night", "--then", "make it snow", "-o", file("both.png"), "--steps", 2);
        assertEquals(Image.read(file("two.png")), Image.read(file("both.png")));
    }

    @Test
    void recipeReproducesTheImageByteForByte() throws IOException {
        assertReplayIsByteIdentical(
                "generate",
                "a <image> on the <image>",
                "-i",
                dogFile,
                "-i",
                roomFile,
                "-n",
                2,
                "--seed",
                7,
                "-o",
                file("out.png"));
        assertReplayIsByteIdentical(
                "edit",
                roomFile,
                "don't make it \"night\"",
                "--mask",
                "auto",
                "--guidance",
                "2.5",
                "--steps",
                3,
                "-o",
                file("out.png"));
        assertReplayIsByteIdentical(
                "compose",
                "put <image> into <image>",
                "-i",
                dogFile,
                "-i",
                roomFile,
                "--source",
                2,
                "--faithful",
                "-o",
                file("out.png"));
        assertReplayIsByteIdentical(
                "generate", "a <image> on the beach", "-i", dogFile, "--fast", "-o", file("out.png"));
        assertReplayIsByteIdentical("edit", roomFile, "make it night", "--then", "make it snow", "-o", file("out.png"));
        assertReplayIsByteIdentical(
                "edit", roomFile, "make it night", "-n", 2, "--then", "make it snow", "-o", file("out.png"));
        assertReplayIsByteIdentical("generate", "a tree", "-n", 2, "--first-index", 3, "-o", file("out.png"));
        assertReplayIsByteIdentical("generate", "a tree", "--seed", Long.MIN_VALUE, "-o", file("out.png"));
        assertReplayIsByteIdentical("generate", "a tree", "--seed", -1, "-o", file("out.png"));
        assertReplayIsByteIdentical("generate", "a tree", "--size", "96x64", "-n", 2, "-o", file("out.png"));
        assertReplayIsByteIdentical(
                "edit", roomFile, "make it night", "--then", "make it snow", "--size", "40x64", "-o", file("out.png"));
    }

    @Test
    void scalesOnlyTheLastOfSeveralTurnsToTheSize() {
        runWithRandomModel("edit", roomFile, "make it night", "-o", file("one.png"));
        runWithRandomModel("edit", file("one.png"), "make it snow", "--size", "40x64", "-o", file("two.png"));
        runWithRandomModel(
                "edit", roomFile, "make it night", "--then", "make it snow", "--size", "40x64", "-o", file("both.png"));
        assertEquals(40, Image.read(file("both.png")).width());
        assertEquals(Image.read(file("two.png")), Image.read(file("both.png")));
    }

    /** Of several images, the command of the second one generates that one alone. */
    private void assertReplayIsByteIdentical(Object... arguments) throws IOException {
        runWithRandomModel(arguments);
        Path imageFile = Files.exists(file("out-2.png")) ? file("out-2.png") : file("out.png");
        byte[] expectedBytes = Files.readAllBytes(imageFile);
        ReplayCommand replayCommand =
                ReplayCommand.fromJson(ImageFile.textChunks(imageFile).get(ReplayCommand.KEY));
        assertEquals(replayCommand.toShell(), mige("recipe", imageFile).out().strip());
        CliResult again = mige(replayCommand
                .with("-o", file("again.png").toString())
                .arguments()
                .toArray());
        assertEquals(0, again.exitCode(), again.err());
        assertArrayEquals(expectedBytes, Files.readAllBytes(file("again.png")));
        for (String name : List.of("again.png", "out.png", "out-1.png", "out-2.png")) Files.deleteIfExists(file(name));
    }

    @Test
    void printsTheRandomSeedThatWasUsed() {
        CliResult result = runWithRandomModel("generate", "a tree", "--seed", -1, "-o", file("out.png"));
        long seed = Recipe.read(file("out.png")).seed();
        assertTrue(result.err().endsWith(" with the seed " + seed + "." + System.lineSeparator()), result.err());
    }

    @Test
    void recipeJsonContainsModelHashAndSeed() throws IOException {
        runWithRandomModel("generate", "a tree", "--seed", 9, "-o", file("out.png"));
        JsonNode recipe = new ObjectMapper()
                .readTree(mige("recipe", "--json", file("out.png")).out());
        assertEquals(
                "subject 9 a tree",
                recipe.get("task").asText() + " " + recipe.get("seed").asLong() + " "
                        + recipe.get("instruction").asText());
        assertFalse(recipe.get("modelHash").asText().isEmpty());
    }

    @Test
    void printsResultAsJson() throws IOException {
        JsonNode json = new ObjectMapper()
                .readTree(runWithRandomModel("edit", roomFile, "make it night", "--json", "-o", file("out.png"))
                        .out());
        assertEquals(file("out.png").toString(), json.at("/images/0/file").asText());
        assertEquals(70, json.at("/images/0/height").asInt());
        assertEquals("edit", json.at("/images/0/recipe/task").asText());
        assertTrue(json.at("/images/0/command").asText().startsWith("mige edit "), json.toString());
        assertTrue(json.get("seconds").asDouble() > 0);
    }

    @Test
    void batchResumesAndReportsBadRecords() throws IOException {
        Path records = Files.writeString(
                file("records.jsonl"),
                String.join(
                        "\n",
                        "{\"entity_path\": [\"my dog.png\"], \"multi_prompt\": \"a <imagehere> on the beach\","
                                + " \"source_path\": [], \"idx\": 1}",
                        "{\"image\": \"room.png\", \"instruction\": \"make it night\", \"idx\": 2}",
                        "{\"image\": \"nowhere.png\", \"instruction\": \"make it night\", \"idx\": 3}",
                        "{\"entity_path\": [\"my dog.png\", \"room.png\"], \"source_path\": [\"room.png\"],"
                                + " \"multi_prompt\": \"add<imagehere>to<imagehere>\", \"idx\": 4}",
                        "{\"idx\": 5}"));
        CliResult first = mige("batch", records, "-o", file("results"), "--model", "random", "--steps", 2);
        assertEquals(1, first.exitCode());
        assertTrue(first.err().contains("mige: record 3: " + file("nowhere.png") + ": no such file"), first.err());
        assertTrue(first.err().contains("mige: record 5: has neither 'multi_prompt'"), first.err());
        assertTrue(first.out().endsWith("3 generated, 0 up to date, 2 failed" + System.lineSeparator()), first.out());
        assertEquals(List.of("1.png", "2.png", "4.png"), fileNames(file("results")));
        assertEquals(50, Image.read(file("results/4.png")).width());

        byte[] keptBytes = Files.readAllBytes(file("results/1.png"));
        Files.delete(file("results/2.png"));
        CliResult second = mige("batch", records, "-o", file("results"), "--model", "random", "--steps", 2);
        assertTrue(second.out().contains("1 generated, 2 up to date, 2 failed"), second.out());
        assertArrayEquals(keptBytes, Files.readAllBytes(file("results/1.png")));

        CliResult otherSettings =
                mige("batch", records, "-o", file("results"), "--model", "random", "--steps", 3, "--force");
        assertTrue(otherSettings.out().contains("3 generated, 0 up to date, 2 failed"), otherSettings.out());
    }

    @Test
    void aPartOfABatchGeneratesEveryNthRecordAndReportsOnlyItsOwnErrors() throws IOException {
        String night = "{\"image\": \"room.png\", \"instruction\": \"make it night\", \"idx\": %d}\n";
        Path records = Files.writeString(
                file("records.jsonl"), night.formatted(1) + "{\"idx\": 2}\n" + night.formatted(3) + night.formatted(1));
        Object[] batch = {"batch", records, "-o", file("results"), "--model", "random", "--steps", 2, "--part", "1/2"};
        CliResult odd = mige(batch);
        assertEquals(0, odd.exitCode(), odd.err());
        assertEquals(List.of("1.png", "3.png"), fileNames(file("results")));
        batch[9] = "2/2";
        CliResult even = mige(batch);
        assertEquals(1, even.exitCode());
        assertTrue(even.err().contains("mige: record 2: has neither 'multi_prompt'"), even.err());
        assertTrue(even.err().contains("mige: record 4: has the same idx 1 as record 1"), even.err());
        assertTrue(even.out().contains("0 generated, 0 up to date, 2 failed"), even.out());
    }

    @Test
    void batchImageEqualsTheSingleCommandImage() throws IOException {
        Path records = Files.writeString(
                file("records.json"), "[{\"image\": \"room.png\", \"instruction\": \"make it night\"}]");
        runWithRandomModel("batch", records, "-o", file("results"));
        runWithRandomModel("edit", roomFile, "make it night", "-o", file("single.png"));
        assertEquals(Image.read(file("single.png")), Image.read(file("results/000001.png")));
    }

    @Test
    void runsTheReferencesRecordsFromAnyFolder() throws IOException {
        Files.createDirectories(file("infer_scripts"));
        Path records = Files.writeString(
                file("infer_scripts/emu_edit.json"),
                "[{\"instruction\": \" Make the sky night instead of day\", \"image\": \"/path/to/room.png\","
                        + " \"task\": \"global\", \"split\": \"test\", \"idx\": 0, \"hash\": \"6c\"}]");
        runWithRandomModel("batch", records, "--root", folder, "--faithful", "-o", file("results"));
        runWithRandomModel(
                "edit",
                roomFile,
                "make the sky night instead of day of<image>",
                "--faithful",
                "-o",
                file("single.png"));
        assertEquals(Image.read(file("single.png")), Image.read(file("results/0.png")));
        CliResult missing = mige("batch", records, "--root", file("nowhere"));
        assertEquals(
                "mige: --root is '" + file("nowhere") + "', which is not a folder; name the folder of the images",
                missing.firstErrorLine());
    }

    @Test
    void leavesNoPartialFiles() throws IOException {
        runWithRandomModel("generate", "a tree", "-o", file("out.png"));
        assertFalse(
                fileNames(folder).stream().anyMatch(name -> name.endsWith(".part")),
                fileNames(folder).toString());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }

    private static List<String> fileNames(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void everyCommandHelpHasAnExample() {
        List<String> withoutExample = new ArrayList<>();
        for (var command : new picocli.CommandLine(new Main()).getSubcommands().entrySet()) {
            boolean isAlias = !command.getKey().equals(command.getValue().getCommandName());
            if (isAlias || !command.getValue().getSubcommands().isEmpty()) continue;
            CliResult help = mige(command.getKey(), "--help");
            if (help.exitCode() != 0
                    || !help.out().contains("mige " + command.getKey())
                    || !help.out().contains("Example")) withoutExample.add(command.getKey());
        }
        assertEquals(List.of(), withoutExample);
    }

    @Test
    void acceptsTheCommandsOfEarlierReleases() {
        String[] earlierNames = {"create", "a tree", "-o", file("a.png").toString(), "--model", "random"};
        assertEquals(0, mige((Object[]) earlierNames).exitCode());
        runWithRandomModel("edit", roomFile, "make it night", "--keep-outside", "nothing", "-o", file("b.png"));
        runWithRandomModel(
                "compose", "<image> on <image>", "-i", dogFile, "-i", roomFile, "--canvas", 2, "-o", file("c.png"));
        assertEquals(50, Image.read(file("c.png")).width());
    }

    @Test
    void helpShowsTheDefaultsOfTheEmbeddedModel() {
        ModelConfig.Defaults defaults = EmbeddedModel.config().defaults();
        for (String command : List.of("generate", "edit", "compose", "batch", "demo")) {
            String help = mige(command, "--help").out().replaceAll("\\s+", " ");
            assertTrue(
                    help.contains("of the embedded model " + defaults.generationSteps() + ", with --fast "
                            + defaults.fast().steps() + "."),
                    help);
            assertFalse(help.contains("${"), help);
        }
    }

    @Test
    void helpIsAtMost100ColumnsWide() {
        for (String[] arguments : new String[][] {
            {"--help"}, {"generate", "--help"}, {"edit", "--help"}, {"compose", "--help"}, {"batch", "--help"}
        })
            assertTrue(
                    mige((Object[]) arguments).out().lines().allMatch(line -> line.length() <= 100),
                    Arrays.toString(arguments));
    }
}
