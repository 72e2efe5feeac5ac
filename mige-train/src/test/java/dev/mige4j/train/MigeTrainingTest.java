package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.tensor.DType;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.train.dataset.VaeTrainingImages;
import dev.mige4j.train.dataset.VocabularyBuilder;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigeTrainingTest {

    static final Corpus CORPUS = ShapeCorpus.of(32);

    private static final long WARMUP_SAMPLES = 8;

    @TempDir
    static Path folder;

    private static Trainer.Config trainerConfig(long steps, int batch, long showEvery) {
        return new Trainer.Config(
                batch,
                1,
                new LearningRateSchedule(3e-3, 5, steps, 0),
                AdamW.Config.REFERENCE,
                1,
                0.9,
                10,
                showEvery,
                1000);
    }

    @BeforeAll
    static void trainVaeAndClip() {
        AutoEncoder.Config autoencoder = ModelConfig.TINY.autoencoder();
        VaeTraining.run(
                new VaeTraining.Config(1, 20, 4, 32, 16, 0.5, 2e-4, DType.F32, autoencoder, trainerConfig(4, 4, 0)),
                folder.resolve("vae"),
                i -> VaeTrainingImages.of(CORPUS, 1, i),
                TrainingListener.NONE);
        var text = new T5Encoder.Config(8, 2, 4, 12, 1, 220, 32, 128);
        ClipTraining.run(
                new ClipTraining.Config(
                        1,
                        List.of(Split.TRAIN),
                        20,
                        4,
                        32,
                        DType.F32,
                        new ClipModel.Config(ModelConfig.TINY.encoder().vision(), text, 8),
                        trainerConfig(3, 4, 0)),
                folder.resolve("clip"),
                VocabularyBuilder.build(CORPUS, VocabularyBuilder.PROMPTS, 60, 120),
                () -> CORPUS,
                TrainingListener.NONE,
                DataParallel.SINGLE_PROCESS);
    }

    private static MigeTraining.Config config(long steps, long showEvery) {
        return config(steps, showEvery, "", false, DType.F32);
    }

    private static MigeTraining.Config config(
            long steps, long showEvery, String pretrainedModel, boolean gradientCheckpointing, DType dtype) {
        return config(steps, showEvery, pretrainedModel, gradientCheckpointing, 0, dtype);
    }

    private static MigeTraining.Config config(
            long steps,
            long showEvery,
            String pretrainedModel,
            boolean gradientCheckpointing,
            double attentionSupervisionWeight,
            DType dtype) {
        return new MigeTraining.Config(
                7,
                ModelConfig.TINY,
                24,
                4,
                Map.of(),
                3,
                5,
                1,
                WARMUP_SAMPLES,
                0.2,
                attentionSupervisionWeight,
                attentionSupervisionWeight > 0,
                2,
                2,
                "../vae",
                "../clip",
                "../records",
                pretrainedModel,
                List.of(),
                gradientCheckpointing,
                dtype,
                null,
                trainerConfig(steps, 4, showEvery));
    }

    private static long train(String name, long steps, TrainingListener listener) {
        return MigeTraining.run(config(steps, 0), folder.resolve(name), () -> CORPUS, listener);
    }

    @Test
    void reducesTheLoss() {
        List<Double> losses = new ArrayList<>();
        train(
                "learning",
                80,
                (done, total, remaining, metrics) -> metrics.get("mse") == null || losses.add(metrics.get("mse")));
        assertTrue(losses.get(losses.size() - 1) < 0.9 * losses.get(0), losses.toString());
    }

    @Test
    void attentionSupervisionLossDecreases() {
        List<Double> losses = new ArrayList<>();
        MigeTraining.run(
                config(60, 0, "", false, 1, DType.F32),
                folder.resolve("looking"),
                () -> CORPUS,
                (done, total, remaining, metrics) -> metrics.get("gaze") == null || losses.add(metrics.get("gaze")));
        assertTrue(losses.get(losses.size() - 1) < 0.9 * losses.get(0), losses.toString());
        assertThrows(
                UsageException.class,
                () -> config(1, 0, "", true, 1, DType.F32),
                "looks of blocks that are computed again cannot be watched");
    }

    @Test
    void trainsOnlyAuxiliaryLossesDuringReconstructionWarmup() throws Exception {
        Path warmup = folder.resolve("sketched");
        MigeTraining.run(config(2, 0), warmup, () -> CORPUS, TrainingListener.NONE);
        assertTrue(Files.readString(warmup.resolve("metrics.jsonl")).contains("sketch_shown"));
        assertFalse(Files.readString(warmup.resolve("metrics.jsonl")).contains("mse"));
    }

    @Test
    void continuesAModelFromTheSameFeatureCache() {
        train("first", 2, TrainingListener.NONE);
        assertEquals(
                4,
                MigeTraining.run(
                        config(4, 0, "../first/model", false, DType.F32),
                        folder.resolve("second"),
                        () -> {
                            throw new AssertionError("the records are there");
                        },
                        TrainingListener.NONE));
    }

    @Test
    void resumesBitExactly() throws Exception {
        train("whole", 20, TrainingListener.NONE);
        train("parts", 20, (done, total, remaining, metrics) -> metrics.containsKey("records_per_second") || done < 10);
        train("parts", 20, TrainingListener.NONE);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("whole/model/denoiser.safetensors")),
                Files.readAllBytes(folder.resolve("parts/model/denoiser.safetensors")));
    }

    private static void train(String name, boolean gradientCheckpointing, DType dtype) {
        MigeTraining.run(
                config(6, 0, "", gradientCheckpointing, dtype),
                folder.resolve(name),
                () -> CORPUS,
                TrainingListener.NONE,
                DataParallel.SINGLE_PROCESS);
    }

    @Test
    void gradientCheckpointingLearnsTheSame() throws Exception {
        train("kept", false, DType.F32);
        train("recomputed", true, DType.F32);
        assertEquals(firstLoss("kept"), firstLoss("recomputed"), 1e-4);
    }

    @Test
    void bfloat16ProductsLearnNearlyTheSame() throws Exception {
        train("exact", false, DType.F32);
        train("narrow", false, DType.BF16);
        assertEquals(firstLoss("exact"), firstLoss("narrow"), 0.02 * firstLoss("exact"));
    }

    private static double firstLoss(String name) throws Exception {
        return Double.parseDouble(Files.readString(folder.resolve(name).resolve("metrics.jsonl"))
                .replaceAll("(?s).*\"loss\":([0-9.eE+-]+).*", "$1"));
    }

    @Test
    void finetunesOnADataSetInTheReferenceFormat() throws Exception {
        train("base", 2, TrainingListener.NONE);
        Path root = Files.createDirectories(folder.resolve("mine/raw/instructpix2pix"));
        for (int i = 0; i < 4; i++)
            CORPUS.example(Split.TRAIN, 3, i).target().write(root.resolve(i + ".png"), Map.of());
        StringBuilder list = new StringBuilder("[");
        for (int i = 0; i < 2; i++)
            list.append(i == 0 ? "" : ",")
                    .append(
                            "{\"image\":\"raw/instructpix2pix/%d.png\",\"width\":32,\"height\":32,\"entity_path\":[\"raw/instructpix2pix/%d.png\"],\"multi_prompt\":\"make<imagehere>blue\",\"source_path\":[\"raw/instructpix2pix/%d.png\"]}"
                                    .formatted(2 * i, 2 * i + 1, 2 * i + 1));
        Files.writeString(folder.resolve("mine/list.json"), list + "]");
        var config = new MigeTraining.Config(
                7,
                null,
                4,
                2,
                Map.of(),
                1,
                0,
                0,
                0,
                0,
                0,
                false,
                0,
                2,
                "",
                "",
                "../mine-records",
                "../base/model",
                List.of("t5_model."),
                false,
                DType.F32,
                new MigeTraining.DataSetConfig("../mine", List.of("../mine/list.json"), 32),
                trainerConfig(3, 2, 0));
        assertEquals(3, MigeTraining.run(config, folder.resolve("tuned"), () -> CORPUS, TrainingListener.NONE));
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("base/model/t5.safetensors")),
                Files.readAllBytes(folder.resolve("tuned/model/t5.safetensors")));
    }

    @Test
    void exportsAModelThatMigeOpens() {
        MigeTraining.run(config(10, 10), folder.resolve("shown"), () -> CORPUS, TrainingListener.NONE);
        assertTrue(Files.exists(folder.resolve("shown/pictures/validation-00000010.png")));
        try (Mige mige = Mige.open(folder.resolve("shown/model"))) {
            Image reference = CORPUS.example(Split.TRAIN, 1, 0).target();
            assertEquals(
                    32,
                    mige.generate(
                                    new SubjectGeneration(Instruction.of("a <image> on a beach", reference)),
                                    Settings.DEFAULT)
                            .get(0)
                            .image()
                            .width());
        }
    }
}
