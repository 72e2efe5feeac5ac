package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.SubjectEdit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeCommandTest {

    @TempDir
    Path folder;

    Path dog, room, mask;

    @BeforeEach
    void writeInputImages() {
        dog = write("dog.png", 0x804020);
        room = write("room.png", 0x2060a0);
        mask = write("mask.png", 0xffffff);
    }

    private Path write(String name, int rgb) {
        Path file = folder.resolve(name);
        Image.filled(40, 30, rgb).write(file, Map.of());
        return file;
    }

    private Path run(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(arguments));
        Path output = folder.resolve("out.png");
        all.addAll(List.of("--model", "random", "-o", output, "--force", "-q"));
        CliResult result = mige(all.toArray());
        assertEquals(0, result.exitCode(), result.err());
        return output;
    }

    private static List<String> notes(Path file) {
        CliResult result = mige("recipe", file);
        assertEquals(0, result.exitCode(), result.err());
        return result.err()
                .lines()
                .map(line -> line.replaceFirst("^note: ", ""))
                .toList();
    }

    /** A terminal would obey them. */
    @Test
    void printsNoControlCharactersOfThePrompt() throws Exception {
        String prompt = "it's \u001b[31mred\u009b \\ 100 %";
        String command = new ReplayCommand(List.of("generate", prompt)).toShell();
        assertTrue(command.codePoints().noneMatch(Character::isISOControl), command);
        assertPasses(prompt);
        assertPasses("two\u0007\n\nlines\n\n");
    }

    /** Recipes come from anywhere. */
    @Test
    void printsNoControlCharactersOfNotes() {
        String recipe = Recipe.read(run("generate", "a dog")).toJson();
        String loras = "\"loras\": [{\"name\": \"\\u001b[2Jmug\", \"sha256\": \"0\\u0007\", \"scale\": 1}]";
        Map<String, String> text = Map.of(Recipe.TEXT_KEY, recipe.replace("\"faithful\"", loras + ", \"faithful\""));
        Path foreign = folder.resolve("foreign.png");
        Image.filled(8, 8, 7).write(foreign, text);
        CliResult result = mige("recipe", foreign);
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(result.err().contains("mug.safetensors"), result.err());
        assertTrue(
                result.err().lines().flatMapToInt(String::codePoints).noneMatch(Character::isISOControl), result.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "null",
                "[]",
                "{\"task\": null}",
                "{\"task\": \"edit\", \"instruction\": \"x\", \"images\": [null]}"
            })
    void refusesDamagedRecipesInOneSentence(String recipe) {
        Path damaged = folder.resolve("damaged.png");
        Image.filled(8, 8, 7).write(damaged, Map.of(Recipe.TEXT_KEY, recipe));
        CliResult result = mige("recipe", damaged);
        assertEquals(2, result.exitCode(), result.err());
        assertTrue(result.err().contains("The recipe in the image cannot be read"), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[null]",
                "{}",
                "[]",
                "[\"generate\"]",
                "[\"recipe\", \"x\"]",
                "[\"--help\"]",
                "[\"edit\", \"a\", \"b\", \"--mask\", \"\\u0000\"]",
                "[\"edit\", \"a\\u0000\", \"b\"]"
            })
    void aDamagedCommandIsNoInternalError(String command) {
        String recipe = Recipe.read(run("generate", "a dog")).toJson();
        Path damaged = folder.resolve("damaged.png");
        Image.filled(8, 8, 7).write(damaged, Map.of(Recipe.TEXT_KEY, recipe, ReplayCommand.KEY, command));
        CliResult result = mige("recipe", damaged);
        assertTrue(result.exitCode() == 0 || result.exitCode() == 2, result.exitCode() + " " + result.err());
        assertTrue(!result.err().isBlank() && !result.err().contains("Exception"), result.err());
    }

    private static void assertPasses(String prompt) throws IOException {
        String command = new ReplayCommand(List.of("generate", prompt)).toShell();
        Process shell = new ProcessBuilder("sh", "-c", "mige() { printf %s \"$2\"; }; " + command).start();
        byte[] argument = shell.getInputStream().readAllBytes();
        assertEquals(prompt, new String(argument, StandardCharsets.UTF_8), command);
    }

    @Test
    void namesEachInputFileThatHasChanged() {
        Path output = run("compose", "<image> in <image:r>", "-i", dog, "-i", "r=" + room, "--source", "r");
        assertEquals(List.of(), notes(output));
        write("dog.png", 0x804021);
        String changed = " does not have the pixels that were used, so the command gives another image";
        assertEquals(List.of(dog + changed), notes(output));
        write("dog.png", 0x804020);
        Path edited = run("edit", room, "make it night", "--mask", mask);
        assertEquals(List.of(), notes(edited));
        write("room.png", 0);
        assertEquals(List.of(room + changed), notes(edited));
        Image.filled(40, 30, 0xffffff).paste(Image.filled(9, 9, 0), 0, 0).write(mask, Map.of());
        assertEquals(List.of(room + changed, mask + changed), notes(edited));
    }

    @Test
    void namesEachInputFileThatIsMissingOrUnreadable() throws IOException {
        Path output = run("edit", room, "make it night", "--mask", mask);
        Files.delete(room);
        Files.writeString(mask, "no image");
        List<String> notes = notes(output);
        assertEquals(
                room + " is not found from this folder; run the command in the folder where it was run, or correct the"
                        + " path",
                notes.get(0));
        assertTrue(notes.get(1).startsWith(mask + ": "), notes.get(1));
    }

    @Test
    void comparesTheFilesOfTheFirstOfSeveralTurns() {
        Path output = run("edit", room, "make it night", "--then", "make it snow");
        assertEquals(List.of(), notes(output));
        write("room.png", 0);
        assertEquals(
                List.of(room + " does not have the pixels that were used, so the command gives another image"),
                notes(output));
    }

    @Test
    void saysThatTheModelIsAnother() {
        Path model = folder.resolve("model"), output = folder.resolve("tree.png");
        mige("dev", "random-checkpoint", "--size", "tiny", "-o", model, "-q");
        assertEquals(
                0, mige("generate", "a tree", "--model", model, "-o", output).exitCode());
        assertEquals(List.of(), notes(output));
        mige("dev", "random-checkpoint", "--size", "tiny", "-o", model, "--seed", 1, "-q");
        String note = notes(output).get(0);
        assertTrue(note.startsWith("the model '" + model + "' is not the one that was used ("), note);
    }

    @Test
    void aShellGetsTheArgumentsAsTheyWere() throws Exception {
        Path dashed = folder.resolve("-dashed é.png");
        Files.copy(room, dashed);
        String instruction = "-make it\n\"night\" $HOME `x` don't \\n 夜";
        Path output = folder.resolve("out.png");
        CliResult first = mige("edit", "--model", "random", "-o", output, "--then", "-x", "--", dashed, instruction);
        assertEquals(0, first.exitCode(), first.err());
        String shell = mige("recipe", output).out().strip();
        Process process = new ProcessBuilder("sh", "-c", shell.replaceFirst("mige ", "printf '%s\\\\0' "))
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        List<String> arguments = List.of(printed.split("\0"));
        assertTrue(arguments.containsAll(List.of(dashed.toString(), instruction)), printed);
        byte[] expected = Files.readAllBytes(output);
        List<String> again = new ArrayList<>(arguments);
        again.addAll(1, List.of("-o", folder.resolve("again.png").toString()));
        CliResult result = mige(again.toArray());
        assertEquals(0, result.exitCode(), result.err());
        assertArrayEquals(expected, Files.readAllBytes(folder.resolve("again.png")));
    }

    @Test
    void theCommandBeginsAsTheProgramWasCalled() {
        Path output = run("generate", "a tree");
        System.setProperty("mige.command", "../my clone/mige");
        try {
            assertTrue(mige("recipe", output).out().startsWith("'../my clone/mige' generate 'a tree' "));
        } finally {
            System.clearProperty("mige.command");
        }
    }

    @Test
    void anImageOfTheServerGetsACommandWithPlaceholders() {
        Image roomImage = Image.read(room);
        Path output = folder.resolve("served.jpg");
        try (Mige model = Mige.random(0)) {
            Instruction instruction =
                    Instruction.of("<image> on <image> by <image>", Image.read(dog), roomImage, Image.read(dog));
            model.generate(
                            new SubjectEdit(instruction, roomImage),
                            Settings.DEFAULT.withFirstIndex(2).withSize(new ImageSize(64, 96)))
                    .get(0)
                    .save(output);
        }
        CliResult result = mige("recipe", output);
        assertTrue(
                result.out()
                        .startsWith("mige compose '<imagehere> on <imagehere> by <imagehere>' -i IMAGE2 -i SOURCE -i"
                                + " IMAGE2 --source 2 --seed 0 "),
                result.out());
        assertTrue(
                result.out().strip().endsWith(" --first-index 2 --size 64x96 --model MODEL --format jpeg"),
                result.out());
        List<String> notes = notes(output);
        assertTrue(notes.get(0).startsWith("replace SOURCE by the image that was edited, whose pixels have the"));
        assertTrue(notes.get(1).startsWith("replace IMAGE2 by the image of the instruction, whose pixels have the"));
        assertEquals("replace MODEL by the folder of the model tiny with the hash random-0", notes.get(2));
    }

    @Test
    void aLoraOfAnyNameGetsAPlaceholder() {
        Recipe recipe = Recipe.read(run("generate", "a dog"));
        String json =
                recipe.toJson().replaceFirst("}$", ",\"loras\":[{\"name\":\"%s\",\"sha256\":\"0\",\"scale\":2}]}");
        Path image = folder.resolve("served.png");
        Image.filled(40, 30, 0).write(image, Map.of(Recipe.TEXT_KEY, json.formatted("my mug")));
        assertTrue(mige("recipe", image).out().contains("--lora 'my mug.safetensors:2'"));
        Image.filled(40, 30, 0).write(image, Map.of(Recipe.TEXT_KEY, json.formatted("\\u0000")));
        CliResult result = mige("recipe", image);
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(result.out().contains("--lora LORA.safetensors:2"), result.out());
    }
}
