package mige.cli;

import static mige.cli.Spoken.mige;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import mige.image.Picture;
import mige.image.PictureFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user does from the first word to the file, with a tiny random model: the pictures are noise, all else is as it will be. */
class StoriesTest {

    @TempDir Path folder;
    Path dog, room;

    @BeforeEach void twoPictures() {
        dog = folder.resolve("my dog.png");
        room = folder.resolve("room.png");
        Picture.filled(40, 30, 0x804020).write(dog, Map.of());
        Picture.filled(50, 70, 0x2060a0).paste(Picture.filled(20, 20, 0xf0f0f0), 10, 10).write(room, Map.of());
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static Spoken does(Object... words) {
        List<Object> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--model", "random"));
        Spoken spoken = mige(all.toArray());
        assertEquals(0, spoken.code(), spoken.err());
        return spoken;
    }

    @Test void aSubjectInANewPicture() {
        Spoken spoken = does("create", "a <image> on the beach", "-i", dog, "-o", file("out.png"));
        assertEquals(file("out.png") + System.lineSeparator(), spoken.out());
        assertEquals(32, Picture.read(file("out.png")).width());
        assertTrue(spoken.err().contains("denoising 4/4"), spoken.err());
    }

    @Test void anEditHasTheSizeOfItsSource() {
        does("edit", room, "make it night", "-o", file("out.png"), "-q");
        Picture result = Picture.read(file("out.png"));
        assertEquals("50 x 70", result.width() + " x " + result.height());
    }

    @Test void aComposition() {
        does("compose", "put <image:dog> into <image:room>", "-i", "dog=" + dog, "-i", "room=" + room, "--canvas", "room", "-o", file("out.png"));
        assertEquals(50, Picture.read(file("out.png")).width());
    }

    @Test void theDemoShowsAllTasksOnOnePage() throws IOException {
        Spoken spoken = does("demo", "--steps", 2, "-o", file("demo"));
        assertTrue(spoken.out().endsWith(file("demo/index.html") + System.lineSeparator()), spoken.out());
        String page = Files.readString(file("demo/index.html"));
        assertEquals(9, page.split("<section>").length - 1);
        assertFalse(page.contains("http"), "the page needs nothing from elsewhere");
        assertEquals(10, names(file("demo")).size());
    }

    @Test void quietMeansQuiet() {
        Spoken spoken = does("create", "a tree", "-o", file("out.png"), "-q");
        assertEquals("", spoken.out() + spoken.err());
    }

    @Test void severalPicturesAreNumberedAndDiffer() throws IOException {
        Spoken spoken = does("create", "a tree", "-n", 3, "-o", file("out.png"));
        assertEquals(List.of(file("out-1.png").toString(), file("out-2.png").toString(), file("out-3.png").toString()), spoken.out().lines().toList());
        assertNotEquals(Picture.read(file("out-1.png")), Picture.read(file("out-2.png")));
        assertEquals(5, files().size());
    }

    @Test void oneOfSeveralIsTheSameAlone() {
        does("create", "a tree", "-n", 2, "-o", file("several.png"));
        does("create", "a tree", "-o", file("alone.png"));
        assertEquals(Picture.read(file("several-1.png")), Picture.read(file("alone.png")));
    }

    @Test void pixelsOutsideTheMaskStay() {
        Picture.filled(50, 70, 0).paste(Picture.filled(25, 70, 0xffffff), 0, 0).write(file("mask.png"), Map.of());
        does("edit", room, "make it night", "--keep-outside", file("mask.png"), "-o", file("out.png"));
        Picture source = Picture.read(room), result = Picture.read(file("out.png"));
        assertEquals(source.crop(26, 0, 24, 70), result.crop(26, 0, 24, 70));
        assertNotEquals(source.crop(0, 0, 24, 70), result.crop(0, 0, 24, 70));
    }

    @Test void everyTurnWorksOnTheResultOfTheLast() {
        does("edit", room, "make it night", "-o", file("one.png"), "--steps", 2);
        does("edit", file("one.png"), "make it snow", "-o", file("two.png"), "--steps", 2);
        Spoken spoken = does("edit", room, "make it night", "--then", "make it snow", "-o", file("both.png"), "--steps", 2);
        assertEquals(Picture.read(file("two.png")), Picture.read(file("both.png")));
        assertTrue(spoken.err().contains("turn 2 of 2: denoising 2/2"), spoken.err());
    }

    @Test void theRecipeMakesThePictureAgainToTheByte() throws IOException {
        remakes("create", "a <image> on the <image>", "-i", dog, "-i", room, "-n", 2, "--seed", 7, "-o", file("out.png"));
        remakes("edit", room, "don't make it \"night\"", "--keep-outside", "auto", "--guidance", "2.5", "--steps", 3, "-o", file("out.png"));
        remakes("compose", "put <image> into <image>", "-i", dog, "-i", room, "--canvas", 2, "--faithful", "-o", file("out.png"));
        remakes("edit", room, "make it night", "--then", "make it snow", "-o", file("out.png"));
    }

    private void remakes(Object... words) throws IOException {
        does(words);
        Path made = Files.exists(file("out-2.png")) ? file("out-2.png") : file("out.png");
        byte[] first = Files.readAllBytes(made);
        CommandWords retold = CommandWords.fromJson(PictureFile.texts(made).get(CommandWords.KEY));
        assertEquals(retold.shell(), mige("recipe", made).out().strip());
        Files.delete(made);
        Spoken again = mige(retold.with("-o", file("out.png").toString()).words().toArray());
        assertEquals(0, again.code(), again.err());
        assertArrayEquals(first, Files.readAllBytes(made));
        Files.delete(made);
    }

    @Test void aRecipeAsJsonNamesModelAndSeed() throws IOException {
        does("create", "a tree", "--seed", 9, "-o", file("out.png"));
        JsonNode recipe = new ObjectMapper().readTree(mige("recipe", "--json", file("out.png")).out());
        assertEquals("subject 9 a tree", recipe.get("task").asText() + " " + recipe.get("seed").asLong() + " " + recipe.get("instruction").asText());
        assertFalse(recipe.get("modelHash").asText().isEmpty());
    }

    @Test void theAnswerAsJson() throws IOException {
        JsonNode answer = new ObjectMapper().readTree(does("edit", room, "make it night", "--json", "-o", file("out.png")).out());
        assertEquals(file("out.png").toString(), answer.at("/pictures/0/file").asText());
        assertEquals(70, answer.at("/pictures/0/height").asInt());
        assertEquals("edit", answer.at("/pictures/0/recipe/task").asText());
        assertTrue(answer.get("command").asText().startsWith("mige edit "), answer.toString());
        assertTrue(answer.get("seconds").asDouble() > 0);
    }

    @Test void aBatchGoesOnWhereItStoppedAndReportsBadRecords() throws IOException {
        Path records = Files.writeString(file("records.jsonl"), String.join("\n",
                "{\"entity_path\": [\"my dog.png\"], \"multi_prompt\": \"a <imagehere> on the beach\", \"source_path\": [], \"idx\": 1}",
                "{\"image\": \"room.png\", \"instruction\": \"make it night\", \"idx\": 2}",
                "{\"image\": \"nowhere.png\", \"instruction\": \"make it night\", \"idx\": 3}",
                "{\"entity_path\": [\"my dog.png\", \"room.png\"], \"source_path\": [\"room.png\"], \"multi_prompt\": \"add<imagehere>to<imagehere>\", \"idx\": 4}",
                "{\"idx\": 5}"));
        Spoken first = mige("batch", records, "-o", file("results"), "--model", "random", "--steps", 2);
        assertEquals(1, first.code());
        assertTrue(first.err().contains("mige: record 3: " + file("nowhere.png") + ": no such file"), first.err());
        assertTrue(first.err().contains("mige: record 5: has neither 'multi_prompt'"), first.err());
        assertTrue(first.out().endsWith("3 made, 0 kept from before, 2 failed" + System.lineSeparator()), first.out());
        assertEquals(List.of("1.png", "2.png", "4.png"), names(file("results")));
        assertEquals(50, Picture.read(file("results/4.png")).width());

        byte[] kept = Files.readAllBytes(file("results/1.png"));
        Files.delete(file("results/2.png"));
        Spoken second = mige("batch", records, "-o", file("results"), "--model", "random", "--steps", 2);
        assertTrue(second.out().contains("1 made, 2 kept from before, 2 failed"), second.out());
        assertArrayEquals(kept, Files.readAllBytes(file("results/1.png")));

        Spoken otherSettings = mige("batch", records, "-o", file("results"), "--model", "random", "--steps", 3);
        assertTrue(otherSettings.out().contains("3 made, 0 kept from before, 2 failed"), otherSettings.out());
    }

    @Test void aBatchMakesWhatTheSingleCommandMakes() throws IOException {
        Path records = Files.writeString(file("records.json"), "[{\"image\": \"room.png\", \"instruction\": \"make it night\"}]");
        does("batch", records, "-o", file("results"));
        does("edit", room, "make it night", "-o", file("single.png"));
        assertEquals(Picture.read(file("single.png")), Picture.read(file("results/000001.png")));
    }

    @Test void nothingHalfWrittenIsLeft() throws IOException {
        does("create", "a tree", "-o", file("out.png"));
        assertFalse(names(folder).stream().anyMatch(name -> name.endsWith(".part")), names(folder).toString());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    @Test void everyCommandExplainsItselfWithAnExample() {
        List<String> silent = new ArrayList<>();
        for (var command : new picocli.CommandLine(new Main()).getSubcommands().entrySet()) {
            if (!command.getValue().getSubcommands().isEmpty()) continue;
            Spoken help = mige(command.getKey(), "--help");
            if (help.code() != 0 || !help.out().contains("mige " + command.getKey()) || !help.out().contains("Example")) silent.add(command.getKey());
        }
        assertEquals(List.of(), silent);
    }

    @Test void noHelpLineIsWiderThanAPage() {
        for (String[] words : new String[][] {{"--help"}, {"create", "--help"}, {"edit", "--help"}, {"compose", "--help"}, {"batch", "--help"}})
            assertTrue(mige((Object[]) words).out().lines().allMatch(line -> line.length() <= 100), Arrays.toString(words));
    }
}
