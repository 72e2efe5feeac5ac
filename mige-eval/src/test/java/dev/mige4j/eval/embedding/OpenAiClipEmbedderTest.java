package dev.mige4j.eval.embedding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenAiClipEmbedderTest {

    /** A small model with the vocabulary of OpenAI's tokenizer. */
    private static final ClipConfig SIZES = new ClipConfig(
            new ClipConfig.Tower(64, 24, 1, 1, 1e-5),
            16,
            8,
            new ClipConfig.Tower(64, 20, 1, 1, 1e-5),
            ClipTokenizer.END + 1,
            77,
            ClipConfig.LARGEST_ID,
            12);

    private static final String CONFIG = ClipFiles.CONFIG
            .replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1")
            .replace("\"vocab_size\": 50,", "")
            .replace("\"max_position_embeddings\": 9,", "");

    private static final Map<String, Tensor> WEIGHTS = ClipFiles.hub(SIZES, 1);

    @TempDir
    Path folder;

    private static Image image(int seed) {
        byte[] pixels = new byte[3 * 30 * 19];
        new Random(seed).nextBytes(pixels);
        return Image.of(30, 19, pixels);
    }

    @Test
    void embedsPreparedImagesAndTokenizedTexts() throws IOException {
        Embedder embedder = Embedder.open(ClipFiles.writeHub(folder, CONFIG, WEIGHTS));
        OpenAiClip clip = new OpenAiClip(SIZES, Weights.of(WEIGHTS));
        assertArrayEquals(
                clip.encodeImages(ImageTransform.clip(16).toTensor(List.of(image(1))))
                        .toFloatArray(),
                embedder.embedImage(image(1)),
                1e-5f);
        int[] ids = new ClipTokenizer(ClipTextPreparation.HUB).encode("A red Dog");
        assertArrayEquals(
                clip.encodeTexts(Tensor.of(ids, 1, ids.length)).toFloatArray(), embedder.embedText("A red Dog"), 1e-5f);
    }

    @Test
    void embedsABatchLikeSingleItems() throws IOException {
        Embedder embedder = Embedder.open(ClipFiles.writeHub(folder, CONFIG, WEIGHTS));
        List<Image> images = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 34; i++) {
            images.add(image(i));
            texts.add("a dog ".repeat(1 + i % 33 * 3)); // the longer ones are cut
        }
        List<float[]> ofImages = embedder.embedImages(images), ofTexts = embedder.embedTexts(texts);
        for (int i : new int[] {0, 31, 32, 33}) {
            assertArrayEquals(embedder.embedImage(images.get(i)), ofImages.get(i), 1e-5f);
            assertArrayEquals(embedder.embedText(texts.get(i)), ofTexts.get(i), 1e-5f);
        }
        assertEquals(List.of(), embedder.embedTexts(List.of()));
    }

    @Test
    void usesThePreprocessingOfOpenAiOnRequest() throws IOException {
        Path model = ClipFiles.writeHub(folder, CONFIG, WEIGHTS);
        var hub = OpenAiClipEmbedder.open(model);
        var openAi = OpenAiClipEmbedder.open(model, ClipTextPreparation.OPENAI);
        assertArrayEquals(hub.embedText("a dog"), openAi.embedText("a dog"));
        assertArrayEquals(hub.embedText("it's"), openAi.embedText("it\u2019s"));
        assertTrue(hub.embedText("it's")[0] != hub.embedText("it\u2019s")[0]);
        assertEquals(hub.name() + "-openai", openAi.name());
    }

    @Test
    void refusesTextsThatTheHubCutsWithThePreprocessingOfOpenAi() throws IOException {
        Path model = ClipFiles.writeHub(folder, CONFIG, WEIGHTS);
        String text = "dog ".repeat(76);
        assertEquals(12, OpenAiClipEmbedder.open(model).embedText(text).length);
        var openAi = OpenAiClipEmbedder.open(model, ClipTextPreparation.OPENAI);
        assertThrows(UsageException.class, () -> openAi.embedText(text));
    }

    @Test
    void refusesAFolderWithAnotherVocabulary() throws IOException {
        Path model = ClipFiles.writeHub(folder, CONFIG, WEIGHTS);
        Files.writeString(model.resolve("merges.txt"), "#version: 0.2\nx y\n");
        assertEquals(
                model.resolve("merges.txt")
                        + ": merge 1 is not 'i n' as in OpenAI's vocabulary, the only one that is supported.",
                assertThrows(WeightsException.class, () -> Embedder.open(model)).getMessage());
    }

    @Test
    void isNamedAfterTheHashOfItsWeights() throws IOException {
        String name = Embedder.open(ClipFiles.writeHub(folder.resolve("a"), CONFIG, WEIGHTS))
                .name();
        assertTrue(name.matches("[0-9a-f]{16}"), name);
        assertEquals(
                name,
                Embedder.open(ClipFiles.writeHub(folder.resolve("b"), CONFIG, WEIGHTS))
                        .name());
        Map<String, Tensor> others = ClipFiles.hub(SIZES, 2);
        assertNotEquals(
                name,
                Embedder.open(ClipFiles.writeHub(folder.resolve("c"), CONFIG, others))
                        .name());
    }

    @Test
    void opensTheArchiveOfOpenAi() throws IOException {
        Path file = ClipFiles.writeScript(folder.resolve("ViT-B-32.pt"), ClipFiles.openAi(WEIGHTS));
        Embedder embedder = assertInstanceOf(OpenAiClipEmbedder.class, Embedder.open(file));
        assertEquals(12, embedder.embedImage(image(1)).length);
        assertEquals(
                "38 used, 0 remapped, 0 missing, 0 unexpected",
                embedder.loadReport().orElseThrow().summary());
    }

    @Test
    void countsAnIncompleteLayer() throws IOException {
        Map<String, Tensor> weights = new HashMap<>(ClipFiles.openAi(WEIGHTS));
        weights.remove("visual.transformer.resblocks.0.ln_1.weight");
        Path file = folder.resolve("incomplete.safetensors");
        SafeTensors.write(file, Map.of(), weights);
        String message =
                assertThrows(WeightsException.class, () -> Embedder.open(file)).getMessage();
        assertTrue(message.contains("visual.transformer.resblocks.0.ln_1.weight"), message);
    }

    @Test
    void refusesModelsThatDoNotFitTheTokenizer() throws IOException {
        Path small = ClipFiles.writeHub(folder.resolve("small"), ClipFiles.CONFIG, ClipFiles.hub(ClipFiles.SIZES, 1));
        assertEquals(
                small + ": has a vocabulary of 50 tokens, expected at least 49408, as OpenAI's tokenizer needs.",
                assertThrows(WeightsException.class, () -> Embedder.open(small)).getMessage());
        Path otherEnd = ClipFiles.writeHub(
                folder.resolve("end"), CONFIG.replace("\"eos_token_id\": null", "\"eos_token_id\": 3"), WEIGHTS);
        assertEquals(
                otherEnd + ": has the eos_token_id 3, expected 49407, or 2 as in the published configuration.",
                assertThrows(WeightsException.class, () -> Embedder.open(otherEnd))
                        .getMessage());
    }

    @Test
    void saysThatAPathDoesNotExist() {
        Path absent = folder.resolve("absent");
        assertEquals(
                absent + ": there is no such file or folder; expected a CLIP model (mige download clip).",
                assertThrows(UsageException.class, () -> Embedder.open(absent)).getMessage());
    }
}
