package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.encoder.VisionBlock;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.eval.embedding.DinoVit;
import dev.mige4j.eval.embedding.DinoVit.PositionInterpolation;
import dev.mige4j.eval.embedding.HubVitWeights;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/** The vision transformer of DINO. */
final class DinoCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("dino_small", DinoCases::small), GoldenKind.single("manifest-dino", DinoCases::manifest));

    private static final double EPS = 1e-6;

    private DinoCases() {}

    private static void small(Golden golden, SoftAssertions checks) {
        VisionTransformer.Config config = new VisionTransformer.Config(
                golden.configInt("image_size"),
                golden.configInt("patch_size"),
                golden.configInt("hidden_size"),
                golden.configInt("num_attention_heads"),
                golden.configInt("num_hidden_layers"),
                golden.configInt("intermediate_size"));
        Weights weights = HubVitWeights.of(golden.weights());
        DinoVit dino = new DinoVit(config, weights);
        LayerNorm norm = new LayerNorm(weights.at("norm"), config.width(), EPS);
        Tensor images = golden.get("input.pixel_values"), otherSize = golden.get("input.pixel_values_other_size");
        long rows = otherSize.size(2) / config.patchSize(), columns = otherSize.size(3) / config.patchSize();

        Map<String, Supplier<Tensor>> computed = new LinkedHashMap<>();
        List<Tensor> inputs = addLayers(dino.transformer(), images.row(0), computed);
        Tensor last = inputs.get(config.depth());
        computed.put("intermediate.norm", () -> norm.forward(last).select(0, 0));
        computed.put("intermediate.last_attention", () -> attention(config, weights, inputs.get(config.depth() - 1))
                .select(0, 0));
        computed.put("intermediate.positions_other_size", () -> dino.positionEmbedding(
                        rows, columns, PositionInterpolation.ORIGINAL)
                .select(0, 0));
        computed.put("output.cls", () -> dino.forward(images));
        computed.put("output.cls_norm", () -> dino.forward(images).normalize());
        computed.put("output.cls_other_size", () -> dino.forward(otherSize));
        computed.put(
                "output.cls_other_size_hub_interpolation", () -> dino.forward(otherSize, PositionInterpolation.HUB));
        computed.put("output.cls_hub_eps", () -> golden.get("output.cls_hub_eps")); // compared below
        checks.assertMatchesGolden(golden, computed);

        double fromHubEps = golden.get("output.cls_hub_eps")
                .sub(dino.forward(images))
                .abs()
                .amax(false, 0, 1)
                .item();
        if (fromHubEps < 10 * Tolerance.FLOAT32)
            checks.fail("the result with eps 1e-6 is that with the eps of the hub, 1e-12");
        checkOriginalWeights(golden.metadata("original_checks"), weights, checks);
    }

    /** Adds what the transformer computes of one image [1, 3, H, W]; returns the input of each block and the output. */
    private static List<Tensor> addLayers(
            VisionTransformer transformer, Tensor image, Map<String, Supplier<Tensor>> computed) {
        computed.put(
                "intermediate.patches", () -> transformer.embedPatches(image).select(0, 0));
        computed.put("intermediate.embeddings", () -> transformer.embed(image).select(0, 0));
        List<Tensor> inputs = new ArrayList<>(List.of(transformer.embed(image)));
        for (int i = 0; i < transformer.blocks().size(); i++) {
            VisionBlock block = transformer.blocks().get(i);
            Tensor before = inputs.get(i), after = block.forward(before, DType.F32);
            String name = "intermediate.layer." + i;
            computed.put(
                    name + ".attn", () -> block.selfAttention(before, DType.F32).select(0, 0));
            computed.put(name + ".mlp", () -> block.feedForward(
                            before.add(block.selfAttention(before, DType.F32)), DType.F32)
                    .select(0, 0));
            computed.put(name, () -> after.select(0, 0));
            inputs.add(after);
        }
        return inputs;
    }

    /** The attention of the last block for its input [1, T, V]: [1, heads, T, T]. */
    private static Tensor attention(VisionTransformer.Config config, Weights weights, Tensor input) {
        int width = config.width();
        Weights block = weights.at("blocks").at(config.depth() - 1);
        Tensor projected = new Linear(block.at("attn").at("qkv"), width, 3L * width)
                .forward(new LayerNorm(block.at("norm1"), width, EPS).forward(input)); // [1, T, 3V]
        return Attention.scores(
                        projected.narrow(2, 0, width),
                        projected.narrow(2, width, width),
                        config.heads(),
                        1 / Math.sqrt((double) width / config.heads()),
                        null)
                .softmax(-1);
    }

    /** Compares shape, sum and first values of every key of the original file. */
    private static void checkOriginalWeights(JsonNode expected, Weights weights, SoftAssertions checks) {
        expected.fields().forEachRemaining(entry -> {
            String key = entry.getKey();
            JsonNode check = entry.getValue();
            double[] values =
                    weights.get(key, Init.ZEROS, ProceduralTensors.shape(check)).toDoubleArray();
            double sum = 0;
            for (double value : values) sum += value;
            double[] actual = new double[1 + check.path("first4").size()], wanted = actual.clone();
            actual[0] = sum;
            wanted[0] = check.path("sum_f64").asDouble();
            for (int i = 1; i < actual.length; i++) {
                actual[i] = values[i - 1];
                wanted[i] = check.path("first4").get(i - 1).asDouble();
            }
            checks.assertClose("original " + key, wanted, actual, Tolerance.ROUNDING);
        });
    }

    /** The DINO half of {@code true_size}: ViT-S/16 with weights by formula. */
    static void trueSize(Golden golden, SoftAssertions checks) {
        Weights hub = Weights.from(ProceduralTensors.ruleSource(
                golden.metadata("dino_rules"), golden.metadata("salt").asLong()));
        DinoVit dino = new DinoVit(DinoVit.SMALL, HubVitWeights.of(hub));
        Tensor images = ProceduralTensors.murmur3Tensor("pixel_values", golden.metadata("pixel_values"));
        List<Tensor> inputs = addLayers(dino.transformer(), images, new LinkedHashMap<>());
        List<Tensor> classRows =
                List.of(1, 6, 12).stream().map(i -> inputs.get(i).select(1, 0)).toList();
        checks.assertClose("dino.class_row", golden.get("dino.class_row"), Tensor.stack(0, classRows));
        checks.assertClose("dino.cls", golden.get("dino.cls"), dino.forward(images));
    }

    private static void manifest(Golden golden, SoftAssertions checks) {
        Map<String, Tensor> hub = new TreeMap<>(), original = new TreeMap<>();
        new DinoVit(DinoVit.SMALL, HubVitWeights.of(requested(golden.json().path("hub"), hub)));
        new DinoVit(DinoVit.SMALL, requested(golden.json().path("original"), original));
        checkKeys("hub", golden.json().path("hub"), hub, checks);
        checkKeys("original", golden.json().path("original"), original, checks);
        for (var keys : List.of(hub, original))
            checks.assertEqual(
                    "parameters",
                    golden.json().path("parameters").asLong(),
                    keys.values().stream().mapToLong(Tensor::numel).sum());
        checkRenaming(golden, checks);
    }

    /** Weights of the shapes of a manifest, without memory, that record what is requested. */
    private static Weights requested(JsonNode manifest, Map<String, Tensor> requested) {
        Map<String, Tensor> zeros = new TreeMap<>();
        manifest.fields()
                .forEachRemaining(entry -> zeros.put(
                        entry.getKey(), Tensor.zeros(new long[0]).expand(ProceduralTensors.shape(entry.getValue()))));
        return Weights.of(zeros).recordingInto(requested);
    }

    /** Every key of a manifest but the optional ones must have been requested; another key would be an error before. */
    private static void checkKeys(
            String layout, JsonNode manifest, Map<String, Tensor> requested, SoftAssertions checks) {
        TreeSet<String> published = new TreeSet<>();
        manifest.fieldNames().forEachRemaining(key -> {
            if (!key.startsWith("pooler.")) published.add(key);
        });
        checks.assertEqual("keys of the " + layout, published, new TreeSet<>(requested.keySet()));
    }

    /** Each row of the table must be the keys of the hub that are read for a key of the original. */
    private static void checkRenaming(Golden golden, SoftAssertions checks) {
        for (JsonNode row : golden.json().path("original_to_hub")) {
            for (String end : List.of("weight", "bias")) {
                String key = fill(row.path("original").asText(), end);
                JsonNode shape = golden.json().path("original").path(key);
                Map<String, Tensor> read = new TreeMap<>();
                HubVitWeights.of(requested(golden.json().path("hub"), read))
                        .get(key, Init.ZEROS, ProceduralTensors.shape(shape));
                TreeSet<String> expected = new TreeSet<>();
                String names = fill(row.path("hub").asText(), end);
                if (names.contains("{query,key,value}"))
                    for (String part : List.of("query", "key", "value"))
                        expected.add(names.replace("{query,key,value}", part));
                else expected.add(names);
                checks.assertEqual("names of " + key, expected, new TreeSet<>(read.keySet()));
            }
        }
    }

    private static String fill(String pattern, String end) {
        return pattern.replace("{i}", "7").replace("{weight,bias}", end);
    }
}
