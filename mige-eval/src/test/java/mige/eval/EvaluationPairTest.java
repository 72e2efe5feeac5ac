package mige.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.ObjectMapper;

import mige.encoder.T5Encoder;
import mige.encoder.VisionTransformer;
import mige.image.Picture;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.text.Tokenizer;
import mige.text.TokenizerBuilder;
import mige.train.ContrastivePair;
import mige.weights.SafeTensors;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationPairTest {

    @TempDir Path folder;

    @Test void givesTheSameVectorsInABatchAsAlone() throws Exception {
        EvaluationPair pair = written(1, folder);
        List<Picture> pictures = new ArrayList<>();
        for (int i = 0; i < 40; i++) pictures.add(Picture.filled(8, 8, i * 0x050301));
        List<float[]> together = pair.pictures(pictures);
        assertEquals(40, together.size());
        for (int i : new int[] {0, 31, 32, 39}) {
            assertArrayEquals(pair.picture(pictures.get(i)), together.get(i), 1e-5f);
            assertEquals(1, Embedder.cosine(together.get(i), together.get(i)), 1e-6);
        }
        assertEquals(together.get(0).length, pair.words("a red dog").length, "they meet in one space");
    }

    @Test void isNamedByItsWeights() throws Exception {
        String name = written(1, folder).name();
        assertTrue(name.matches("[0-9a-f]{16}"), name);
        assertEquals(name, written(1, Files.createDirectory(folder.resolve("again"))).name());
        assertNotEquals(name, written(2, Files.createDirectory(folder.resolve("other"))).name());
    }

    @Test void saysWhereNoPairIs() {
        assertTrue(assertThrows(UsageException.class, () -> EvaluationPair.open(folder)).getMessage().contains("mige train clip"));
    }

    private static EvaluationPair written(long seed, Path folder) throws IOException {
        byte[] words = TokenizerBuilder.build(List.of("a red dog", "a blue cat"), 130);
        var config = new ContrastivePair.Config(new VisionTransformer.Config(8, 4, 12, 2, 1, 20), new T5Encoder.Config(8, 2, 4, 12, 1, 240, 32, 128), 8);
        Map<String, Tensor> tensors = new HashMap<>();
        new ContrastivePair(config, Tokenizer.read(words, "words"), Weights.random(seed).recordingInto(tensors));
        Files.write(folder.resolve("spiece.model"), words);
        Files.write(folder.resolve("pair.json"), new ObjectMapper().writeValueAsBytes(config));
        SafeTensors.write(folder.resolve("pair.safetensors"), Map.of(), new java.util.TreeMap<>(tensors));
        return EvaluationPair.open(folder);
    }
}
