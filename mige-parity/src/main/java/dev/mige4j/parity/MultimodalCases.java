package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.PatchEmbedding;
import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.encoder.MultimodalEncoder.EncoderInput;
import dev.mige4j.encoder.PaddedEncoder;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.weights.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The complete multimodal encoder, from images and token ids to the conditioning, both padded as in the reference and
 * packed.
 */
final class MultimodalCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.slow("multimodal_encoder_bf16", MultimodalCases::encoderBf16),
            GoldenKind.single("multimodal_encoder", MultimodalCases::encoder));

    private static final Pattern SLOT_NAME = Pattern.compile("intermediate\\.(ln_vision|vae_features)\\.(\\d+)_(\\d+)");

    private MultimodalCases() {}

    /** The model of a golden and its input batch. */
    private record EncoderFixture(
            MultimodalEncoder encoder, UnaryOperator<Tensor> patchFeatures, Weights weights, List<EncoderInput> batch) {
        static EncoderFixture of(Golden golden, DType type) {
            EncoderSizes sizes = EncoderSizes.of(golden);
            Weights weights = golden.weights();
            long[] slots = golden.shape("intermediate.ffm"), latents = golden.shape("input.ref_vae");
            var config = sizes.encoderConfig(
                    golden.configInt("vit_h", sizes.visionWidth() / 88),
                    golden.configInt("bert_h", sizes.dim("query_tokens", 2) / 64),
                    golden.configInt("ffm_h", 8),
                    golden.configInt("maxd", 128),
                    (int) golden.shape("intermediate.attention_mask")[1],
                    (int) slots[1],
                    (int) latents[1]);
            UnaryOperator<Tensor> patchFeatures = MultimodalCases.patchFeatures(sizes, weights, latents);
            var encoder = new MultimodalEncoder(config, weights, patchFeatures, type);
            return new EncoderFixture(encoder, patchFeatures, weights, batch(golden));
        }

        private static List<EncoderInput> batch(Golden golden) {
            Tensor images = golden.get("input.ref_clip").to(DType.F32),
                    latents = golden.get("input.ref_vae").to(DType.F32);
            JsonNode counts = golden.metadata("images_per_item"), segments = golden.metadata("segment_ids");
            List<EncoderInput> batch = new ArrayList<>();
            int offset = 0;
            for (int i = 0; i < segments.size(); i++) {
                List<int[]> ids = new ArrayList<>();
                segments.get(i).forEach(s -> ids.add(TextCases.toIntArray(s)));
                int imageCount = counts.get(i).asInt();
                batch.add(
                        imageCount == 0
                                ? EncoderInput.of(ids)
                                : new EncoderInput(
                                        ids,
                                        images.narrow(0, offset, imageCount),
                                        latents.narrow(0, offset, imageCount)));
                offset += imageCount;
            }
            return batch;
        }
    }

    /** The patch embedding of the denoiser for raw latents [n, c, h, w]. */
    private static UnaryOperator<Tensor> patchFeatures(EncoderSizes sizes, Weights weights, long[] latents) {
        int width = sizes.dim("x_embedder.proj.weight", 0), patch = sizes.dim("x_embedder.proj.weight", 2);
        var config = new Denoiser.Config((int) latents[1], (int) latents[2], patch, width, 1, 1, width, 1, 4, 1);
        return new PatchEmbedding(config, weights.at("x_embedder").at("proj"))::features;
    }

    private static void encoder(Golden golden, SoftAssertions checks) throws Exception {
        EncoderFixture fixture = EncoderFixture.of(golden, DType.F32);
        var padded = new PaddedEncoder(fixture.encoder);
        checkPrompts(golden, checks);
        Tensor mask = golden.get("intermediate.attention_mask"), expected = golden.get("output.last_hidden_state");
        Map<String, Supplier<Tensor>> computed = intermediates(golden, fixture);
        computed.put("intermediate.t5_proj", () -> padded.slotEmbeddings(fixture.batch));
        computed.put("intermediate.inputs_embeds", () -> padded.inputEmbeddings(fixture.batch));
        computed.put("intermediate.attention_mask", () -> padded.attentionMask(fixture.batch));
        computed.put(
                "output.last_hidden_state", () -> padded.encode(fixture.batch).states());
        checks.assertMatchesGolden(golden, computed, t -> T5Cases.applyMask(t, mask));
        Conditioning unpadded = fixture.encoder.encode(fixture.batch);
        for (int i = 0; i < fixture.batch.size(); i++) {
            Tensor expectedItem = expected.select(0, i).narrow(0, 0, unpadded.lengths()[i]);
            checks.assertClose("last_hidden_state of item " + i + " without padding", expectedItem, unpadded.item(i));
        }
    }

    /** The stages between images and slot embeddings, computed by separate components. */
    private static Map<String, Supplier<Tensor>> intermediates(Golden golden, EncoderFixture fixture) {
        var config = fixture.encoder.config();
        int slots = config.imageSlots(), side = config.vision().imageSize();
        long[] latent = golden.shape("input.ref_vae");
        List<Tensor> images = new ArrayList<>(), latents = new ArrayList<>();
        for (EncoderInput input : fixture.batch) {
            for (int slot = 0; slot < slots; slot++) {
                boolean present = slot < input.imageCount();
                images.add(present ? input.images().row(slot) : Tensor.zeros(1, 3, side, side));
                latents.add(present ? input.rawLatents().row(slot) : Tensor.zeros(1, latent[1], latent[2], latent[3]));
            }
        }
        Tensor features = fixture.encoder.visionFeatures(Tensor.cat(0, images)),
                patches = fixture.patchFeatures.apply(Tensor.cat(0, latents));
        Tensor queries = new QFormer(config.qFormer(), fixture.weights).forward(features);
        Tensor fused = new FeatureFusion(config.fusion(), fixture.weights.at("FFM")).forward(queries, patches);
        Map<String, Supplier<Tensor>> computed = new LinkedHashMap<>();
        computed.put(
                "intermediate.qformer",
                () -> queries.view(fixture.batch.size(), slots, queries.size(1), queries.size(2)));
        computed.put("intermediate.ffm", () -> fused.view(fixture.batch.size(), slots, fused.size(1), fused.size(2)));
        computed.put("intermediate.vae_features.zero", () -> fixture.patchFeatures
                .apply(Tensor.zeros(1, latent[1], latent[2], latent[3]))
                .select(0, 0));
        for (String name : golden.names()) {
            Matcher matcher = SLOT_NAME.matcher(name);
            if (!matcher.matches()) continue;
            int row = Integer.parseInt(matcher.group(2)) * slots + Integer.parseInt(matcher.group(3));
            computed.put(name, () -> (matcher.group(1).equals("ln_vision") ? features : patches).select(0, row));
        }
        return computed;
    }

    /** Checks the token ids of the prompts if the vocabulary is available. */
    private static void checkPrompts(Golden golden, SoftAssertions checks) {
        JsonNode prompts = golden.metadata("prompts"), segments = golden.metadata("segment_ids");
        Path vocabulary = golden.path().resolveSibling("tokenizer/spiece.model");
        if (!prompts.isArray() || !Files.exists(vocabulary)) return;
        Tokenizer tokenizer = Tokenizer.read(vocabulary);
        for (int i = 0; i < prompts.size(); i++) {
            List<String> texts = Prompt.segments(prompts.get(i).asText());
            checks.assertEqual("segments of prompt " + i, segments.get(i).size(), texts.size());
            for (int k = 0; k < texts.size(); k++)
                checks.assertEqual(
                        "ids of '" + texts.get(k) + "'",
                        TextCases.toIntArray(segments.get(i).path(k)),
                        tokenizer.encode(texts.get(k)));
        }
    }

    private static void encoderBf16(Golden golden, SoftAssertions checks) {
        Golden weightsGolden =
                golden.names("weights.").isEmpty() ? golden.companion("weights", "multimodal_encoder") : golden;
        EncoderFixture fixture = EncoderFixture.of(weightsGolden, DType.BF16);
        var padded = new PaddedEncoder(fixture.encoder);
        for (String name : golden.names()) {
            Tensor expected = golden.get(name).to(DType.F32);
            if (name.equals("output.t5_proj"))
                checks.assertCloseL2(
                        name, expected, padded.slotEmbeddings(fixture.batch).to(DType.F32), Tolerance.BFLOAT16);
            else if (name.equals("output.last_hidden_state")) {
                Conditioning conditioning = fixture.encoder.encode(fixture.batch);
                for (int i = 0; i < fixture.batch.size(); i++)
                    checks.assertCloseL2(
                            name + " of item " + i,
                            expected.select(0, i).narrow(0, 0, conditioning.lengths()[i]),
                            conditioning.item(i).to(DType.F32),
                            Tolerance.BFLOAT16);
            } else if (name.startsWith("output.") || name.startsWith("intermediate."))
                checks.fail("there is no comparison for '" + name + "'");
        }
        checks.assertEqual("items", golden.shape("output.last_hidden_state")[0], (long) fixture.batch.size());
    }
}
