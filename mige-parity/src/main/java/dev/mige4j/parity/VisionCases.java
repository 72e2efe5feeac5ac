package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.QFormerLayer;
import dev.mige4j.encoder.VisionBlock;
import dev.mige4j.encoder.VisionNorm;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The vision transformer, the Q-Former and the feature fusion. */
final class VisionCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("eva_vit", VisionCases::visionTransformer),
            GoldenKind.single("qformer", VisionCases::qformer),
            GoldenKind.single("ffm", VisionCases::featureFusion),
            GoldenKind.slow("true_size_vit_block", VisionCases::visionBlock),
            GoldenKind.slow("true_size_qformer", VisionCases::fullSizeQformer));

    private static final double EPS = 1e-6;

    private VisionCases() {}

    private static void visionTransformer(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        Weights weights = golden.weights();
        VisionTransformer.Config config =
                sizes.visionConfig(EncoderSizes.heads(golden, "num_heads", sizes.visionWidth() / 88));
        var vision = new VisionTransformer(config, weights.at("visual_encoder"));
        var norm = new VisionNorm(weights.at("ln_vision"), config.width());
        Tensor stored = golden.get("input.image").to(DType.F32);
        long missing = golden.shape("output.vit")[0] - stored.size(0); // all-zero images are not stored
        Tensor images = missing > 0
                ? Tensor.cat(0, stored, Tensor.zeros(missing, 3, config.imageSize(), config.imageSize()))
                : stored;

        Map<String, Supplier<Tensor>> computed = new LinkedHashMap<>();
        computed.put("intermediate.patch_embed", () -> vision.embedPatches(images));
        Tensor x = vision.embed(images);
        for (int i = 0; i < config.depth(); i++) {
            VisionBlock block = vision.blocks().get(i);
            Weights firstNorm = weights.at("visual_encoder").at("blocks").at(i).at("norm1");
            String name = "intermediate.block." + i;
            Tensor before = x, after = block.forward(x, DType.F32);
            computed.put(name + ".norm1", () -> new LayerNorm(firstNorm, config.width(), EPS).forward(before));
            computed.put(name + ".attn", () -> block.selfAttention(before, DType.F32));
            computed.put(
                    name + ".mlp",
                    () -> block.feedForward(before.add(block.selfAttention(before, DType.F32)), DType.F32));
            computed.put(name, () -> after);
            x = after;
        }
        Tensor features = vision.forward(images);
        computed.put("output.vit", () -> features);
        computed.put("output.ln_vision", () -> norm.forward(features));
        computed.put("output.ln_vision_of_tiny", () -> norm.forward(golden.get("input.tiny")));
        checks.assertMatchesGolden(golden, computed);
    }

    private static void visionBlock(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        int blockIndex = sizes.lowestIndex("visual_encoder.blocks.");
        var config = sizes.visionConfig(EncoderSizes.heads(golden, "num_heads", sizes.visionWidth() / 88));
        var block = new VisionBlock(
                config, golden.weights().at("visual_encoder").at("blocks").at(blockIndex), blockIndex);
        Tensor out = block.forward(golden.get("input.x"), DType.F32);
        T5Cases.checkRowsAndSums(golden, checks, out, Tensor.ones(out.size(0), out.size(1)));
    }

    private static void qformer(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        int width = sizes.dim("Qformer.bert.embeddings.LayerNorm.weight", 0);
        var qformer = new QFormer(
                sizes.qformerConfig(EncoderSizes.heads(golden, "num_heads", width / 64), sizes.dim("query_tokens", 1)),
                golden.weights());
        checks.assertMatchesGolden(golden, qformerIntermediates(qformer, golden.get("input.encoder_hidden_states")));
    }

    /** The Q-Former at its published size; its query tokens are an input of the golden. */
    private static void fullSizeQformer(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        int width = sizes.dim("Qformer.bert.embeddings.LayerNorm.weight", 0);
        Tensor tokens = queryTokens(golden);
        Weights weights = golden.weights(Map.of("query_tokens", tokens));
        var qformer = new QFormer(
                sizes.qformerConfig(EncoderSizes.heads(golden, "num_heads", width / 64), (int) tokens.size(1)),
                weights);
        Map<String, Supplier<Tensor>> computed =
                qformerIntermediates(qformer, golden.get("input.encoder_hidden_states"));
        for (String name : golden.names("")) {
            long kept = golden.shape(name).length > 1 ? golden.shape(name)[1] : 0;
            long stride = kept == 0 ? 1 : tokens.size(1) / kept; // only every stride-th query is stored
            if (stride < 2) continue;
            int[] storedQueries =
                    IntStream.range(0, (int) kept).map(i -> (int) (i * stride)).toArray();
            computed.computeIfPresent(
                    name, (n, actual) -> () -> actual.get().indexSelect(1, Tensor.of(storedQueries, kept)));
        }
        checks.assertMatchesGolden(golden, computed);
    }

    private static Tensor queryTokens(Golden golden) {
        JsonNode inputs = golden.metadata("inputs_by_formula");
        for (var names = inputs.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (name.startsWith("query_tokens") || name.startsWith("input.query_tokens")) return golden.get(name);
        }
        return golden.get("input.query_tokens");
    }

    private static Map<String, Supplier<Tensor>> qformerIntermediates(QFormer qformer, Tensor images) {
        Map<String, Supplier<Tensor>> computed = new LinkedHashMap<>();
        Tensor first = qformer.embedQueries(images), x = first;
        computed.put("intermediate.embeddings", () -> first);
        for (int i = 0; i < qformer.layers().size(); i++) {
            QFormerLayer layer = qformer.layers().get(i);
            Tensor before = x, after = layer.forward(x, images);
            computed.put("intermediate.layer." + i + ".attention", () -> layer.selfAttention(before));
            if (layer.hasCrossAttention())
                computed.put(
                        "intermediate.layer." + i + ".crossattention",
                        () -> layer.crossAttention(layer.selfAttention(before), images));
            computed.put("intermediate.layer." + i, () -> after);
            x = after;
        }
        computed.put("output.last_hidden_state", () -> qformer.forward(images));
        return computed;
    }

    private static void featureFusion(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        var config = sizes.fusionConfig(EncoderSizes.heads(golden, "num_heads", 8));
        Weights weights = golden.weights().at("FFM");
        var fusion = new FeatureFusion(config, weights);
        int d = config.queryWidth(), c = config.patchWidth();
        Tensor queries = golden.get("input.clip"), patches = golden.get("input.vae");

        Map<String, Supplier<Tensor>> computed = new LinkedHashMap<>();
        computed.put("intermediate.q_proj_1", () -> Linear.withoutBias(weights.at("q_proj_1"), d, d)
                .forward(queries));
        computed.put("intermediate.k_proj_1", () -> projectionMlp(weights.at("k_proj_1"), c, d)
                .forward(patches));
        computed.put("intermediate.v_proj_1", () -> projectionMlp(weights.at("v_proj_1"), c, d)
                .forward(patches));
        computed.put("intermediate.ln_q_1", () -> fusion.projectQueries(queries));
        computed.put("intermediate.ln_k_1", () -> fusion.projectKeys(patches));
        computed.put("intermediate.ln_v_1", () -> fusion.projectValues(patches));
        computed.put("intermediate.clip_attn", () -> fusion.crossAttention(queries, patches)
                .transpose(0, 1));
        computed.put("intermediate.mlp", () -> new Linear(weights.at("mlp"), d, d)
                .forward(fusion.crossAttention(queries, patches))
                .transpose(0, 1));
        computed.put("output.ffm", () -> fusion.forward(queries, patches));
        computed.put("output.ffm_of_clip_tiny", () -> fusion.forward(golden.get("input.clip_tiny"), patches));
        computed.put("output.ffm_of_zero_vae", () -> fusion.forward(queries, patches.mul(0)));
        checks.assertMatchesGolden(golden, computed);
    }

    private static Mlp projectionMlp(Weights weights, int c, int d) {
        return new Mlp(new Linear(weights.at(0), c, d), Tensor::gelu, new Linear(weights.at(2), d, d));
    }
}
