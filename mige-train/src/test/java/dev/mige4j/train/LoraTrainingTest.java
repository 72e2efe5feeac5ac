package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelFingerprint;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.train.MigeTrainingConfig.LoraTraining;
import dev.mige4j.train.dataset.CorpusDataset;
import dev.mige4j.train.initialization.PretrainedInitialization;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.loss.IddpmLoss;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import dev.mige4j.weights.RandomCheckpoint;
import dev.mige4j.weights.lora.LoraFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraTrainingTest {

    private static final Corpus CORPUS = ShapeCorpus.of(32);
    private static final LoraTraining RANK_4 = new LoraTraining(4, 8.0, null, "my-mug");

    @TempDir
    static Path folder;

    @BeforeAll
    static void writeBaseModel() throws Exception {
        RandomCheckpoint.write(
                Files.createDirectories(folder.resolve("base")),
                ModelNetworks.requiredTensors(ModelConfig.TINY),
                TokenizerBuilder.build(List.of("a dog and a cat on a beach, remove the car and add a book"), 120),
                1,
                (name, done, total) -> true);
    }

    private static MigeTrainingConfig config(
            int steps, LoraTraining lora, boolean gradientCheckpointing, DType dtype, String... frozenPrefixes) {
        return config(steps, 1e-2, 5, lora, gradientCheckpointing, dtype, frozenPrefixes);
    }

    private static MigeTrainingConfig config(
            int steps,
            double learningRate,
            int logInterval,
            LoraTraining lora,
            boolean gradientCheckpointing,
            DType dtype,
            String... frozenPrefixes) {
        return new MigeTrainingConfig(
                        7,
                        null,
                        new PretrainedInitialization("../base", "", ""),
                        new MigeTrainingConfig.Data(
                                new CorpusDataset.Config(false, CorpusRules.VARIED, 0),
                                "../features-" + dtype,
                                24,
                                4,
                                0,
                                2,
                                Map.of(),
                                0),
                        IddpmLoss.Config.REFERENCE,
                        MigeTrainingConfig.Auxiliary.NONE,
                        new MigeTrainingConfig.Network(dtype, gradientCheckpointing, List.of(frozenPrefixes)),
                        new MigeTrainingConfig.Validation(0, 2),
                        new Trainer.Config(
                                4,
                                1,
                                new LearningRateSchedule(learningRate, 5, steps, 0, null, 0),
                                new AdamW.Config(0.9, 0.999, 1e-8, 0),
                                List.of(),
                                1,
                                0.9,
                                null,
                                new Trainer.Intervals(logInterval, 0, 1000, 0)))
                .withLora(lora);
    }

    private static LoraFile train(String name, MigeTrainingConfig config, TrainingListener listener) {
        MigeTraining.run(config, folder.resolve(name), size -> CORPUS, listener);
        return LoraFile.read(folder.resolve(name).resolve("lora.safetensors"));
    }

    @Test
    void exportsTheAdaptersAloneWithTheirBaseModel() throws Exception {
        LoraFile lora = train("exported", config(3, RANK_4, false, DType.F32), TrainingListener.NONE);
        assertEquals(
                ModelFingerprint.of(folder.resolve("base")), lora.metadata().baseModel());
        assertEquals("my-mug", lora.metadata().trigger());
        assertEquals(4, lora.metadata().config().rank());
        assertEquals(8, lora.metadata().config().alpha());
        assertEquals(2 * 7 + 8, lora.modules().size());
        assertTrue(lora.modules().containsKey("blocks.1.cross_attn.kv_linear"));
        assertTrue(lora.modules().containsKey("FFM.clip_attn.in_proj"));
        try (Stream<Path> files = Files.list(folder.resolve("exported"))) {
            TreeSet<String> names = new TreeSet<>(
                    files.map(file -> file.getFileName().toString().replaceAll("tfevents.*", "tfevents"))
                            .toList());
            assertFalse(names.contains("model"), names.toString());
        }
        Scope.scoped(() -> lora.adapters(DType.F32)
                .forEach((module, adapter) -> assertTrue(adapter.b().abs().sum().item() > 0, module)));
    }

    @Test
    void reducesTheLossOfTheSameSamples() {
        double[] untrained = losses("untrained", 1e-12), trained = losses("trained", 1e-2);
        assertEquals(untrained[0], trained[0], 1e-6); // B is 0 at first
        assertTrue(trained[1] < 0.97 * untrained[1], trained[1] + " instead of " + untrained[1]);
    }

    /** The loss of the first step, and the mean of the last 20 of 60. */
    private static double[] losses(String name, double learningRate) {
        List<Double> losses = new ArrayList<>();
        LoraTraining ofOutput = new LoraTraining(8, 32.0, List.of("final_layer.linear", "mlp.fc2"), "");
        train(name, config(60, learningRate, 1, ofOutput, false, DType.F32), MetricsCollector.of("mse", losses));
        return new double[] {
            losses.get(0),
            losses.subList(40, 60).stream().mapToDouble(v -> v).average().orElseThrow()
        };
    }

    @Test
    void resumesBitExactly() throws Exception {
        train("uninterrupted", config(20, RANK_4, false, DType.F32), TrainingListener.NONE);
        MigeTrainingConfig parts = config(20, RANK_4, false, DType.F32);
        train("parts", parts, (item, done, total) -> !item.equals("steps") || done < 7);
        train("parts", parts, TrainingListener.NONE);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("uninterrupted/lora.safetensors")),
                Files.readAllBytes(folder.resolve("parts/lora.safetensors")));
    }

    @Test
    void gradientCheckpointingLearnsTheSame() {
        LoraFile kept = train("kept", config(6, RANK_4, false, DType.F32), TrainingListener.NONE),
                recomputed = train("recomputed", config(6, RANK_4, true, DType.F32), TrainingListener.NONE);
        var expected = kept.adapters(DType.F32);
        recomputed.adapters(DType.F32).forEach((module, adapter) -> {
            assertClose(module, expected.get(module).a(), adapter.a());
            assertClose(module, expected.get(module).b(), adapter.b());
        });
    }

    private static void assertClose(String module, Tensor expected, Tensor actual) {
        double difference = expected.sub(actual).norm().item(),
                size = expected.norm().item();
        assertTrue(difference <= 0.02 * size, module + ": " + difference + " of " + size);
    }

    @Test
    void trainsBlocksOnlyWithCheckpointingInBfloat16() {
        LoraTraining ofBlocks = new LoraTraining(2, null, List.of("attn.qkv", "mlp.fc1"), "");
        List<Double> losses = new ArrayList<>(), exact = new ArrayList<>();
        LoraFile lora = train("narrow", config(5, ofBlocks, true, DType.BF16), MetricsCollector.of("loss", losses));
        assertEquals(4, lora.modules().size());
        train("exact", config(5, ofBlocks, true, DType.F32), MetricsCollector.of("loss", exact));
        assertEquals(exact.get(0), losses.get(0), 0.02 * exact.get(0));
    }

    @Test
    void frozenLayersGetNoAdapters() {
        LoraFile lora =
                train("frozen", config(1, RANK_4, false, DType.F32, "FFM.", "blocks.0."), TrainingListener.NONE);
        assertEquals(7, lora.modules().size());
        assertTrue(lora.modules().keySet().stream().allMatch(module -> module.startsWith("blocks.1.")));
        var e = assertThrows(
                UsageException.class,
                () -> train("none", config(1, RANK_4, false, DType.F32, "FFM.", "blocks."), TrainingListener.NONE));
        assertTrue(e.getMessage().contains("lora.targets"), e.getMessage());
        e = assertThrows(
                UsageException.class,
                () -> train("misspelt", config(1, RANK_4, false, DType.F32, "fusion."), TrainingListener.NONE));
        assertTrue(e.getMessage().contains("the name of no parameter begins with 'fusion.'"), e.getMessage());
    }

    @Test
    void belongsToOneModelFolder() {
        MigeTrainingConfig config = config(1, RANK_4, false, DType.F32);
        MigeTrainingConfig mixed = new MigeTrainingConfig(
                        config.seed(),
                        null,
                        new PretrainedInitialization("../base", "", "../base"),
                        config.data(),
                        config.loss(),
                        config.auxiliary(),
                        config.network(),
                        config.validation(),
                        config.trainer())
                .withLora(RANK_4);
        var e = assertThrows(UsageException.class, () -> train("mixed", mixed, TrainingListener.NONE));
        assertTrue(e.getMessage().contains("initialization"), e.getMessage());
    }
}
