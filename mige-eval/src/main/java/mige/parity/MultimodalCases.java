package mige.parity;

import com.fasterxml.jackson.databind.JsonNode;
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
import mige.denoiser.Denoiser;
import mige.denoiser.PatchEmbedding;
import mige.encoder.Conditioning;
import mige.encoder.FeatureFusion;
import mige.encoder.MultimodalEncoder;
import mige.encoder.MultimodalEncoder.Request;
import mige.encoder.PlainEncoding;
import mige.encoder.QFormer;
import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.text.Prompt;
import mige.text.Tokenizer;
import mige.weights.Weights;

/** The encoder as a whole, from pictures and ids to the conditioning: the reference's plain way, and ours that leaves the waste away. */
final class MultimodalCases {

    static final List<Kind> KINDS = List.of(
            Kind.slow("multimodal_encoder_bf16", MultimodalCases::narrow),
            Kind.single("multimodal_encoder", MultimodalCases::whole));

    private static final Pattern SLOT = Pattern.compile("intermediate\\.(ln_vision|vae_features)\\.(\\d+)_(\\d+)");

    private MultimodalCases() {}

    /** A golden's model and its requests. */
    private record Setting(MultimodalEncoder encoder, UnaryOperator<Tensor> patchFeatures, Weights weights, List<Request> batch) {
        static Setting of(Golden golden, DType type) {
            EncoderSizes sizes = EncoderSizes.of(golden);
            Weights weights = golden.weights();
            long[] slots = golden.shape("intermediate.ffm"), latents = golden.shape("input.ref_vae");
            var config = sizes.whole(golden.size("vit_h", sizes.visionWidth() / 88), golden.size("bert_h", sizes.of("query_tokens", 2) / 64),
                    golden.size("ffm_h", 8), golden.size("maxd", 128), (int) golden.shape("intermediate.attention_mask")[1], (int) slots[1], (int) latents[1]);
            UnaryOperator<Tensor> patchFeatures = MultimodalCases.patchFeatures(sizes, weights, latents);
            var encoder = new MultimodalEncoder(config, weights, patchFeatures, type);
            return new Setting(encoder, patchFeatures, weights, batch(golden));
        }

        private static List<Request> batch(Golden golden) {
            Tensor pictures = golden.get("input.ref_clip").to(DType.F32), latents = golden.get("input.ref_vae").to(DType.F32);
            JsonNode counts = golden.meta("images_per_item"), segments = golden.meta("segment_ids");
            List<Request> batch = new ArrayList<>();
            int from = 0;
            for (int i = 0; i < segments.size(); i++) {
                List<int[]> ids = new ArrayList<>();
                segments.get(i).forEach(s -> ids.add(TextCases.ids(s)));
                int k = counts.get(i).asInt();
                batch.add(k == 0 ? Request.of(ids) : new Request(ids, pictures.narrow(0, from, k), latents.narrow(0, from, k)));
                from += k;
            }
            return batch;
        }
    }

    /** The denoiser's patch embedding, which the encoder borrows for raw latents [n, c, h, w]. */
    private static UnaryOperator<Tensor> patchFeatures(EncoderSizes sizes, Weights weights, long[] latents) {
        int width = sizes.of("x_embedder.proj.weight", 0), patch = sizes.of("x_embedder.proj.weight", 2);
        var config = new Denoiser.Config((int) latents[1], (int) latents[2], patch, width, 1, 1, width, 1, 4, 1);
        return new PatchEmbedding(config, weights.at("x_embedder").at("proj"))::features;
    }

    private static void whole(Golden golden, Checks checks) throws Exception {
        Setting s = Setting.of(golden, DType.F32);
        var plain = new PlainEncoding(s.encoder);
        checkPrompts(golden, checks);
        Tensor mask = golden.get("intermediate.attention_mask"), expected = golden.get("output.last_hidden_state");
        Map<String, Supplier<Tensor>> ours = inside(golden, s);
        ours.put("intermediate.t5_proj", () -> plain.slots(s.batch));
        ours.put("intermediate.inputs_embeds", () -> plain.places(s.batch));
        ours.put("intermediate.attention_mask", () -> plain.mask(s.batch));
        ours.put("output.last_hidden_state", () -> plain.encode(s.batch).states());
        checks.answers(golden, ours, t -> EncoderCases.hide(t, mask));
        Conditioning economical = s.encoder.encode(s.batch);
        for (int i = 0; i < s.batch.size(); i++) {
            Tensor wanted = expected.select(0, i).narrow(0, 0, economical.lengths()[i]);
            checks.close("last_hidden_state of item " + i + " without waste", wanted, economical.item(i));
        }
    }

    /** The stages between pictures and slots, from parts of their own. */
    private static Map<String, Supplier<Tensor>> inside(Golden golden, Setting s) {
        var config = s.encoder.config();
        int slots = config.slots(), side = config.vision().side();
        long[] latent = golden.shape("input.ref_vae");
        List<Tensor> pictures = new ArrayList<>(), latents = new ArrayList<>();
        for (Request r : s.batch) {
            for (int slot = 0; slot < slots; slot++) {
                boolean real = slot < r.count();
                pictures.add(real ? r.pictures().row(slot) : Tensor.zeros(1, 3, side, side));
                latents.add(real ? r.rawLatents().row(slot) : Tensor.zeros(1, latent[1], latent[2], latent[3]));
            }
        }
        Tensor features = s.encoder.visionFeatures(Tensor.cat(0, pictures)), patches = s.patchFeatures.apply(Tensor.cat(0, latents));
        Tensor asked = new QFormer(config.queries(), s.weights).forward(features);
        Tensor fused = new FeatureFusion(config.fusion(), s.weights.at("FFM")).forward(asked, patches);
        Map<String, Supplier<Tensor>> ours = new LinkedHashMap<>();
        ours.put("intermediate.qformer", () -> asked.view(s.batch.size(), slots, asked.size(1), asked.size(2)));
        ours.put("intermediate.ffm", () -> fused.view(s.batch.size(), slots, fused.size(1), fused.size(2)));
        ours.put("intermediate.vae_features.zero", () -> s.patchFeatures.apply(Tensor.zeros(1, latent[1], latent[2], latent[3])).select(0, 0));
        for (String name : golden.names()) {
            Matcher at = SLOT.matcher(name);
            if (!at.matches()) continue;
            int number = Integer.parseInt(at.group(2)) * slots + Integer.parseInt(at.group(3));
            ours.put(name, () -> (at.group(1).equals("ln_vision") ? features : patches).select(0, number));
        }
        return ours;
    }

    /** The prompts' ids, where the vocabulary is at hand. */
    private static void checkPrompts(Golden golden, Checks checks) {
        JsonNode prompts = golden.meta("prompts"), segments = golden.meta("segment_ids");
        Path vocabulary = golden.path().resolveSibling("tokenizer/spiece.model");
        if (!prompts.isArray() || !Files.exists(vocabulary)) return;
        Tokenizer tokenizer = Tokenizer.read(vocabulary);
        for (int i = 0; i < prompts.size(); i++) {
            List<String> texts = Prompt.segments(prompts.get(i).asText());
            checks.same("segments of prompt " + i, segments.get(i).size(), texts.size());
            for (int k = 0; k < texts.size(); k++) checks.same("ids of '" + texts.get(k) + "'", TextCases.ids(segments.get(i).path(k)), tokenizer.encode(texts.get(k)));
        }
    }

    private static void narrow(Golden golden, Checks checks) {
        Golden holder = golden.names("weights.").isEmpty() ? golden.companion("weights", "multimodal_encoder") : golden;
        Setting s = Setting.of(holder, DType.BF16);
        var plain = new PlainEncoding(s.encoder);
        for (String name : golden.names()) {
            Tensor expected = golden.get(name).to(DType.F32);
            if (name.equals("output.t5_proj")) checks.near(name, expected, plain.slots(s.batch).to(DType.F32), Tolerance.BFLOAT16);
            else if (name.equals("output.last_hidden_state")) {
                Conditioning said = s.encoder.encode(s.batch);
                for (int i = 0; i < s.batch.size(); i++)
                    checks.near(name + " of item " + i, expected.select(0, i).narrow(0, 0, said.lengths()[i]), said.item(i).to(DType.F32), Tolerance.BFLOAT16);
            } else if (name.startsWith("output.") || name.startsWith("intermediate.")) checks.fail("nothing of ours answers '" + name + "'");
        }
        checks.same("items", golden.shape("output.last_hidden_state")[0], (long) s.batch.size());
    }
}
