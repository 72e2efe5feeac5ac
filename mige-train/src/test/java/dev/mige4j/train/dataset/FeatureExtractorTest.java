package dev.mige4j.train.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.composer.CorpusRules;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureExtractorTest {

    private static final Image SUBJECT = Image.filled(10, 6, 0xc04020),
            SCENE = Image.filled(32, 32, 0x4080ff).paste(Image.filled(32, 14, 0x308030), 0, 18),
            ON_WHITE = Image.filled(64, 64, 0xffffff).paste(SUBJECT, 3, 40);

    private static final ModelConfig NORMALIZING = ConfigFile.parse(
            ModelConfig.TINY
                    .toJson()
                    .replaceFirst("\\{", "{\"referenceNormalization\": {\"longestSide\": 0.4375, \"gridCells\": 16},"),
            "test",
            ModelConfig.class);
    private static final Tokenizer TOKENIZER = Tokenizer.read(TokenizerBuilder.build(List.of("add to"), 120), "test");

    private static FeatureExtractor extractor(ModelConfig model, TrainingDataset dataset) {
        FrozenEncoders encoders = new FrozenEncoders(
                model,
                new AutoEncoder(model.autoencoder(), Weights.random(1)),
                new MultimodalEncoder(model.encoder(), Weights.random(2), latents -> Tensor.zeros(1, 1, 16)),
                DType.F32);
        return new FeatureExtractor(dataset, TOKENIZER, encoders, 4);
    }

    private static TrainingExample example(Image reference) {
        ExampleImage source = () -> SCENE;
        return new TrainingExample(
                "add",
                "subject_edit",
                new Prompt("", "add <image> to <image>", List.of(), List.of()),
                List.of(() -> reference, source),
                source,
                () -> SCENE,
                null,
                gridSize -> new int[gridSize * gridSize]);
    }

    private static FeatureCache.FeatureRecord extract(ModelConfig model, Image reference) {
        return extractor(model, index -> example(reference)).extract(0, 1, 1).get(0);
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
        FeatureCache.FeatureRecord plain = extract(ModelConfig.TINY, ON_WHITE),
                normalized = extract(NORMALIZING, ON_WHITE),
                expected = extract(ModelConfig.TINY, NORMALIZING.normalizeReference(ON_WHITE));
        int reference = normalized.referenceIndices()[0], source = normalized.sourceIndex();
        assertArrayEquals(moments(expected, reference), moments(normalized, reference));
        assertFalse(Arrays.equals(moments(plain, reference), moments(normalized, reference)));
        assertArrayEquals(moments(plain, source), moments(normalized, source));
        assertEquals(16, plain.correspondence().length);
        assertNull(normalized.correspondence());
    }

    @Test
    void strictReferencesStayAndVariedOnesAreNormalised() {
        CorpusDataset dataset = (CorpusDataset) new CorpusDataset.Config(true, CorpusRules.STRICT, 0.5)
                .open(new DatasetContext(NORMALIZING, TOKENIZER, 3, Path.of("."), () -> ShapeCorpus.of(32)));
        int strict = 0, moved = 0;
        List<FeatureCache.FeatureRecord> records =
                extractor(NORMALIZING, dataset).extract(0, 24, 24);
        for (int i = 0; i < 24; i++) {
            boolean known = records.get(i).correspondence() != null;
            if (i % 2 == 0) strict += known ? 1 : 0;
            else moved += known ? 0 : 1;
        }
        assertEquals(12, strict);
        assertTrue(moved > 0, moved + " of 12"); // the cut-outs of subject edits
    }

    @Test
    void decodesEveryImageOnce() {
        List<Image> decoded = Collections.synchronizedList(new ArrayList<>());
        ExampleImage source = () -> {
            decoded.add(SCENE);
            return SCENE;
        };
        TrainingExample example = example(ON_WHITE);
        extractor(
                        ModelConfig.TINY,
                        index -> new TrainingExample(
                                "edit", "edit", example.prompt(), List.of(source), source, source, null, null))
                .extract(0, 1, 1);
        assertEquals(2, decoded.size()); // as target, and as source and reference
    }

    @Test
    void loadsEveryExampleOnceAndNoneBeyondTheLast() {
        List<Integer> loaded = Collections.synchronizedList(new ArrayList<>());
        FeatureExtractor extractor = extractor(ModelConfig.TINY, index -> {
            loaded.add(index);
            return example(ON_WHITE);
        });
        extractor.extract(0, 2, 5);
        extractor.extract(2, 2, 5);
        extractor.extract(4, 1, 5);
        loaded.sort(null);
        assertEquals(List.of(0, 1, 2, 3, 4), loaded);
    }
}
