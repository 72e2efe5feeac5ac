package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.eval.embedding.ClipConfig;
import dev.mige4j.eval.embedding.ClipLayer;
import dev.mige4j.eval.embedding.OpenAiClip;
import dev.mige4j.eval.embedding.OpenAiClipWeights;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** CLIP of the evaluation: both towers, OpenAI's names, and the published keys. */
final class ClipCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("clip_small", ClipCases::small),
            GoldenKind.single("manifest-clip", ClipCases::manifest),
            GoldenKind.of("true_size", ClipCases::trueSizeCases));

    /** The text whose layers the golden has. */
    private static final int TEXT = 4;

    private ClipCases() {}

    /** Writes a model of these sizes and weights as a folder of the hub. */
    static HubFolder hubFolder(JsonNode hubConfig, Weights weights) {
        ShapeRecorder shapes = new ShapeRecorder();
        new OpenAiClip(ClipConfig.of(hubConfig, "config of the golden"), shapes.weights());
        return new HubFolder(hubConfig, shapes, weights);
    }

    /** The configuration of a golden as a {@code config.json} of the hub. */
    static ObjectNode hubConfig(JsonNode config) {
        ObjectNode hub = JsonNodeFactory.instance.objectNode(),
                vision = hub.putObject("vision_config"),
                text = hub.putObject("text_config");
        for (String size : List.of("image_size", "patch_size"))
            if (config.has(size)) vision.set(size, config.get(size));
        vision.setAll((ObjectNode) config.path("vision"));
        text.setAll((ObjectNode) config.path("text"));
        hub.set("projection_dim", config.path("projection_dim"));
        return hub;
    }

    private static void small(Golden golden, SoftAssertions checks) {
        ObjectNode config = hubConfig(golden.config());
        Tensor images = golden.get("input.pixel_values"), ids = golden.get("input.input_ids");
        OpenAiClip clip;
        try (HubFolder folder = hubFolder(config, golden.weights())) {
            clip = OpenAiClip.open(folder.path()).clip();
        }
        ((ObjectNode) config.get("text_config"))
                .set("eos_token_id", golden.config().path("text").path("end"));
        OpenAiClip withEndId;
        try (HubFolder folder = hubFolder(config, golden.weights())) {
            withEndId = OpenAiClip.open(folder.path()).clip();
        }
        Tensor imageEmbeddings = clip.encodeImages(images), textEmbeddings = clip.encodeTexts(ids);
        Tensor logits = clip.logits(imageEmbeddings, textEmbeddings);

        Map<String, Supplier<Tensor>> computed = new HashMap<>();
        addVisionLayers(clip, images, computed);
        addTextLayers(clip, ids.narrow(0, TEXT, 1), computed);
        computed.put("output.image_embeds", () -> imageEmbeddings);
        computed.put("output.image_embeds_norm", imageEmbeddings::normalize);
        computed.put("output.text_embeds", () -> textEmbeddings);
        computed.put("output.text_embeds_norm", textEmbeddings::normalize);
        computed.put("output.text_embeds_eos", () -> withEndId.encodeTexts(ids));
        computed.put("output.logits_per_image", () -> logits);
        computed.put("output.logits_per_text", () -> logits.transpose(0, 1));
        checks.assertMatchesGolden(golden, computed);
        compareOpenAi(golden, clip.config(), checks);
    }

    private static void addVisionLayers(OpenAiClip clip, Tensor images, Map<String, Supplier<Tensor>> computed) {
        String prefix = "intermediate.vision.";
        Tensor embedded = clip.vision().embed(images), x = clip.vision().preNorm(embedded);
        computed.put(prefix + "embeddings", () -> embedded.select(0, 0));
        Tensor first = x;
        computed.put(prefix + "pre_ln", () -> first.select(0, 0));
        Tensor last = addLayers(prefix, clip.vision().layers(), x, null, computed);
        computed.put(prefix + "pooled", () -> clip.vision().pool(last));
    }

    private static void addTextLayers(OpenAiClip clip, Tensor ids, Map<String, Supplier<Tensor>> computed) {
        String prefix = "intermediate.text.";
        Tensor x = clip.text().embed(ids), mask = clip.text().causalMask((int) ids.size(1));
        computed.put(prefix + "embeddings", () -> x.select(0, 0));
        Tensor last = addLayers(prefix, clip.text().layers(), x, mask, computed);
        computed.put(prefix + "final_ln", () -> clip.text().finalNorm(last).select(0, 0));
    }

    /** Adds the outputs of all layers and of both branches for the first item of x; returns that of the last layer. */
    private static Tensor addLayers(
            String prefix, List<ClipLayer> layers, Tensor x, Tensor mask, Map<String, Supplier<Tensor>> computed) {
        Tensor output = x;
        for (int i = 0; i < layers.size(); i++) {
            Tensor input = output;
            ClipLayer layer = layers.get(i);
            Tensor attention = layer.selfAttention(input, mask), result = layer.forward(input, mask);
            computed.put(prefix + "layer." + i, () -> result.select(0, 0));
            computed.put(prefix + "layer." + i + ".attn", () -> attention.select(0, 0));
            computed.put(prefix + "layer." + i + ".mlp", () -> layer.feedForward(input.add(attention))
                    .select(0, 0));
            output = result;
        }
        return output;
    }

    /** Renames the weights to OpenAI's names, compares them with the golden, and embeds with them. */
    private static void compareOpenAi(Golden golden, ClipConfig config, SoftAssertions checks) {
        Map<String, Tensor> stateDict = new TreeMap<>();
        Weights hubViews = OpenAiClipWeights.of(Weights.fresh(0).recordingInto(stateDict));
        golden.tensors("weights.").forEach((key, tensor) -> hubViews.get(key, Init.ZEROS, tensor.shape())
                .copy_(tensor));
        JsonNode expected = golden.metadata("openai_checks");
        Set<String> names = new HashSet<>();
        expected.fieldNames().forEachRemaining(names::add);
        checks.assertEqual("OpenAI's names", names, stateDict.keySet());
        stateDict.forEach((name, tensor) -> {
            JsonNode check = expected.path(name);
            checks.assertEqual(
                    "shape of " + name,
                    Arrays.toString(ProceduralTensors.shape(check)),
                    Arrays.toString(tensor.shape()));
            double[] values = tensor.toDoubleArray(),
                    first = new double[check.path("first4").size()];
            for (int i = 0; i < first.length; i++)
                first[i] = check.path("first4").get(i).asDouble();
            checks.assertClose(
                    "first values of " + name, first, Arrays.copyOf(values, first.length), Tolerance.ROUNDING);
            checks.assertClose(
                    "sum of " + name,
                    new double[] {check.path("sum_f64").asDouble()},
                    new double[] {Arrays.stream(values).sum()},
                    Tolerance.ROUNDING);
        });
        OpenAiClip clip = new OpenAiClip(config, OpenAiClipWeights.of(Weights.of(stateDict)));
        checks.assertClose(
                "images, OpenAI's names",
                golden.get("output.image_embeds"),
                clip.encodeImages(golden.get("input.pixel_values")));
        checks.assertClose(
                "texts, OpenAI's names",
                golden.get("output.text_embeds"),
                clip.encodeTexts(golden.get("input.input_ids")));
    }

    /** The golden has a part for CLIP and one for DINO. */
    private static List<ParityCase> trueSizeCases(Golden golden) {
        return List.of(
                ParityCase.slow(golden.name() + ", CLIP", checks -> trueSize(golden, checks)),
                ParityCase.of(golden.name() + ", DINO", checks -> DinoCases.trueSize(golden, checks)));
    }

    /** ViT-B/32 with weights by formula, which are written to a folder of the hub and read from it. */
    private static void trueSize(Golden golden, SoftAssertions checks) {
        Weights weights = Weights.from(ProceduralTensors.ruleSource(
                golden.metadata("clip_rules"), golden.metadata("salt").asLong()));
        Tensor images = ProceduralTensors.murmur3Tensor("pixel_values", golden.metadata("pixel_values")),
                ids = golden.get("clip.input_ids");
        try (HubFolder folder = hubFolder(JsonNodeFactory.instance.objectNode(), weights)) {
            OpenAiClip clip = OpenAiClip.open(folder.path()).clip();
            Tensor x = clip.vision().preNorm(clip.vision().embed(images));
            List<Tensor> classRows = new ArrayList<>(List.of(x.select(1, 0)));
            for (int i = 0; i < clip.vision().layers().size(); i++) {
                x = clip.vision().layers().get(i).forward(x, null);
                if (i == 0 || i == 5 || i == 11) classRows.add(x.select(1, 0));
            }
            checks.assertClose(
                    "clip.vision.class_row", golden.get("clip.vision.class_row"), Tensor.stack(0, classRows));
            Tensor imageEmbeddings = clip.encodeImages(images), textEmbeddings = clip.encodeTexts(ids);
            checks.assertClose("clip.image_embeds", golden.get("clip.image_embeds"), imageEmbeddings);
            checks.assertClose("clip.text_embeds", golden.get("clip.text_embeds"), textEmbeddings);
            checks.assertClose(
                    "clip.logits_per_image",
                    golden.get("clip.logits_per_image"),
                    clip.logits(imageEmbeddings, textEmbeddings));
        }
    }

    private static void manifest(Golden golden, SoftAssertions checks) {
        ShapeRecorder hub = new ShapeRecorder(), openAi = new ShapeRecorder();
        new OpenAiClip(ClipConfig.VIT_B_32, hub.weights());
        new OpenAiClip(ClipConfig.VIT_B_32, OpenAiClipWeights.of(openAi.weights()));
        for (var manifest : Map.of("hub", hub, "openai", openAi).entrySet()) {
            Map<String, long[]> published = new TreeMap<>();
            Set<String> optional = new HashSet<>();
            golden.json().path(manifest.getKey()).fields().forEachRemaining(tensor -> {
                published.put(tensor.getKey(), ProceduralTensors.shape(tensor.getValue()));
                if (tensor.getValue().path("optional").asBoolean()) optional.add(tensor.getKey());
            });
            ManifestCases.compareShapes(published, manifest.getValue(), optional, checks);
            checks.assertEqual(
                    "parameters of the " + manifest.getKey(),
                    golden.json().path("parameters").asLong(),
                    manifest.getValue().parameterCount());
        }
    }
}
