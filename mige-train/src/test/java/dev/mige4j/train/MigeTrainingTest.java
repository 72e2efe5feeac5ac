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
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.DatasetTask;
import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.shard.ShardWriter;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.tensor.DType;
import dev.mige4j.train.auxiliary.AttentionSupervision;
import dev.mige4j.train.auxiliary.AuxiliaryLossConfig;
import dev.mige4j.train.auxiliary.ReconstructionLoss;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.train.dataset.ConcatDataset;
import dev.mige4j.train.dataset.CorpusDataset;
import dev.mige4j.train.dataset.DatasetConfig;
import dev.mige4j.train.dataset.MigeFormatDataset;
import dev.mige4j.train.dataset.VaeTrainingImages;
import dev.mige4j.train.dataset.VocabularyBuilder;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.initialization.FreshInitialization;
import dev.mige4j.train.initialization.Initialization;
import dev.mige4j.train.initialization.PretrainedInitialization;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.loss.IddpmLoss;
import dev.mige4j.train.loss.TimestepSampling;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import dev.mige4j.train.optimizer.ParameterGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigeTrainingTest {

    static final Corpus CORPUS = ShapeCorpus.of(32);

    private static final long WARMUP_SAMPLES = 8;
    private static final Initialization FRESH = new FreshInitialization("../vae", "../clip");
    private static final AuxiliaryLossConfig RECONSTRUCTION = new ReconstructionLoss.Config(1, 0.2),
            ATTENTION_SUPERVISION = new AttentionSupervision.Config(1, true, true, 3);

    @TempDir
    static Path folder;

    private static Trainer.Config trainerConfig(long steps, int batch, long validateEvery) {
        return new Trainer.Config(
                batch,
                1,
                new LearningRateSchedule(3e-3, 5, steps, 0, null, 0),
                AdamW.Config.REFERENCE,
                List.of(),
                1,
                0.9,
                null,
                new Trainer.Intervals(10, validateEvery, 1000, 0));
    }

    @BeforeAll
    static void trainVaeAndClip() {
        AutoEncoder.Config autoencoder = new AutoEncoder.Config(4, List.of(8, 8), 1, 4, 2, 1, true);
        VaeTraining.run(
                new VaeTraining.Config(
                        1,
                        new VaeTraining.Data(20, 4, 32, 16),
                        new VaeTraining.Loss(0.5, 0, 2e-4, 0),
                        DType.F32,
                        autoencoder,
                        trainerConfig(4, 4, 0)),
                folder.resolve("vae"),
                i -> VaeTrainingImages.of(CORPUS, 1, i),
                TrainingListener.NONE);
        var text = new T5Encoder.Config(8, 2, 4, 12, 1, 220, 32, 128);
        ClipTraining.run(
                new ClipTraining.Config(
                        1,
                        new ClipTraining.Data(List.of(Split.TRAIN), 20, 4, 32),
                        DType.F32,
                        new ClipModel.Config(ModelConfig.TINY.encoder().vision(), text, 8),
                        trainerConfig(3, 4, 0)),
                folder.resolve("clip"),
                VocabularyBuilder.build(CORPUS, VocabularyBuilder.PROMPTS, 60, 120),
                () -> CORPUS,
                TrainingListener.NONE,
                DataParallel.SINGLE_PROCESS);
    }

    private static MigeTrainingConfig config(long steps, long validateEvery) {
        return config(steps, validateEvery, FRESH, DType.F32, false, RECONSTRUCTION);
    }

    private static MigeTrainingConfig config(
            long steps,
            long validateEvery,
            Initialization initialization,
            DType dtype,
            boolean gradientCheckpointing,
            AuxiliaryLossConfig... auxiliaryLosses) {
        return new MigeTrainingConfig(
                7,
                ModelConfig.TINY,
                initialization,
                new MigeTrainingConfig.Data(
                        new CorpusDataset.Config(auxiliaryLosses.length > 1, CorpusRules.STRICT, 0.25),
                        "../features",
                        24,
                        4,
                        0,
                        2,
                        Map.of(),
                        0.2),
                new IddpmLoss.Config(5, 3, TimestepSampling.LOGIT_NORMAL),
                new MigeTrainingConfig.Auxiliary(WARMUP_SAMPLES, List.of(auxiliaryLosses)),
                new MigeTrainingConfig.Network(dtype, gradientCheckpointing, List.of()),
                new MigeTrainingConfig.Validation(2, 2),
                trainerConfig(steps, 4, validateEvery));
    }

    private static long train(String name, long steps, TrainingListener listener) {
        return MigeTraining.run(config(steps, 0), folder.resolve(name), size -> CORPUS, listener);
    }

    @Test
    void reducesTheLoss() {
        List<Double> losses = new ArrayList<>();
        train("learning", 80, MetricsCollector.of("mse", losses));
        assertTrue(losses.get(losses.size() - 1) < 0.9 * losses.get(0), losses.toString());
    }

    @Test
    void attentionSupervisionLossDecreases() {
        List<Double> losses = new ArrayList<>();
        MigeTraining.run(
                config(60, 0, FRESH, DType.F32, false, ATTENTION_SUPERVISION, RECONSTRUCTION),
                folder.resolve("supervised"),
                size -> CORPUS,
                MetricsCollector.of("attention_supervision", losses));
        assertTrue(losses.get(losses.size() - 1) < 0.9 * losses.get(0), losses.toString());
    }

    @Test
    void refusesDenoiserSupervisionWithGradientCheckpointing() {
        var e = assertThrows(UsageException.class, () -> config(1, 0, FRESH, DType.F32, true, ATTENTION_SUPERVISION));
        assertTrue(e.getMessage().contains("network.gradientCheckpointing"), e.getMessage());
    }

    @Test
    void trainsOnlyAuxiliaryLossesDuringReconstructionWarmup() throws Exception {
        Path warmup = folder.resolve("warmup");
        MigeTraining.run(config(2, 0), warmup, size -> CORPUS, TrainingListener.NONE);
        assertTrue(Files.readString(warmup.resolve("metrics.jsonl")).contains("reference_reconstruction"));
        assertFalse(Files.readString(warmup.resolve("metrics.jsonl")).contains("mse"));
    }

    @Test
    void continuesAModelFromTheSameFeatureCache() {
        train("first", 2, TrainingListener.NONE);
        assertEquals(
                4,
                MigeTraining.run(
                        config(
                                4,
                                0,
                                new PretrainedInitialization("../first/model", "../vae", "../clip"),
                                DType.F32,
                                false,
                                RECONSTRUCTION),
                        folder.resolve("second"),
                        size -> {
                            throw new AssertionError("the features are cached");
                        },
                        TrainingListener.NONE));
    }

    @Test
    void resumesBitExactly() throws Exception {
        train("uninterrupted", 20, TrainingListener.NONE);
        train("parts", 20, (item, done, total) -> item.equals("features") || done < 10);
        train("parts", 20, TrainingListener.NONE);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("uninterrupted/model/denoiser.safetensors")),
                Files.readAllBytes(folder.resolve("parts/model/denoiser.safetensors")));
    }

    private static void train(String name, boolean gradientCheckpointing, DType dtype) {
        MigeTraining.run(
                config(6, 0, FRESH, dtype, gradientCheckpointing, RECONSTRUCTION),
                folder.resolve(name),
                size -> CORPUS,
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

    /** Four edits as a JSON list and as shards of one record each. */
    private static void writeRecords(Path root) {
        List<DatasetRecord> records = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String target = DatasetTask.EDIT.path("target", i + ".png"),
                    source = DatasetTask.EDIT.path("source", i + ".png");
            CORPUS.example(Split.TRAIN, 3, i).target().write(root.resolve(target));
            CORPUS.example(Split.TRAIN, 4, i).target().write(root.resolve(source));
            records.add(new DatasetRecord(
                    target, 32, 32, List.of(source), "make<imagehere>blue", Optional.of(source), Map.of()));
        }
        RecordList.write(root.resolve("list.json"), records.iterator());
        RecordList list = RecordList.open(root, List.of(root.resolve("list.json")));
        ShardWriter.write(
                root.resolve("shards"),
                "train",
                1,
                IntStream.range(0, 4).mapToObj(list::get).iterator());
    }

    private static MigeTrainingConfig finetuning(DatasetConfig dataset, String featureCache, int steps) {
        return new MigeTrainingConfig(
                7,
                null,
                new PretrainedInitialization("../base/model", "", ""),
                new MigeTrainingConfig.Data(dataset, featureCache, null, 2, 0, 1, Map.of("edit", 2.0), 0),
                IddpmLoss.Config.REFERENCE,
                MigeTrainingConfig.Auxiliary.NONE,
                new MigeTrainingConfig.Network(DType.F32, false, List.of("t5_model.")),
                new MigeTrainingConfig.Validation(0, 2),
                trainerConfig(steps, 2, 0));
    }

    private static void finetune(String name, MigeTrainingConfig config, TrainingListener listener) {
        MigeTraining.run(config, folder.resolve(name), size -> CORPUS, listener);
    }

    @Test
    void finetunesOnRecordsOfListsAndOfShardsAlikeAndResumesBitExactly() throws Exception {
        train("base", 2, TrainingListener.NONE);
        Path mine = folder.resolve("mine");
        writeRecords(mine);
        DatasetConfig list = new MigeFormatDataset.Config("../mine", List.of("../mine/list.json"), 32),
                shards = new MigeFormatDataset.ShardConfig("../mine/shards");
        finetune("list", finetuning(list, "../list-features", 8), TrainingListener.NONE);
        finetune(
                "shards",
                finetuning(shards, "../shard-features", 8),
                (item, done, total) -> item.equals("features") || done < 3);
        finetune("shards", finetuning(shards, "../shard-features", 8), TrainingListener.NONE);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("list/model/denoiser.safetensors")),
                Files.readAllBytes(folder.resolve("shards/model/denoiser.safetensors")));
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("base/model/t5.safetensors")),
                Files.readAllBytes(folder.resolve("list/model/t5.safetensors")));
        Files.delete(mine.resolve("shards/train-00003.idx"));
        Files.delete(mine.resolve("shards/train-00003.tar"));
        var e = assertThrows(
                UsageException.class,
                () -> finetune("shards", finetuning(shards, "../shard-features", 9), TrainingListener.NONE));
        assertTrue(e.getMessage().contains("data.featureCache"), e.getMessage());
    }

    @Test
    void validatesOnHeldOutRecordsOfTheirOwnAndStopsEarly() throws Exception {
        train("base", 2, TrainingListener.NONE);
        writeRecords(folder.resolve("mine"));
        writeRecords(folder.resolve("held-out"));
        DatasetConfig heldOut = new MigeFormatDataset.Config("../held-out", List.of("../held-out/list.json"), 32),
                own = new MigeFormatDataset.ShardConfig("../mine/shards"),
                corpus = new CorpusDataset.Config(true, CorpusRules.STRICT, 0);
        MigeTrainingConfig config =
                finetuning(new ConcatDataset.Config(List.of(heldOut, own, corpus)), "../concatenated-features", 50);
        Trainer.Config trainer = config.trainer();
        var stopping = new MigeTrainingConfig(
                config.seed(),
                null,
                config.initialization(),
                new MigeTrainingConfig.Data(
                        config.data().dataset(), "../concatenated-features", 12, 4, 0, 1, Map.of("edit", 2.0), 0),
                config.loss(),
                config.auxiliary(),
                config.network(),
                config.validation(),
                new Trainer.Config(
                        2,
                        1,
                        trainer.schedule(),
                        trainer.optimizer(),
                        List.of(
                                new ParameterGroup(List.of("blocks.{0..0}.*", "FFM.*"), 0, null),
                                new ParameterGroup(List.of("blocks.*"), 0.5, 0.0)),
                        1,
                        0,
                        new EarlyStopping(1, "held_out_edit", EarlyStopping.Mode.MIN, 1e6),
                        new Trainer.Intervals(1, 2, 0, 0)));
        List<String> notices = new ArrayList<>();
        assertEquals(2, MigeTraining.run(stopping, folder.resolve("stopping"), size -> CORPUS, new TrainingListener() {
            @Override
            public boolean onProgress(String item, long done, long total) {
                return true;
            }

            @Override
            public void onNotice(String notice) {
                notices.add(notice);
            }
        }));
        assertEquals(1, notices.size());
        assertTrue(
                notices.get(0).startsWith("stopped early after step 2; kept is step 0, whose held_out_edit"),
                notices.get(0));
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("base/model/denoiser.safetensors")),
                Files.readAllBytes(folder.resolve("stopping/model/denoiser.safetensors")));
    }

    @Test
    void asksForNoMoreExamplesThanThereAre() {
        var data = new MigeTrainingConfig.Data(
                new MigeFormatDataset.ShardConfig("shards"), "features", 40, 2, 0, 1, Map.of(), 0);
        assertEquals(40, data.examplesOf(Integer.MAX_VALUE));
        var e = assertThrows(UsageException.class, () -> data.examplesOf(39));
        assertEquals("data.examples is 40, but the dataset has 39; null takes all.", e.getMessage());
        var all = new MigeTrainingConfig.Data(
                new MigeFormatDataset.ShardConfig("shards"), "features", null, 2, 0, 1, Map.of(), 0);
        assertEquals(39, all.examplesOf(39));
        assertThrows(UsageException.class, () -> all.examplesOf(2));
        assertThrows(UsageException.class, () -> all.examplesOf(Integer.MAX_VALUE));
    }

    @Test
    void exportsAModelThatMigeOpens() throws Exception {
        MigeTraining.run(config(10, 10), folder.resolve("exported"), size -> CORPUS, TrainingListener.NONE);
        assertTrue(Files.exists(folder.resolve("exported/images/validation-00000010.png")));
        String metrics = Files.readString(folder.resolve("exported/metrics.jsonl"));
        assertTrue(metrics.contains("\"held_out_varied_"), metrics); // example 3 of the four that are held out
        String events = tensorBoardEvents(folder.resolve("exported"));
        for (String tag : List.of("loss", "learning_rate", "held_out", "validation", "PNG"))
            assertTrue(events.contains(tag), tag);
        try (Mige mige = Mige.open(folder.resolve("exported/model"))) {
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

    private static String tensorBoardEvents(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run)) {
            Path events = files.filter(file -> file.getFileName().toString().startsWith("events.out.tfevents"))
                    .findFirst()
                    .orElseThrow();
            return Files.readString(events, StandardCharsets.ISO_8859_1);
        }
    }
}
