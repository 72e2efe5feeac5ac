package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.ShapeCorpus;
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
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import dev.mige4j.weights.RandomCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The way of the published checkpoint into a training: every width as published, depths and vocabulary cut, pictures
 * small.
 */
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
            ModelConfig.Defaults.PUBLISHED);

    @Test
    @Tag("slow")
    void runsAFinetuningStepAtFullWidth(@TempDir Path folder) throws Exception {
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
                1, 1, new LearningRateSchedule(1e-5, 0, 1, 0), AdamW.Config.REFERENCE, 0.01, 0.999, 1, 0, 100);
        var config = new MigeTraining.Config(
                1,
                null,
                3,
                1,
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
                "../records",
                "../xl",
                List.of(),
                true,
                DType.F32,
                null,
                trainerConfig);
        assertEquals(
                1,
                MigeTraining.run(config, folder.resolve("tuned"), () -> corpus, (done, total, remaining, metrics) -> {
                    if (metrics.containsKey("loss")) assertTrue(Double.isFinite(metrics.get("loss")));
                    return true;
                }));
        assertTrue(Files.exists(folder.resolve("tuned/model/denoiser.safetensors")));
    }
}
