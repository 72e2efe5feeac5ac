package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.tensor.Rng;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code --lora FILE[:SCALE]} with the random model. */
class LoraOptionTest {

    @TempDir
    Path folder;

    Path mug, style;

    @BeforeEach
    void writeLoras() {
        mug = write("my-mug", 1, "");
        style = write("style", 2, "");
    }

    private Path write(String name, long seed, String baseModel) {
        Path file = folder.resolve(name + ".safetensors");
        LoraConfig config = new LoraConfig(2, 2, List.of("attn.qkv"));
        Map<String, LoraAdapter> adapters = new LinkedHashMap<>();
        try (Mige mige = Mige.random(0)) {
            config.init(ModelNetworks.linearLayers(mige.config()), seed)
                    .forEach((module, adapter) -> adapters.put(
                            module,
                            new LoraAdapter(
                                    adapter.a(),
                                    Rng.forName(seed, module).normal(adapter.outFeatures(), 2),
                                    adapter.scale())));
        }
        LoraFile.write(file, new LoraMetadata(config, baseModel, ""), adapters);
        return file;
    }

    private Path run(String output, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(arguments));
        Path file = folder.resolve(output);
        all.addAll(List.of("--model", "random", "-o", file, "-q"));
        CliResult result = mige(all.toArray());
        assertEquals(0, result.exitCode(), result.err());
        return file;
    }

    private static String loras(Path image) {
        return String.join(
                ", ",
                Recipe.read(image).loras().stream()
                        .map(lora -> lora.name() + " " + lora.scale())
                        .toList());
    }

    @Test
    void appliesSeveralLorasAsTheLibraryDoes() {
        Path plain = run("plain.png", "generate", "a tree", "--steps", 2);
        assertEquals("", loras(plain));
        Path both = run("both.png", "generate", "a tree", "--steps", 2, "--lora", mug, "--lora", style + ":-0.5");
        assertEquals("my-mug 1.0, style -0.5", loras(both));
        assertNotEquals(Image.read(plain), Image.read(both));
        try (Mige base = Mige.random(0);
                Mige model = base.withLoras(List.of(Lora.of(mug), Lora.of(style, -0.5)))) {
            var task = new SubjectGeneration(Instruction.of("a tree"));
            assertEquals(
                    model.generate(task, Settings.DEFAULT.withSteps(2)).get(0).image(), Image.read(both));
        }
        assertEquals(
                Image.read(plain),
                Image.read(run("zero.png", "generate", "a tree", "--steps", 2, "--lora", mug + ":0")));
    }

    @Test
    void theRecipeReproducesTheImageByteForByte() throws IOException {
        Path first = run("first.png", "generate", "a tree", "--steps", 2, "--lora", mug + ":0.8", "--lora", style);
        CliResult recipe = mige("recipe", first);
        assertEquals("", recipe.err());
        assertTrue(recipe.out().contains("--lora " + mug + ":0.8 --lora " + style + " "), recipe.out());
        List<Object> again =
                new ArrayList<>(Arrays.asList((Object[]) recipe.out().strip().split(" (?!tree)")));
        again.remove(0);
        again.replaceAll(argument -> argument.toString().replace("'", ""));
        again.addAll(List.of("-o", folder.resolve("again.png"), "-q"));
        assertEquals(0, mige(again.toArray()).exitCode());
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(folder.resolve("again.png")));
    }

    @Test
    void theRecipeNamesLorasThatAreMissingOrOthers() throws IOException {
        Path image = run("image.png", "generate", "a tree", "--steps", 2, "--lora", mug, "--lora", style);
        String used = LoraFile.read(mug).sha256();
        write("my-mug", 3, "");
        String now = LoraFile.read(mug).sha256();
        assertEquals(
                "note: the LoRA " + mug + " is not the one that was used (SHA-256 " + now + " instead of " + used
                        + "), so the command gives another image",
                mige("recipe", image).err().strip());
        Files.delete(mug);
        assertEquals(
                "note: the LoRA " + mug + " is not found from this folder; correct the path to the file with the"
                        + " SHA-256 " + used,
                mige("recipe", image).err().strip());
    }

    @Test
    void theRecipeOfAServersImageHasAPlaceholder() {
        Path image = folder.resolve("served.png");
        try (Mige base = Mige.random(0);
                Mige model = base.withLoras(List.of(Lora.of(mug, 0.5)))) {
            model.generate(new SubjectGeneration(Instruction.of("a tree")), Settings.DEFAULT.withSteps(2))
                    .get(0)
                    .save(image);
        }
        CliResult recipe = mige("recipe", image);
        assertTrue(recipe.out().contains("--lora my-mug.safetensors:0.5"), recipe.out());
        assertTrue(
                recipe.err()
                        .contains("note: put in the place of my-mug.safetensors the path of the LoRA file with the"
                                + " SHA-256 " + LoraFile.read(mug).sha256()),
                recipe.err());
    }

    @Test
    void aBatchGeneratesImagesAgainWhenTheLoraIsAnother() throws IOException {
        Path records = Files.writeString(folder.resolve("records.json"), "{\"multi_prompt\": \"a tree\", \"idx\": 1}");
        Object[] batch = {
            "batch", records, "-o", folder.resolve("out"), "--model", "random", "--steps", 2, "--lora", mug, "--force"
        };
        assertTrue(mige(batch).out().contains("1 generated, 0 up to date"));
        assertEquals("my-mug 1.0", loras(folder.resolve("out/1.png")));
        assertTrue(mige(batch).out().contains("0 generated, 1 up to date"));
        write("my-mug", 3, "");
        assertTrue(mige(batch).out().contains("1 generated, 0 up to date"));
        assertEquals("", mige("recipe", folder.resolve("out/1.png")).err());
    }

    private static String error(Object... loraAndMore) {
        List<Object> arguments = new ArrayList<>(List.of("generate", "a tree", "--model", "random", "--lora"));
        arguments.addAll(List.of(loraAndMore));
        CliResult result = mige(arguments.toArray());
        assertEquals(2, result.exitCode(), result.err());
        return result.firstErrorLine();
    }

    @Test
    void saysWhatIsWrongInOneSentence() throws IOException {
        Path missing = folder.resolve("none.safetensors");
        assertEquals(
                "mige: " + missing + ": no such file; --lora takes a LoRA file, which mige teach writes, or a folder"
                        + " that PEFT writes",
                error(missing));
        String expected = "', expected FILE, or FILE:SCALE with a number from -10 to 10";
        assertEquals("mige: --lora is '" + mug + ":11" + expected, error(mug + ":11"));
        assertEquals("mige: --lora is '" + mug + ":strong" + expected, error(mug + ":strong"));
        assertEquals("mige: --lora is '" + mug + ":0,8" + expected + " with a decimal point: 0.8", error(mug + ":0,8"));
        Path text = Files.writeString(folder.resolve("text.safetensors"), "no tensors", StandardCharsets.UTF_8);
        assertTrue(error(text).startsWith("mige: text.safetensors"), error(text));
        String other = error(write("other", 1, "0123456789abcdef"));
        assertTrue(other.contains("was trained on a model with the fingerprint 0123456789abcdef"), other);
    }

    @Test
    void aRefusedTeachingLeavesNoFolder() throws IOException {
        Path images = Files.createDirectory(folder.resolve("images"));
        CliResult result = mige("teach", "--images", images, "-o", folder.resolve("mug.safetensors"));
        assertEquals(2, result.exitCode());
        assertTrue(result.firstErrorLine().contains("expected 3 to 20"), result.err());
        assertFalse(Files.exists(folder.resolve("mug.teaching")));
        assertEquals(
                "mige: /: a LoRA file ends in .safetensors; name one with -o.",
                mige("teach", "--images", images, "-o", "/").firstErrorLine());
    }

    /** As of a teaching that has only begun, or was killed then. */
    @Test
    void aRefusedTeachingLeavesTheFolderOfAnother() throws IOException {
        Path images = Files.createDirectory(folder.resolve("images")), run = folder.resolve("mug.teaching");
        Path lock = OutputFiles.ownFolder(run, "teach").resolve(".mige-teaching.lock");
        Files.createFile(lock);
        CliResult result = mige("teach", "--images", images, "-o", folder.resolve("mug.safetensors"));
        assertTrue(result.firstErrorLine().contains("expected 3 to 20"), result.err());
        assertTrue(Files.exists(lock));
        assertTrue(Files.exists(run.resolve(".mige-teach")));
    }

    @Test
    void aColonCanBePartOfAFileName() {
        Path odd = write("odd:1", 1, "");
        assertEquals(new LoraArgument(odd, 1), LoraArgument.parse(odd.toString()));
        assertEquals(new LoraArgument(odd, 0.5), LoraArgument.parse(odd + ":0.5"));
        assertEquals(new LoraArgument(Path.of("C:/loras/mug"), 1), LoraArgument.parse("C:/loras/mug"));
        assertEquals("C:/loras/mug:0.5", LoraArgument.parse("C:/loras/mug:0.5").toArgument());
    }

    @Command
    private static final class Models {
        @Mixin
        private EvaluatedModels models;
    }

    @Test
    void anEvaluationHasARowForEachModelWithAndWithoutTheLoras() {
        Models parsed = CommandLine.populateCommand(
                new Models(), "--model", "a=random", "--lora", mug.toString(), "--lora", style + ":0.5");
        Map<String, Mige> rows = parsed.models.open(new PrintWriter(Writer.nullWriter()), true);
        assertEquals(List.of("a", "a+my-mug+style:0.5"), List.copyOf(rows.keySet()));
        assertEquals(2, rows.get("a+my-mug+style:0.5").loras().size());
        rows.values().forEach(Mige::close);
    }
}
