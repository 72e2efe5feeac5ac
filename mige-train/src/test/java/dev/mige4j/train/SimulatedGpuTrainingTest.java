package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.SimulatedGpu;
import dev.mige4j.train.auxiliary.AttentionSupervision;
import dev.mige4j.train.auxiliary.ReconstructionLoss;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.train.dataset.CorpusDataset;
import dev.mige4j.train.dataset.VaeTrainingImages;
import dev.mige4j.train.dataset.VocabularyBuilder;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.initialization.FreshInitialization;
import dev.mige4j.train.initialization.PretrainedInitialization;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.loss.IddpmLoss;
import dev.mige4j.train.loss.TimestepSampling;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import dev.mige4j.weights.lora.LoraConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the stages of a training do on a GPU. */
class SimulatedGpuTrainingTest {

    @TempDir
    Path folder;

    /** Steps read nothing back; what does is the extraction of features, the metrics, the validation and the export. */
    @Test
    void stepsReadNothingBack() throws Exception {
        SimulatedGpu.runProcess(Stages.class, folder.toString());
    }

    static final class Stages {

        private static final Corpus CORPUS = ShapeCorpus.of(32);

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            VaeTraining.Config vae = new VaeTraining.Config(
                    1,
                    new VaeTraining.Data(20, 4, 32, 16),
                    new VaeTraining.Loss(0.5, 1, 2e-4, 0.1),
                    DType.BF16,
                    new AutoEncoder.Config(4, List.of(8, 8), 1, 4, 2, 1, true),
                    trainer(4));
            check(() -> VaeTraining.run(
                    vae, folder.resolve("vae"), i -> VaeTrainingImages.of(CORPUS, 1, i), TrainingListener.NONE));
            ClipTraining.Config clip = new ClipTraining.Config(
                    1,
                    new ClipTraining.Data(List.of(Split.TRAIN), 20, 4, 32),
                    DType.BF16,
                    new ClipModel.Config(
                            ModelConfig.TINY.encoder().vision(), new T5Encoder.Config(8, 2, 4, 12, 1, 220, 32, 128), 8),
                    trainer(4));
            byte[] vocabulary = VocabularyBuilder.build(CORPUS, VocabularyBuilder.PROMPTS, 60, 120);
            check(() -> ClipTraining.run(
                    clip,
                    folder.resolve("clip"),
                    vocabulary,
                    () -> CORPUS,
                    TrainingListener.NONE,
                    DataParallel.SINGLE_PROCESS));
            MigeTrainingConfig mige = new MigeTrainingConfig(
                    1,
                    ModelConfig.TINY,
                    new FreshInitialization("../vae", "../clip"),
                    new MigeTrainingConfig.Data(
                            new CorpusDataset.Config(false, CorpusRules.STRICT, 0),
                            "../features",
                            24,
                            4,
                            8,
                            2,
                            Map.of(),
                            0.2),
                    new IddpmLoss.Config(5, 3, TimestepSampling.LOGIT_NORMAL),
                    new MigeTrainingConfig.Auxiliary(
                            0,
                            List.of(
                                    new AttentionSupervision.Config(1, true, true, 3),
                                    new ReconstructionLoss.Config(1, 0.2))),
                    new MigeTrainingConfig.Network(DType.BF16, false, List.of()),
                    new MigeTrainingConfig.Validation(2, 2),
                    trainer(4));
            check(() -> MigeTraining.run(mige, folder.resolve("mige"), size -> CORPUS, TrainingListener.NONE));
            assertTrue(Files.exists(folder.resolve("mige/model/denoiser.safetensors")));
            MigeTrainingConfig lora = new MigeTrainingConfig(
                            1,
                            null,
                            new PretrainedInitialization("../mige/model", "", ""),
                            new MigeTrainingConfig.Data(
                                    mige.data().dataset(), "../lora-features", 12, 4, 0, 1, Map.of(), 0),
                            mige.loss(),
                            MigeTrainingConfig.Auxiliary.NONE,
                            new MigeTrainingConfig.Network(DType.BF16, true, List.of()),
                            mige.validation(),
                            trainer(3))
                    .withLora(MigeTrainingConfig.LoraTraining.of(LoraConfig.DEFAULT));
            check(() -> MigeTraining.run(lora, folder.resolve("lora"), size -> CORPUS, TrainingListener.NONE));
            assertTrue(Files.exists(folder.resolve("lora/lora.safetensors")));
            System.out.println("passed");
        }

        private static void check(Runnable stage) {
            List<String> readBacks = new ArrayList<>(SimulatedGpu.readBacks(stage));
            readBacks.removeIf(place -> place.matches(".*(AverageMeters|\\.validate|\\.lossesByExample|\\.top1Accuracy"
                    + "|\\.export|TensorData\\.of|TrainingState|FrozenEncoders|ImageCache|ImageTensors).*"));
            assertEquals(List.of(), readBacks);
        }

        private static Trainer.Config trainer(long steps) {
            return new Trainer.Config(
                    4,
                    1,
                    new LearningRateSchedule(3e-3, 5, steps, 0, null, 0),
                    AdamW.Config.REFERENCE,
                    List.of(),
                    1,
                    0.9,
                    null,
                    new Trainer.Intervals(steps, steps, 0, 0));
        }
    }
}
