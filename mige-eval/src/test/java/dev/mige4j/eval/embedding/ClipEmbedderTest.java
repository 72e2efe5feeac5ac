package dev.mige4j.eval.embedding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.eval.metric.EmbeddingMetrics;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipEmbedderTest {

    @TempDir
    Path folder;

    @Test
    void embedsABatchLikeSingleImages() throws Exception {
        ClipEmbedder embedder = writeAndOpen(1, folder);
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < 40; i++) images.add(Image.filled(8, 8, i * 0x050301));
        List<float[]> batched = embedder.embedImages(images);
        assertEquals(40, batched.size());
        for (int i : new int[] {0, 31, 32, 39}) {
            assertArrayEquals(embedder.embedImage(images.get(i)), batched.get(i), 1e-5f);
            assertEquals(1, EmbeddingMetrics.similarity(batched.get(i), batched.get(i)), 1e-6);
        }
        assertEquals(batched.get(0).length, embedder.embedText("a red dog").length, "images and texts share a space");
    }

    @Test
    void isNamedAfterTheHashOfItsWeights() throws Exception {
        String name = writeAndOpen(1, folder).name();
        assertTrue(name.matches("[0-9a-f]{16}"), name);
        assertEquals(
                name,
                writeAndOpen(1, Files.createDirectory(folder.resolve("again"))).name());
        assertNotEquals(
                name,
                writeAndOpen(2, Files.createDirectory(folder.resolve("other"))).name());
    }

    @Test
    void reportsAMissingClipModel() {
        var e = assertThrows(UsageException.class, () -> ClipEmbedder.open(folder));
        assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
    }

    private static ClipEmbedder writeAndOpen(long seed, Path folder) throws IOException {
        byte[] tokenizerModel = TokenizerBuilder.build(List.of("a red dog", "a blue cat"), 130);
        var config = new ClipModel.Config(
                new VisionTransformer.Config(8, 4, 12, 2, 1, 20),
                new T5Encoder.Config(8, 2, 4, 12, 1, 240, 32, 128),
                8);
        Map<String, Tensor> tensors = new HashMap<>();
        new ClipModel(
                config,
                Tokenizer.read(tokenizerModel, "vocabulary"),
                Weights.random(seed).recordingInto(tensors));
        Files.write(folder.resolve(ClipModel.VOCABULARY_FILE), tokenizerModel);
        Files.write(folder.resolve(ClipModel.CONFIG_FILE), Json.MAPPER.writeValueAsBytes(config));
        SafeTensors.write(folder.resolve(ClipModel.WEIGHTS_FILE), Map.of(), new TreeMap<>(tensors));
        return ClipEmbedder.open(folder);
    }
}
