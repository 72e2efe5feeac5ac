package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.train.initialization.AutoencoderFolder;
import dev.mige4j.train.logging.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingRecipeTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {TrainingRecipe.CPU, TrainingRecipe.GPU, TrainingRecipe.GPU_VARIED})
    void printsAConfigurationThatCanBeReadAgain(String name) throws IOException {
        String printed = TrainingRecipe.load(name, null).print();
        assertTrue(printed.contains("// learning rate after the warm-up"), printed);
        Path file = Files.writeString(folder.resolve("printed.json"), printed);
        assertEquals(printed, TrainingRecipe.load(name, file).print());
    }

    @Test
    void refusesAnUnknownRecipe() {
        var e = assertThrows(UsageException.class, () -> TrainingRecipe.load("giant", null));
        assertEquals(
                "There is no recipe 'giant'; the recipes are nano-cpu, nano-gpu, nano-gpu-varied.", e.getMessage());
    }

    @Test
    void checksTheValuesOfAllStagesBeforeTheFirst() throws IOException {
        Path file = Files.writeString(folder.resolve("bad.json"), "{\"mige\": {\"data\": {\"draws\": 0}}}");
        var e = assertThrows(UsageException.class, () -> TrainingRecipe.load(TrainingRecipe.GPU, file));
        assertTrue(e.getMessage().contains("data.draws is 0"), e.getMessage());
    }

    @Test
    void refusesEarlyStoppingWithoutHeldOutExamplesBeforeTheWork() throws IOException {
        Path file = Files.writeString(
                folder.resolve("bad.json"),
                "{\"mige\": {\"data\": {\"heldOut\": 0}, \"trainer\": {\"earlyStopping\": {\"patience\": 2},"
                        + " \"intervals\": {\"validate\": 10}}}}");
        var e = assertThrows(UsageException.class, () -> TrainingRecipe.load(TrainingRecipe.GPU, file));
        assertTrue(e.getMessage().contains("data.heldOut is 0"), e.getMessage());
    }

    @Test
    void takesFinishedStagesAsTheyAreAndDividesTheMinutesAmongTheOthers() throws IOException {
        for (String stage : List.of("clip", "clip-eval")) {
            Files.createDirectories(folder.resolve(stage));
            Files.createFile(folder.resolve(stage).resolve("pair.safetensors"));
            Files.createFile(folder.resolve(stage).resolve("spiece.model"));
        }
        Files.createDirectories(folder.resolve("mige/model"));
        Files.createFile(folder.resolve("mige/model/config.json"));
        Path file = Files.writeString(folder.resolve("tiny.json"), """
                {
                  "vae": {
                    "data": {"images": 24, "heldOut": 4, "imageSize": 32, "cropSize": 8},
                    "model": {"latentChannels": 2, "channels": [4, 4], "groups": 2, "blocksPerLevel": 1},
                    "trainer": {"batchSize": 2, "intervals": {"log": 1, "validate": 0}}
                  }
                }
                """);
        List<String> stages = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void onStage(String description) {
                stages.add(description);
            }

            @Override
            public boolean onProgress(String item, long done, long total) {
                return true;
            }
        };
        TrainingRecipe recipe = TrainingRecipe.load(TrainingRecipe.CPU, file);
        TrainingRecipe remaining = TrainingRecipe.load(
                TrainingRecipe.CPU, Files.writeString(folder.resolve("none.json"), "{\"shares\": {\"vae\": 0}}"));
        assertTrue(remaining.train(5, folder, folder, 1, listener));
        assertEquals(List.of("clip: finished", "clip-eval: finished", "mige: finished"), stages);
        var noCorpus = assertThrows(UsageException.class, () -> recipe.train(5, folder, folder, 1, listener));
        assertTrue(noCorpus.getMessage().contains("There are no icon packages"), noCorpus.getMessage());
        assertEquals("vae: 5.0 minutes", stages.get(3));
        String config = Files.readString(folder.resolve("vae/config.json"));
        assertTrue(config.contains("\"minutes\": 5.0"), config);
        assertTrue(TrainRunner.Stage.VAE
                .printConfig(folder.resolve("vae/config.json"))
                .contains("\"batchSize\": 2"));
        Files.createFile(folder.resolve("vae").resolve(AutoencoderFolder.WEIGHTS_FILE));
        Files.createFile(folder.resolve("vae").resolve(AutoencoderFolder.CONFIG_FILE));
        assertTrue(recipe.train(5, folder, folder, 1, listener));
    }
}
