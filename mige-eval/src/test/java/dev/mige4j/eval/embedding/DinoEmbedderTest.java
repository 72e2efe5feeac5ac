package dev.mige4j.eval.embedding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.WeightsException;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DinoEmbedderTest {

    static final VisionTransformer.Config SIZES = new VisionTransformer.Config(64, 32, 12, 3, 2, 20);

    @TempDir
    Path folder;

    final Map<String, Tensor> hub = new TreeMap<>(), original = new TreeMap<>();

    @BeforeEach
    void makeWeights() {
        Weights byOriginalName = HubVitWeights.of(Weights.random(1).recordingInto(hub));
        new DinoVit(SIZES, byOriginalName.recordingInto(original));
    }

    private Path write(String name, Map<String, Tensor> tensors, String config) throws IOException {
        Path model = Files.createDirectory(folder.resolve(name));
        SafeTensors.write(model.resolve("model.safetensors"), Map.of(), tensors);
        if (config != null) Files.writeString(model.resolve("config.json"), config);
        return model;
    }

    private DinoEmbedder openHub() throws IOException {
        return DinoEmbedder.open(write("hub", hub, "{\"num_attention_heads\": 3, \"layer_norm_eps\": 1e-12}"));
    }

    private static Image image(int seed) {
        byte[] pixels = new byte[3 * 300 * 240];
        new java.util.Random(seed).nextBytes(pixels);
        return Image.of(300, 240, pixels);
    }

    @Test
    void computesTheFeaturesOfPreparedImages() throws IOException {
        DinoVit dino = new DinoVit(SIZES, Weights.of(original));
        float[] expected =
                dino.forward(ImageTransform.dino().toTensor(List.of(image(1)))).toFloatArray();
        assertArrayEquals(expected, openHub().embedImage(image(1)), 1e-6f);
    }

    @Test
    void embedsABatchLikeSingleImages() throws IOException {
        DinoEmbedder embedder = openHub();
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < 34; i++) images.add(image(i));
        List<float[]> batched = embedder.embedImages(images);
        for (int i : new int[] {0, 31, 32, 33})
            assertArrayEquals(embedder.embedImage(images.get(i)), batched.get(i), 1e-5f);
    }

    /** Heads are 64 wide where no configuration says otherwise, so this model has one. */
    @Test
    void readsOriginalKeysWithoutAConfiguration() throws IOException {
        Path file = write("original", original, null).resolve("model.safetensors");
        DinoEmbedder byHub = DinoEmbedder.open(write("hub", hub, "{\"num_attention_heads\": 1}"));
        assertArrayEquals(byHub.embedImage(image(1)), DinoEmbedder.open(file).embedImage(image(1)), 1e-6f);
    }

    @Test
    void reportsWhatItReads() throws IOException {
        Map<String, Tensor> wrapped = new TreeMap<>();
        hub.forEach((key, tensor) -> wrapped.put("vit." + key, tensor));
        wrapped.put("vit.pooler.dense.weight", Tensor.zeros(12, 12));
        var report =
                DinoEmbedder.open(write("wrapped", wrapped, null)).loadReport().orElseThrow();
        assertEquals(hub.keySet(), new java.util.TreeSet<>(report.used()));
        assertEquals(
                Map.of("vit.pooler.dense.weight", "pooler of a vision transformer, whose class token is used as it is"),
                report.unexpected());
    }

    /** Made by make_dino_training.py, so that the feature of every image is a constant. */
    @Test
    void readsTheTeacherOfATrainingOfDino() throws Exception {
        Path file =
                Path.of(DinoEmbedderTest.class.getResource("dino_training.pth").toURI());
        DinoEmbedder embedder = DinoEmbedder.open(file);
        assertArrayEquals(new float[] {1, 2, 3, 4}, embedder.embedImage(image(1)));
        assertEquals(
                List.of("dino_training.pth: reads section 'teacher'"),
                embedder.loadReport().orElseThrow().notes());
    }

    @Test
    void isNamedAfterItsWeights() throws IOException {
        String name = openHub().name();
        assertTrue(name.matches("[0-9a-f]{16}"), name);
        assertEquals(name, DinoEmbedder.open(write("again", hub, null)).name());
        hub.put("layernorm.bias", new Rng(1, 0).normal(12));
        assertNotEquals(name, DinoEmbedder.open(write("other", hub, null)).name());
    }

    @Test
    void saysWhatIsWrongWithAModel() throws IOException {
        Path other = write("clip", Map.of("logit_scale", Tensor.zeros(1)), null);
        assertEquals(
                other + ": has no tensor 'embeddings.cls_token' (hub) or 'cls_token' (original), expected DINO, such as"
                        + " facebook/dino-vits16.",
                assertThrows(WeightsException.class, () -> DinoEmbedder.open(other))
                        .getMessage());
        Path heads = write("heads", hub, "{\"num_attention_heads\": 5}");
        assertEquals(
                heads.resolve("config.json") + ": num_attention_heads is 5, expected a divisor of the width 12.",
                assertThrows(WeightsException.class, () -> DinoEmbedder.open(heads))
                        .getMessage());
        Path activation = write("activation", hub, "{\"hidden_act\": \"relu\"}");
        assertEquals(
                activation.resolve("config.json") + ": hidden_act is 'relu', expected gelu, the activation of DINO.",
                assertThrows(WeightsException.class, () -> DinoEmbedder.open(activation))
                        .getMessage());
        hub.remove("encoder.layer.1.attention.attention.key.bias");
        Path incomplete = write("incomplete", hub, null);
        String message = assertThrows(WeightsException.class, () -> DinoEmbedder.open(incomplete))
                .getMessage();
        assertTrue(message.contains("no tensor 'encoder.layer.1.attention.attention.key.bias'"), message);
    }

    @Test
    void countsAnIncompleteLayer() throws IOException {
        original.remove("blocks.0.norm1.weight");
        Path incomplete = write("incomplete", original, null);
        String message = assertThrows(WeightsException.class, () -> DinoEmbedder.open(incomplete))
                .getMessage();
        assertTrue(message.contains("no tensor 'blocks.0.norm1.weight'"), message);
    }
}
