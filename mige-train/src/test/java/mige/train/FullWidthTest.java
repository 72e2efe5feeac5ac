package mige.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import mige.autoencoder.AutoEncoder;
import mige.data.Corpus;
import mige.data.ShapeCorpus;
import mige.denoiser.Denoiser;
import mige.denoiser.TimestepEmbedding.Rounding;
import mige.encoder.FeatureFusion;
import mige.encoder.MultimodalEncoder;
import mige.encoder.QFormer;
import mige.encoder.T5Encoder;
import mige.encoder.VisionTransformer;
import mige.pipeline.ModelConfig;
import mige.sampler.Prediction;
import mige.tensor.DType;
import mige.text.Prompts;
import mige.text.TokenizerBuilder;
import mige.weights.RandomCheckpoint;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way of the published checkpoint into a training: every width as published, depths and vocabulary cut, pictures small. */
class FullWidthTest {

    private static final ModelConfig CUT = new ModelConfig("xl-cut", 64,
            new MultimodalEncoder.Config(new VisionTransformer.Config(224, 14, 1408, 16, 1, 6144), new QFormer.Config(768, 12, 2, 3072, 32, 1408, 2),
                    FeatureFusion.Config.PUBLISHED, new T5Encoder.Config(4096, 64, 64, 10240, 1, 1000, 32, 128), 256, 4, 4),
            new Denoiser.Config(4, 64, 2, 1152, 2, 16, 4096, 256, 4, 1), new AutoEncoder.Config(4, List.of(16, 16), 1, 4, 4, 0.18215),
            Prompts.TRAINING, Rounding.BF16, Prediction.NOISE, false, ModelConfig.Defaults.PUBLISHED);

    @Test @Tag("slow") void aStepOfFinetuningRunsAtFullWidth(@TempDir Path house) throws Exception {
        Corpus corpus = ShapeCorpus.of(64);
        byte[] words = TokenizerBuilder.build(List.of("a dog and a cat on a beach, remove the car and add a book"), 300);
        RandomCheckpoint.write(Files.createDirectories(house.resolve("xl")), CUT.wanted(), words, 1, (name, done, total) -> true);
        var plan = new Loop.Plan(1, 1, new Schedule(1e-5, 0, 1, 0), AdamW.Config.REFERENCE, 0.01, 0.999, 1, 0, 100);
        var config = new MigeTraining.Config(1, null, 3, 1, Map.of(), 1, 0, 0, 0, 0, 0, false, 0, 2, "", "", "../records", "../xl", List.of(), true, DType.F32, null, plan);
        assertEquals(1, MigeTraining.run(config, house.resolve("tuned"), () -> corpus, (done, of, left, figures) -> {
            if (figures.containsKey("loss")) assertTrue(Double.isFinite(figures.get("loss")));
            return true;
        }));
        assertTrue(Files.exists(house.resolve("tuned/model/denoiser.safetensors")));
    }
}
