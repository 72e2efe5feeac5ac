package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.WeightsException;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.QFormerLayer;
import dev.mige4j.encoder.T5Block;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionBlock;
import dev.mige4j.encoder.VisionNorm;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.LayerNorm;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.tensor.nn.RmsNorm;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The parts of the encoder, each on its own: whole with all that happens inside, and single blocks of the published
 * size.
 */
final class EncoderCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("eva_vit", EncoderCases::visionTransformer),
            GoldenKind.single("qformer", EncoderCases::qformer),
            GoldenKind.single("ffm", EncoderCases::featureFusion),
            GoldenKind.slow("true_size_vit_block", EncoderCases::visionBlock),
            GoldenKind.slow("true_size_qformer", EncoderCases::fullSizeQformer),
            GoldenKind.slow("true_size_t5_block", EncoderCases::t5Block),
            GoldenKind.single("t5_encoder_256", EncoderCases::t5Encoder),
            GoldenKind.single("t5_encoder", EncoderCases::t5Encoder));

    private static final double VISION_BLOCK_EPS = 1e-6, T5_EPS = 1e-6;

    private EncoderCases() {}

    // ---- pictures ----

    private static void visionTransformer(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        Weights weights = golden.weights();
        VisionTransformer.Config config =
                sizes.visionConfig(EncoderSizes.heads(golden, "num_heads", sizes.visionWidth() / 88));
        var vision = new VisionTransformer(config, weights.at("visual_encoder"));
        var norm = new VisionNorm(weights.at("ln_vision"), config.width());
        Tensor stored = golden.get("input.image").to(DType.F32);
        long missing = golden.shape("output.vit")[0] - stored.size(0); // all-zero pictures are not stored
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
            Tensor before = x, after = block.forward(x);
            computed.put(
                    name + ".norm1", () -> new LayerNorm(firstNorm, config.width(), VISION_BLOCK_EPS).forward(before));
            computed.put(name + ".attn", () -> block.selfAttention(before));
            computed.put(name + ".mlp", () -> block.feedForward(before.add(block.selfAttention(before))));
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
        Tensor out = block.forward(golden.get("input.x"));
        checkRowsAndSums(golden, checks, out, Tensor.ones(out.size(0), out.size(1)));
    }

    private static void qformer(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        int width = sizes.of("Qformer.bert.embeddings.LayerNorm.weight", 0);
        var qformer = new QFormer(
                sizes.qformerConfig(EncoderSizes.heads(golden, "num_heads", width / 64), sizes.of("query_tokens", 1)),
                golden.weights());
        checks.assertMatchesGolden(golden, qformerIntermediates(qformer, golden.get("input.encoder_hidden_states")));
    }

    /** The Q-Former alone, its query tokens given as an input. */
    private static void fullSizeQformer(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        int width = sizes.of("Qformer.bert.embeddings.LayerNorm.weight", 0);
        Tensor tokens = queryTokens(golden);
        Weights weights = golden.weights(Map.of("query_tokens", tokens));
        var qformer = new QFormer(
                sizes.qformerConfig(EncoderSizes.heads(golden, "num_heads", width / 64), (int) tokens.size(1)),
                weights);
        Map<String, Supplier<Tensor>> computed =
                qformerIntermediates(qformer, golden.get("input.encoder_hidden_states"));
        for (String name : golden.names("")) {
            long kept = golden.shape(name).length > 1 ? golden.shape(name)[1] : 0;
            long stride = kept == 0 ? 1 : tokens.size(1) / kept; // every so many-th query is stored
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

    // ---- text ----

    private static void t5Encoder(Golden golden, SoftAssertions checks) {
        Golden weightsGolden = golden.names("weights.").isEmpty() ? golden.companion("weights", "t5_encoder") : golden;
        T5Encoder.Config config = EncoderSizes.of(weightsGolden).t5Config(weightsGolden.configInt("max_distance", 128));
        Weights weights = weightsGolden.weights().at("t5_model");
        var encoder = new T5Encoder(config, weights);
        Tensor mask = golden.get("input.attention_mask");
        Tensor embeddings = encoder.embedTokens(golden.get("input.input_ids"));

        Map<String, Supplier<Tensor>> computed = new LinkedHashMap<>();
        T5Block.AttentionFunction attention = encoder.maskedAttention(mask, DType.F32);
        computed.put("intermediate.inputs_embeds", () -> embeddings);
        computed.put("intermediate.position_bias", () -> encoder.positionBias((int) mask.size(1)));
        Tensor x = embeddings;
        for (int i = 0; i < config.depth(); i++) {
            T5Block block = encoder.blocks().get(i);
            Weights norm =
                    weights.at("encoder").at("block").at(i).at("layer").at(0).at("layer_norm");
            String name = "intermediate.block." + i;
            Tensor before = x, after = block.forward(x, attention);
            computed.put(name + ".attn_norm", () -> new RmsNorm(norm, config.width(), T5_EPS).forward(before));
            computed.put(name + ".attn_out", () -> block.selfAttention(before, attention));
            computed.put(name, () -> after);
            x = after;
        }
        computed.put("output.last_hidden_state", () -> encoder.forward(embeddings, mask));
        computed.put(
                "output.last_hidden_state_of_tiny",
                () -> encoder.forward(golden.get("input.inputs_embeds_tiny"), mask));
        for (String name : golden.names()) {
            if (name.startsWith("intermediate.relative_position_bucket"))
                computed.put(name, () -> relativePositionBuckets(config, golden.shape(name)[0]));
        }
        checks.assertMatchesGolden(golden, computed, t -> applyMask(t, mask)); // rows that the mask hides mean nothing
        checkWithoutPadding(encoder, embeddings, mask, golden.get("output.last_hidden_state"), checks);
    }

    private static Tensor relativePositionBuckets(T5Encoder.Config config, long count) {
        int maxOffset = (int) (count / 2);
        return Tensor.of(
                IntStream.rangeClosed(-maxOffset, maxOffset)
                        .map(r -> T5Encoder.relativePositionBucket(
                                r, config.relativeAttentionBuckets(), config.relativeAttentionMaxDistance()))
                        .toArray(),
                count);
    }

    /** The economical way, places that count only, must give the same. */
    private static void checkWithoutPadding(
            T5Encoder encoder, Tensor embeddings, Tensor mask, Tensor expected, SoftAssertions checks) {
        int[] lengths = validLengths(mask);
        if (lengths == null) return;
        List<Tensor> validEmbeddings = new ArrayList<>(), expectedStates = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            validEmbeddings.add(embeddings.select(0, i).narrow(0, 0, lengths[i]));
            expectedStates.add(expected.select(0, i).narrow(0, 0, lengths[i]));
        }
        checks.assertClose(
                "last_hidden_state without padding",
                Tensor.cat(0, expectedStates),
                encoder.forward(Tensor.cat(0, validEmbeddings), lengths));
    }

    /** How many places of each item count; null when those are not the first ones. */
    static int[] validLengths(Tensor mask) {
        long[] values = mask.toLongArray();
        int maxLength = (int) mask.size(1);
        int[] lengths = new int[(int) mask.size(0)];
        for (int i = 0; i < lengths.length; i++) {
            for (int position = 0; position < maxLength; position++) {
                if (values[i * maxLength + position] == 0) continue;
                if (lengths[i] != position) return null;
                lengths[i]++;
            }
            if (lengths[i] == 0) return null;
        }
        return lengths;
    }

    /** A [B, L, E] tensor with zeros where the mask [B, L] hides a row; other shapes as they are. */
    static Tensor applyMask(Tensor x, Tensor mask) {
        boolean isTokenTensor = x.dim() == 3 && x.size(0) == mask.size(0) && x.size(1) == mask.size(1);
        return isTokenTensor ? x.mul(mask.to(x.dtype()).unsqueeze(2)) : x;
    }

    private static void t5Block(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        T5Encoder.Config config = sizes.t5Config(golden.configInt("max_distance", 128));
        Map<String, Tensor> extraWeights = Map.of(
                "t5_model.shared.weight",
                Tensor.zeros(config.vocabularySize(), config.width()),
                "t5_model.encoder.final_layer_norm.weight",
                Tensor.ones(config.width()));
        var encoder = new T5Encoder(config, golden.weights(extraWeights).at("t5_model"));
        Tensor mask = golden.get("input.attention_mask"), x = golden.get("input.x");
        T5Block block = encoder.blocks().get(0);
        checkRowsAndSums(golden, checks, block.forward(x, encoder.maskedAttention(mask, DType.F32)), mask);
        int[] lengths = validLengths(mask);
        if (lengths == null) return;
        Tensor padded = block.selfAttention(x, encoder.maskedAttention(mask, DType.F32));
        int last = lengths.length - 1;
        Tensor unpadded = block.selfAttention(
                x.row(last).narrow(1, 0, lengths[last]), encoder.packedAttention(new int[] {lengths[last]}));
        checks.assertClose(
                "attention of the last item without padding", padded.row(last).narrow(1, 0, lengths[last]), unpadded);
    }

    // ---- what large goldens store: sums of all rows, and some rows ----

    private static final Pattern ROWS_NAME = Pattern.compile("rows(?:_item(\\d+))?((?:_\\d+)+)");

    private static void checkRowsAndSums(Golden golden, SoftAssertions checks, Tensor out, Tensor mask) {
        Tensor validMask = mask.to(DType.F64), out64 = out.to(DType.F64);
        for (String name : golden.names("output.")) {
            Tensor expected = golden.get("output." + name);
            Matcher rows = ROWS_NAME.matcher(name);
            if (name.equals("sum_per_token"))
                checks.assertClose(
                        name,
                        expected.reshape(validMask.shape()).mul(validMask),
                        out64.sum(false, 2).mul(validMask));
            else if (name.equals("abs_sum_per_token"))
                checks.assertClose(
                        name,
                        expected.reshape(validMask.shape()).mul(validMask),
                        out64.abs().sum(false, 2).mul(validMask));
            else if (rows.matches()) {
                int[] indices = Arrays.stream(rows.group(2).substring(1).split("_"))
                        .mapToInt(Integer::parseInt)
                        .toArray();
                Tensor item = out.select(0, rows.group(1) == null ? 0 : Integer.parseInt(rows.group(1)));
                checks.assertClose(name, expected, item.indexSelect(0, Tensor.of(indices, indices.length)));
            } else throw new WeightsException("nothing of ours answers 'output." + name + "'");
        }
    }
}
