package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.tensor.Rng;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.train.initialization.InitialModel;
import dev.mige4j.train.initialization.PretrainedInitialization;
import dev.mige4j.weights.RandomCheckpoint;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {

    private static final String FINE_TUNING = """
            {
              // everything from the pretrained folder
              "model": null,
              "initialization": {"type": "pretrained", "model": "../pretrained"},
              "data": {
                "dataset": {"type": "mige", "root": "../dataset", "resolution": 32,
                            "itemLists": ["../dataset/list.json"]},
                "examples": 4, "heldOut": 2, "featureCache": "../features"
              },
              "loss": {"type": "iddpm"},
              "auxiliary": {"losses": [{"type": "attention-supervision", "weight": 0.1}]},
              "network": {"dtype": "F32"},
              "validation": {"samples": 0},
              "trainer": {"batchSize": 1, "schedule": {"warmupSteps": 0, "totalSteps": 2}, "intervals": {"log": 1}}
            }
            """;

    @TempDir
    Path folder;

    private int port;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private void writePretrainedModelAndDataset() throws IOException {
        byte[] vocabulary = TokenizerBuilder.build(List.of("make the dog blue, a cat on a beach"), 120);
        RandomCheckpoint.write(
                Files.createDirectories(folder.resolve("pretrained")),
                ModelNetworks.requiredTensors(ModelConfig.TINY),
                vocabulary,
                1,
                (item, done, total) -> true);
        Path images = Files.createDirectories(folder.resolve("dataset/raw/instructpix2pix"));
        for (int i = 0; i < 2; i++) {
            byte[] rgb = new byte[3 * 32 * 32];
            Rng rng = new Rng(1, i);
            for (int p = 0; p < rgb.length; p++) rgb[p] = (byte) rng.nextInt(256);
            Image.of(32, 32, rgb).write(images.resolve(i + ".png"), Map.of());
        }
        String item = """
                {"image": "raw/instructpix2pix/0.png", "width": 32, "height": 32,
                 "entity_path": ["raw/instructpix2pix/1.png"], "source_path": ["raw/instructpix2pix/1.png"],
                 "multi_prompt": "make<imagehere>blue"}""";
        write("dataset/list.json", Collections.nCopies(4, item).toString());
    }

    @Test
    void fineTunesAPretrainedModelWithoutAModelConfiguration() throws IOException {
        writePretrainedModelAndDataset();
        CliResult result =
                mige("train", "mige", "-o", folder.resolve("tuned"), "--config", write("tune.json", FINE_TUNING));
        assertEquals("", result.err());
        assertEquals(0, result.exitCode());
        assertTrue(result.out().contains("steps 2/2"), result.out());
        assertTrue(result.out().contains("attention_supervision"), result.out());
        assertTrue(Files.exists(folder.resolve("tuned/model/denoiser.safetensors")));
    }

    @Test
    void fineTunesWithTwoProcesses() throws IOException {
        writePretrainedModelAndDataset();
        CliResult result = mige(
                "train",
                "mige",
                "-o",
                folder.resolve("tuned"),
                "--config",
                write("tune.json", FINE_TUNING),
                "--nproc",
                2,
                "--cache",
                folder.resolve("no corpus"));
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(Files.exists(folder.resolve("tuned/rank1/metrics.jsonl")), "the second process trained");
    }

    private CliResult trainNode(int node, String config) throws IOException {
        return mige(
                "train",
                "mige",
                "-o",
                folder.resolve("node" + node),
                "--config",
                write(node + ".json", config),
                "--nnodes",
                2,
                "--node-rank",
                node,
                "--rendezvous",
                "127.0.0.1:" + port);
    }

    /** Trains as two machines, each in a thread and with a run folder of its own. */
    private List<CliResult> trainTwoNodes(String firstConfig, String secondConfig) throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        FutureTask<CliResult> second = new FutureTask<>(() -> trainNode(1, secondConfig));
        new Thread(second).start();
        return List.of(trainNode(0, firstConfig), second.get());
    }

    @Test
    void fineTunesOnTwoMachines() throws Exception {
        writePretrainedModelAndDataset();
        for (CliResult result : trainTwoNodes(FINE_TUNING, FINE_TUNING)) {
            assertEquals(0, result.exitCode(), result.err());
            assertTrue(result.out().contains("steps 2/2"), result.out());
        }
        assertTrue(Files.exists(folder.resolve("node0/model/denoiser.safetensors")));
        assertFalse(Files.exists(folder.resolve("node1/model")), "the first machine alone writes the results");
    }

    @Test
    void refusesMachinesWithDifferentConfigurations() throws Exception {
        writePretrainedModelAndDataset();
        for (CliResult result : trainTwoNodes(FINE_TUNING, FINE_TUNING.replace("\"weight\": 0.1", "\"weight\": 0.2"))) {
            assertEquals(2, result.exitCode());
            assertEquals(
                    "mige: The machines have different configurations: start all with the same --config, and name the"
                            + " dtype in it where only some processors compute in bfloat16.",
                    result.firstErrorLine());
        }
    }

    @Test
    void explainsTheOptionsOfSeveralMachines() {
        assertEquals(
                "mige: --nnodes 2 needs --rendezvous HOST:PORT, the address of the first machine.",
                mige("train", "mige", "-o", folder, "--nnodes", 2).firstErrorLine());
        assertEquals(
                "mige: --node-rank and --rendezvous need --nnodes, the number of machines.",
                mige("train", "mige", "-o", folder, "--node-rank", 1).firstErrorLine());
        assertEquals(
                "mige: The index of this machine is 2, expected 0 to 1 for 2 machines.",
                mige("train", "mige", "-o", folder, "--nnodes", 2, "--node-rank", 2, "--rendezvous", "10.0.0.5:1")
                        .firstErrorLine());
        assertEquals(
                "mige: The rendezvous is '10.0.0.5', expected HOST:PORT of the first machine, such as 10.0.0.5:29500.",
                mige("train", "mige", "-o", folder, "--nnodes", 2, "--rendezvous", "10.0.0.5")
                        .firstErrorLine());
        assertEquals(
                "mige: --nnodes belongs to a stage: vae, clip, mige or clip-eval, one after another.",
                mige("train", "all", "-o", folder, "--nnodes", 2).firstErrorLine());
    }

    @Test
    void printsAConfigurationThatCanBeReadAgain() throws IOException {
        for (String stage : List.of("vae", "clip", "clip-eval", "mige", "all")) {
            String printed = mige("train", stage, "--print-config").out();
            assertTrue(printed.matches("(?s).*// learning rate after the warm-up\\n +\"learningRate\".*"), printed);
            Path file = write(stage + ".json", printed);
            assertEquals(
                    printed,
                    mige("train", stage, "--print-config", "--config", file).out());
        }
    }

    private String errorFor(String stage, String json) throws IOException {
        CliResult result = mige("train", stage, "--print-config", "--config", write("config.json", json));
        assertEquals(2, result.exitCode(), result.out());
        return result.firstErrorLine().replaceAll("^.*config\\.json: ", "");
    }

    @Test
    void namesTheReplacementOfKeysOfEarlierReleases() throws IOException {
        assertEquals("The key 'shown' was replaced by 'validation.samples'.", errorFor("mige", "{\"shown\": 2}"));
        assertEquals(
                "The key 'gaze' was replaced by an element of 'auxiliary.losses' with the type"
                        + " 'attention-supervision'.",
                errorFor("mige", "{\"gaze\": 0.1}"));
        assertEquals(
                "The key 'trainer.schedule.fall' was replaced by 'trainer.schedule.decayShare'.",
                errorFor("vae", "{\"trainer\": {\"schedule\": {\"fall\": 1}}}"));
        assertEquals("The key 'compute' was replaced by 'dtype'.", errorFor("clip", "{\"compute\": \"F32\"}"));
        assertEquals("The key 'compute' was replaced by 'network.dtype'.", errorFor("mige", "{\"compute\": \"F32\"}"));
    }

    @Test
    void namesTheNearestKeyAndTypeOfUnknownOnes() throws IOException {
        assertEquals(
                "The key 'data.exmples' is unknown; the nearest key is 'data.examples'.",
                errorFor("mige", "{\"data\": {\"exmples\": 5}}"));
        assertEquals("The key 'batchSize' belongs at 'trainer.batchSize'.", errorFor("mige", "{\"batchSize\": 5}"));
        assertEquals(
                "auxiliary.losses[0].type is 'contrastive'; the types are attention-supervision, mask-prediction,"
                        + " reconstruction.",
                errorFor("mige", "{\"auxiliary\": {\"losses\": [{\"type\": \"contrastive\", \"weight\": 1}]}}")
                        .replaceAll("^mige: ", ""));
    }

    @Test
    void refusesOptionsOfAllStagesForOne() {
        assertEquals(
                "mige: --recipe and --minutes belong to 'mige train all'; a stage has trainer.schedule.minutes.",
                mige("train", "vae", "--minutes", "5", "-o", folder).firstErrorLine());
        assertEquals(
                "mige: There is no recipe 'giant'; the recipes are nano-cpu, nano-gpu, nano-gpu-varied.",
                mige("train", "all", "--recipe", "giant", "-o", folder).firstErrorLine());
    }

    @Test
    void goesOnFromTheEmbeddedModelByName() {
        InitialModel initial = new PretrainedInitialization("embedded", "", "").load(null, folder, 1);
        assertEquals("nano", initial.config().name());
        assertTrue(initial.config().referenceNormalization() != null);
    }

    @Test
    void refusesAnUnknownStage() {
        assertEquals(
                "mige: There is no training stage 'gan'; the stages are vae, clip, clip-eval, mige.",
                mige("train", "gan", "-o", folder).firstErrorLine());
    }
}
