package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.sampler.PredictionType;
import dev.mige4j.tensor.DType;
import dev.mige4j.text.PromptTemplates;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.train.dataset.CorpusDataset;
import dev.mige4j.train.initialization.PretrainedInitialization;
import dev.mige4j.train.loss.IddpmLoss;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import dev.mige4j.weights.RandomCheckpoint;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fine-tunes a model with the published widths, and reduced depths, vocabulary and image size. */
class FullWidthFinetuningTest {

    private static final ModelConfig REDUCED_DEPTH = new ModelConfig(
            "xl-cut",
            64,
            new MultimodalEncoder.Config(
                    new VisionTransformer.Config(224, 14, 1408, 16, 1, 6144),
                    new QFormer.Config(768, 12, 2, 3072, 32, 1408, 2),
                    FeatureFusion.Config.PUBLISHED,
                    new T5Encoder.Config(4096, 64, 64, 10240, 1, 1000, 32, 128),
                    256,
                    4,
                    4),
            new Denoiser.Config(4, 64, 2, 1152, 2, 16, 4096, 256, 4, 1),
            new AutoEncoder.Config(4, List.of(16, 16), 1, 4, 4, 0.18215),
            PromptTemplates.TRAINING,
            TimestepRounding.BF16,
            PredictionType.NOISE,
            false,
            null,
            ModelConfig.Defaults.PUBLISHED);

    @Test
    @Tag("slow")
    void runsAFinetuningStepAtFullWidth(@TempDir Path folder) throws Exception {
        train(folder, DType.F32, null);
        assertTrue(Files.exists(folder.resolve("tuned/model/denoiser.safetensors")));
    }

    @Test
    @Tag("slow")
    void runsALoraStepAtFullWidth(@TempDir Path folder) throws Exception {
        train(folder, DType.BF16, MigeTrainingConfig.LoraTraining.of(LoraConfig.DEFAULT));
        assertFalse(Files.exists(folder.resolve("tuned/model")));
        LoraFile lora = LoraFile.read(folder.resolve("tuned/lora.safetensors"));
        assertEquals(2 * 7 + 8, lora.modules().size());
        assertEquals(
                new LoraFile.AdapterSize(16, 1152, 3 * 1152, 1), lora.modules().get("blocks.1.attn.qkv"));
    }

    private static void train(Path folder, DType dtype, MigeTrainingConfig.LoraTraining lora) throws Exception {
        Corpus corpus = ShapeCorpus.of(64);
        byte[] vocabulary =
                TokenizerBuilder.build(List.of("a dog and a cat on a beach, remove the car and add a book"), 300);
        RandomCheckpoint.write(
                Files.createDirectories(folder.resolve("xl")),
                ModelNetworks.requiredTensors(REDUCED_DEPTH),
                vocabulary,
                1,
                (name, done, total) -> true);
        var trainerConfig = new Trainer.Config(
                1,
                1,
                new LearningRateSchedule(1e-5, 0, 1, 0, null, 0),
                AdamW.Config.REFERENCE,
                List.of(),
                0.01,
                0.999,
                null,
                new Trainer.Intervals(1, 0, 100, 0));
        var config = new MigeTrainingConfig(
                1,
                null,
                new PretrainedInitialization("../xl", "", ""),
                new MigeTrainingConfig.Data(
                        new CorpusDataset.Config(false, CorpusRules.VARIED, 0), "../features", 3, 1, 0, 1, Map.of(), 0),
                IddpmLoss.Config.REFERENCE,
                MigeTrainingConfig.Auxiliary.NONE,
                new MigeTrainingConfig.Network(dtype, true, List.of()),
                new MigeTrainingConfig.Validation(0, 2),
                trainerConfig);
        List<Double> losses = new ArrayList<>();
        assertEquals(
                1,
                MigeTraining.run(
                        config.withLora(lora),
                        folder.resolve("tuned"),
                        size -> corpus,
                        MetricsCollector.of("loss", losses)));
        assertTrue(losses.stream().allMatch(Double::isFinite) && losses.size() == 1, losses.toString());
    }
}
