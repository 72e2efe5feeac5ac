package dev.mige4j.train.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.weights.Weights;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureExtractorTest {

    private static final Image SUBJECT = Image.filled(10, 6, 0xc04020),
            SCENE = Image.filled(32, 32, 0x4080ff).paste(Image.filled(32, 14, 0x308030), 0, 18),
            ON_WHITE = Image.filled(64, 64, 0xffffff).paste(SUBJECT, 3, 40);

    private static FeatureCache.FeatureRecord extract(ModelConfig model, Image reference) {
        ExampleImage source = () -> SCENE;
        TrainingDataset dataset = new TrainingDataset() {
            @Override
            public TrainingExample example(int index) {
                return new TrainingExample(
                        "add",
                        "subject_edit",
                        new Prompt("", "add <image> to <image>", List.of(), List.of()),
                        List.of(() -> reference, source),
                        source,
                        () -> SCENE,
                        null);
            }

            @Override
            public int[] patchCorrespondence(int index, int gridSize) {
                return new int[gridSize * gridSize];
            }
        };
        Tokenizer tokenizer = Tokenizer.read(TokenizerBuilder.build(List.of("add to"), 120), "test");
        FrozenEncoders encoders = new FrozenEncoders(
                model,
                new AutoEncoder(model.autoencoder(), Weights.random(1)),
                new MultimodalEncoder(model.encoder(), Weights.random(2), latents -> Tensor.zeros(1, 1, 16)),
                DType.F32);
        return new FeatureExtractor(dataset, tokenizer, encoders, 4)
                .extract(0, 1)
                .get(0);
    }

    private static byte[] moments(FeatureCache.FeatureRecord record, int image) {
        ByteBuffer all = record.moments();
        int length = all.capacity() / 3;
        byte[] moments = new byte[length];
        all.get(image * length, moments);
        return moments;
    }

    @Test
    void referencesAreNormalisedAsInThePipeline() {
        ModelConfig normalizing = ConfigFile.parse(
                ModelConfig.TINY
                        .toJson()
                        .replaceFirst("\\{", "{\"referenceNormalization\": {\"longestSide\": 0.5, \"gridCells\": 8},"),
                "test",
                ModelConfig.class);
        FeatureCache.FeatureRecord plain = extract(ModelConfig.TINY, ON_WHITE),
                normalized = extract(normalizing, ON_WHITE),
                expected = extract(ModelConfig.TINY, normalizing.normalizeReference(ON_WHITE));
        int reference = normalized.referenceIndices()[0], source = normalized.sourceIndex();
        assertArrayEquals(moments(expected, reference), moments(normalized, reference));
        assertFalse(Arrays.equals(moments(plain, reference), moments(normalized, reference)));
        assertArrayEquals(moments(plain, source), moments(normalized, source));
        assertEquals(16, plain.correspondence().length);
        assertNull(normalized.correspondence());
    }
}
