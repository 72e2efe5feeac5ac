package dev.mige4j.eval.embedding;

import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.ShapeException;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiClipTest {

    @TempDir
    Path folder;

    private final Map<String, Tensor> hub = ClipFiles.hub(ClipFiles.SIZES, 1);
    private final OpenAiClip clip = new OpenAiClip(ClipFiles.SIZES, Weights.of(hub));
    private final Tensor images = new Rng(3, 0).normal(2, 3, 16, 16);
    private final Tensor ids = Tensor.of(new int[] {48, 7, 49, 0, 48, 3, 4, 49}, 2, 4);

    private void assertEmbedsLike(OpenAiClip expected, OpenAiClip actual, double tolerance) {
        assertClose(expected.encodeImages(images), actual.encodeImages(images), tolerance);
        assertClose(expected.encodeTexts(ids), actual.encodeTexts(ids), tolerance);
        Tensor imageEmbeddings = expected.encodeImages(images), textEmbeddings = expected.encodeTexts(ids);
        assertClose(
                expected.logits(imageEmbeddings, textEmbeddings),
                actual.logits(imageEmbeddings, textEmbeddings),
                tolerance);
    }

    @Test
    void opensAFolderOfTheHub() throws IOException {
        hub.put("text_model.embeddings.position_ids", Tensor.arange(9));
        OpenAiClip.Loaded loaded = OpenAiClip.open(ClipFiles.writeHub(folder, ClipFiles.CONFIG, hub));
        assertEquals(ClipFiles.SIZES, loaded.clip().config());
        assertEquals(
                Map.of("text_model.embeddings.position_ids", "constant position ids"),
                loaded.report().unexpected());
        assertEquals(hub.size() - 1, loaded.report().used().size());
        assertEmbedsLike(clip, loaded.clip(), 1e-6);

        Path older = Files.createDirectory(folder.resolve("older"));
        Files.writeString(older.resolve("config.json"), ClipFiles.CONFIG);
        hub.remove("text_model.embeddings.position_ids");
        ClipFiles.writeStateDict(older.resolve("pytorch_model.bin"), hub);
        assertEmbedsLike(clip, OpenAiClip.open(older).clip(), 0.02);
    }

    @Test
    void opensTheFilesOfOpenAi() throws IOException {
        Map<String, Tensor> stateDict = ClipFiles.openAi(hub);
        stateDict.put("input_resolution", Tensor.of(new long[] {16}));
        Path plain = folder.resolve("plain.safetensors");
        SafeTensors.write(plain, Map.of(), stateDict);
        OpenAiClip.Loaded loaded = OpenAiClip.open(plain);
        assertEquals(ClipFiles.SIZES, loaded.clip().config());
        assertEquals(
                Map.of("input_resolution", "size of a CLIP model, which the tensors show"),
                loaded.report().unexpected());
        assertEmbedsLike(clip, loaded.clip(), 1e-6);
        stateDict.remove("input_resolution");

        OpenAiClip half = OpenAiClip.open(ClipFiles.writeStateDict(folder.resolve("ViT.pth"), stateDict))
                .clip();
        assertEmbedsLike(clip, half, 0.02);
        Path inAFolder = Files.createDirectory(folder.resolve("original"));
        ClipFiles.writeScript(inAFolder.resolve("ViT-B-32.pt"), stateDict);
        assertEmbedsLike(half, OpenAiClip.open(inAFolder.resolve("ViT-B-32.pt")).clip(), 1e-6);
        assertEmbedsLike(half, OpenAiClip.open(inAFolder).clip(), 1e-6);
    }

    @Test
    void ignoresWhatFollowsTheEndOfAText() {
        Tensor padded = Tensor.of(new int[] {48, 7, 49, 49, 0, 12, 48, 3, 4, 49, 1, 48}, 2, 6);
        assertClose(clip.encodeTexts(ids), clip.encodeTexts(padded), 1e-5);
    }

    @Test
    void poolsTheFirstEndIdUnlessItIsTwo() throws IOException {
        String config = ClipFiles.CONFIG.replace("\"eos_token_id\": null", "\"eos_token_id\": 7");
        OpenAiClip byId =
                OpenAiClip.open(ClipFiles.writeHub(folder, config, hub)).clip();
        Tensor text = Tensor.of(new int[] {48, 7, 49, 7}, 1, 4), start = Tensor.of(new int[] {48, 3}, 1, 2);
        assertClose(byId.encodeTexts(text.narrow(1, 0, 2)), byId.encodeTexts(text), 1e-5);
        assertClose(byId.encodeTexts(start.narrow(1, 0, 1)), byId.encodeTexts(start), 1e-5); // no end: the first
        assertClose(clip.encodeTexts(text.narrow(1, 0, 3)), clip.encodeTexts(text), 1e-5);
    }

    @Test
    void computesEachItemByItself() {
        assertClose(clip.encodeImages(images).narrow(0, 1, 1), clip.encodeImages(images.narrow(0, 1, 1)), 1e-5);
        assertClose(clip.encodeTexts(ids).narrow(0, 1, 1), clip.encodeTexts(ids.narrow(0, 1, 1)), 1e-5);
    }

    @Test
    void hasThePublishedSizesWhereTheConfigurationHasNone() throws IOException {
        Path config = Files.writeString(folder.resolve("config.json"), "{\"vision_config\": null}");
        assertEquals(ClipConfig.VIT_B_32, ClipConfig.read(config));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vision | patch_size          | '\"8\"'    | a whole number from 1 to 65536",
                "vision | patch_size          | 17       | at most image_size 16",
                "vision | num_hidden_layers   | 1.5      | a whole number from 1 to 1000",
                "text   | num_hidden_layers   | -1       | a whole number from 1 to 1000",
                "text   | num_attention_heads | 3        | a divisor of hidden_size 64",
                "vision | layer_norm_eps      | '\"x\"'    | a number from 0 to 1",
                "text   | hidden_act          | '\"gelu\"' | quick_gelu, the activation of OpenAI's models",
            })
    void namesTheImpossibleValueOfAConfiguration(String tower, String key, String value, String expected)
            throws IOException {
        ObjectNode config = (ObjectNode) Json.MAPPER.readTree(ClipFiles.CONFIG);
        ((ObjectNode) config.get(tower + "_config")).set(key, Json.MAPPER.readTree(value));
        Path model = ClipFiles.writeHub(folder, Json.write(config), hub);
        var e = assertThrows(WeightsException.class, () -> OpenAiClip.open(model));
        assertEquals(
                model.resolve("config.json") + ": " + tower + "_config." + key + " is " + value + ", expected "
                        + expected + ".",
                e.getMessage());
    }

    @Test
    void namesTheFirstMissingTensorOrWrongShape() throws IOException {
        Map<String, Tensor> incomplete = new TreeMap<>(hub);
        incomplete.remove("vision_model.pre_layrnorm.bias");
        incomplete.put("visual_projection.weight", Tensor.zeros(64, 12));
        Path model = ClipFiles.writeHub(folder.resolve("a"), ClipFiles.CONFIG, incomplete);
        assertMessage(
                "a: no tensor 'vision_model.pre_layrnorm.bias'; the nearest name is "
                        + "'vision_model.post_layernorm.bias'. (and 1 more are missing or have another shape)",
                model);

        Map<String, Tensor> stateDict = ClipFiles.openAi(hub);
        stateDict.put("transformer.resblocks.0.attn.in_proj_weight", Tensor.zeros(64, 64));
        Path openAi = folder.resolve("openai.safetensors");
        SafeTensors.write(openAi, Map.of(), stateDict);
        assertMessage(
                "openai.safetensors: tensor 'transformer.resblocks.0.attn.in_proj_weight' has the shape [64, 64], "
                        + "expected [192, 64]; the file belongs to a model of another configuration.",
                openAi);
        stateDict.put("visual.conv1.weight", Tensor.zeros(64));
        SafeTensors.write(openAi, Map.of(), stateDict);
        assertMessage(
                "openai.safetensors: tensor 'visual.conv1.weight' has the shape [64], expected 4 axes of at most "
                        + "65536; the file is no CLIP model.",
                openAi);
        stateDict.remove("visual.conv1.weight");
        SafeTensors.write(openAi, Map.of(), stateDict);
        assertTrue(assertThrows(WeightsException.class, () -> OpenAiClip.open(openAi))
                .getMessage()
                .startsWith("openai.safetensors: no tensor 'visual.conv1.weight'; the nearest name is"));
    }

    @Test
    void saysWhichModelItExpects() throws IOException {
        Path other = ClipFiles.writeHub(folder.resolve("other"), "{}", Map.of("cls_token", Tensor.zeros(1, 1, 4)));
        assertMessage(
                other + ": has no tensor 'vision_model.embeddings.class_embedding' (hub) or 'visual.class_embedding' "
                        + "(OpenAI), expected a CLIP model with a vision transformer, such as "
                        + "openai/clip-vit-base-patch32.",
                other);
        Path bare = ClipFiles.writeHub(folder.resolve("bare"), null, hub);
        assertMessage(
                bare.resolve("config.json")
                        + ": there is no such file, and the weights of the hub need it; download it too.",
                bare);
        Path empty = ClipFiles.writeHub(folder.resolve("empty"), "[]", hub);
        assertMessage(
                empty.resolve("config.json") + ": holds no JSON object, expected the configuration of a CLIP model.",
                empty);
        Path text = ClipFiles.writeHub(folder.resolve("text"), "not JSON", hub);
        assertThrows(UsageException.class, () -> OpenAiClip.open(text));
    }

    private static void assertMessage(String expected, Path model) {
        assertEquals(
                expected,
                assertThrows(WeightsException.class, () -> OpenAiClip.open(model))
                        .getMessage());
    }

    @Test
    void rejectsIdsAndImagesThatDoNotFit() {
        assertEquals(
                "The id 50 is not in the vocabulary of 50 tokens.",
                assertThrows(ShapeException.class, () -> clip.encodeTexts(Tensor.of(new int[] {48, 50}, 1, 2)))
                        .getMessage());
        assertThrows(ShapeException.class, () -> clip.encodeTexts(Tensor.of(new int[10], 1, 10)));
        assertThrows(ShapeException.class, () -> clip.encodeImages(Tensor.zeros(1, 3, 16, 8)));
    }
}
