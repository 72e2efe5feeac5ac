package mige.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import mige.encoder.FeatureFusion;
import mige.encoder.QFormer;
import mige.encoder.QFormerLayer;
import mige.encoder.T5Block;
import mige.encoder.T5Encoder;
import mige.encoder.VisionBlock;
import mige.encoder.VisionNorm;
import mige.encoder.VisionTransformer;
import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;
import mige.tensor.nn.LayerNorm;
import mige.tensor.nn.Linear;
import mige.tensor.nn.Mlp;
import mige.tensor.nn.RmsNorm;
import mige.weights.Weights;

/** The parts of the encoder, each on its own: whole with all that happens inside, and single blocks of the published size. */
final class EncoderCases {

    static final List<Kind> KINDS = List.of(
            Kind.single("eva_vit", EncoderCases::vision),
            Kind.single("qformer", EncoderCases::queries),
            Kind.single("ffm", EncoderCases::fusion),
            Kind.slow("true_size_vit_block", EncoderCases::visionBlock),
            Kind.slow("true_size_qformer", EncoderCases::wholeQueries),
            Kind.slow("true_size_t5_block", EncoderCases::textBlock),
            Kind.single("t5_encoder_256", EncoderCases::text),
            Kind.single("t5_encoder", EncoderCases::text));

    private static final double BLOCK_EPS = 1e-6, T5_EPS = 1e-6;

    private EncoderCases() {}

    // ---- pictures ----

    private static void vision(Golden golden, Checks checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        Weights weights = golden.weights();
        VisionTransformer.Config config = sizes.vision(EncoderSizes.heads(golden, "num_heads", sizes.visionWidth() / 88));
        var vision = new VisionTransformer(config, weights.at("visual_encoder"));
        var norm = new VisionNorm(weights.at("ln_vision"), config.width());
        Tensor stored = golden.get("input.image").to(DType.F32);
        long missing = golden.shape("output.vit")[0] - stored.size(0);          // all-zero pictures are not stored
        Tensor pictures = missing > 0 ? Tensor.cat(0, stored, Tensor.zeros(missing, 3, config.side(), config.side())) : stored;

        Map<String, Supplier<Tensor>> ours = new LinkedHashMap<>();
        ours.put("intermediate.patch_embed", () -> vision.patches(pictures));
        Tensor x = vision.embed(pictures);
        for (int i = 0; i < config.depth(); i++) {
            VisionBlock block = vision.blocks().get(i);
            Weights first = weights.at("visual_encoder").at("blocks").at(i).at("norm1");
            String name = "intermediate.block." + i;
            Tensor before = x, after = block.forward(x);
            ours.put(name + ".norm1", () -> new LayerNorm(first, config.width(), BLOCK_EPS).forward(before));
            ours.put(name + ".attn", () -> block.look(before));
            ours.put(name + ".mlp", () -> block.think(before.add(block.look(before))));
            ours.put(name, () -> after);
            x = after;
        }
        Tensor seen = vision.forward(pictures);
        ours.put("output.vit", () -> seen);
        ours.put("output.ln_vision", () -> norm.forward(seen));
        ours.put("output.ln_vision_of_tiny", () -> norm.forward(golden.get("input.tiny")));
        checks.answers(golden, ours);
    }

    private static void visionBlock(Golden golden, Checks checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        int number = sizes.first("visual_encoder.blocks.");
        var config = sizes.vision(EncoderSizes.heads(golden, "num_heads", sizes.visionWidth() / 88));
        var block = new VisionBlock(config, golden.weights().at("visual_encoder").at("blocks").at(number), number);
        Tensor out = block.forward(golden.get("input.x"));
        rowsAndSums(golden, checks, out, Tensor.ones(out.size(0), out.size(1)));
    }

    private static void queries(Golden golden, Checks checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        int width = sizes.of("Qformer.bert.embeddings.LayerNorm.weight", 0);
        var former = new QFormer(sizes.queries(EncoderSizes.heads(golden, "num_heads", width / 64), sizes.of("query_tokens", 1)), golden.weights());
        checks.answers(golden, insideQueries(former, golden.get("input.encoder_hidden_states")));
    }

    /** The Q-Former alone, its query tokens given as an input. */
    private static void wholeQueries(Golden golden, Checks checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        int width = sizes.of("Qformer.bert.embeddings.LayerNorm.weight", 0);
        Tensor tokens = queryTokens(golden);
        Weights weights = golden.weights(Map.of("query_tokens", tokens));
        var former = new QFormer(sizes.queries(EncoderSizes.heads(golden, "num_heads", width / 64), (int) tokens.size(1)), weights);
        Map<String, Supplier<Tensor>> ours = insideQueries(former, golden.get("input.encoder_hidden_states"));
        for (String name : golden.names("")) {
            long kept = golden.shape(name).length > 1 ? golden.shape(name)[1] : 0;
            long step = kept == 0 ? 1 : tokens.size(1) / kept;          // every so many-th query is stored
            if (step < 2) continue;
            int[] stored = IntStream.range(0, (int) kept).map(i -> (int) (i * step)).toArray();
            ours.computeIfPresent(name, (n, found) -> () -> found.get().indexSelect(1, Tensor.of(stored, kept)));
        }
        checks.answers(golden, ours);
    }

    private static Tensor queryTokens(Golden golden) {
        JsonNode inputs = golden.meta("inputs_by_formula");
        for (var names = inputs.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (name.startsWith("query_tokens") || name.startsWith("input.query_tokens")) return golden.get(name);
        }
        return golden.get("input.query_tokens");
    }

    private static Map<String, Supplier<Tensor>> insideQueries(QFormer former, Tensor pictures) {
        Map<String, Supplier<Tensor>> ours = new LinkedHashMap<>();
        Tensor first = former.embed(pictures), x = first;
        ours.put("intermediate.embeddings", () -> first);
        for (int i = 0; i < former.layers().size(); i++) {
            QFormerLayer layer = former.layers().get(i);
            Tensor before = x, after = layer.forward(x, pictures);
            ours.put("intermediate.layer." + i + ".attention", () -> layer.among(before));
            if (layer.looks()) ours.put("intermediate.layer." + i + ".crossattention", () -> layer.look(layer.among(before), pictures));
            ours.put("intermediate.layer." + i, () -> after);
            x = after;
        }
        ours.put("output.last_hidden_state", () -> former.forward(pictures));
        return ours;
    }

    private static void fusion(Golden golden, Checks checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        var config = sizes.fusion(EncoderSizes.heads(golden, "num_heads", 8));
        Weights weights = golden.weights().at("FFM");
        var fusion = new FeatureFusion(config, weights);
        int d = config.queryWidth(), c = config.patchWidth();
        Tensor queries = golden.get("input.clip"), patches = golden.get("input.vae");

        Map<String, Supplier<Tensor>> ours = new LinkedHashMap<>();
        ours.put("intermediate.q_proj_1", () -> Linear.unbiased(weights.at("q_proj_1"), d, d).forward(queries));
        ours.put("intermediate.k_proj_1", () -> inward(weights.at("k_proj_1"), c, d).forward(patches));
        ours.put("intermediate.v_proj_1", () -> inward(weights.at("v_proj_1"), c, d).forward(patches));
        ours.put("intermediate.ln_q_1", () -> fusion.asked(queries));
        ours.put("intermediate.ln_k_1", () -> fusion.keys(patches));
        ours.put("intermediate.ln_v_1", () -> fusion.values(patches));
        ours.put("intermediate.clip_attn", () -> fusion.look(queries, patches).transpose(0, 1));
        ours.put("intermediate.mlp", () -> new Linear(weights.at("mlp"), d, d).forward(fusion.look(queries, patches)).transpose(0, 1));
        ours.put("output.ffm", () -> fusion.forward(queries, patches));
        ours.put("output.ffm_of_clip_tiny", () -> fusion.forward(golden.get("input.clip_tiny"), patches));
        ours.put("output.ffm_of_zero_vae", () -> fusion.forward(queries, patches.mul(0)));
        checks.answers(golden, ours);
    }

    private static Mlp inward(Weights weights, int c, int d) {
        return new Mlp(new Linear(weights.at(0), c, d), Tensor::geluErf, new Linear(weights.at(2), d, d));
    }

    // ---- text ----

    private static void text(Golden golden, Checks checks) {
        Golden holder = golden.names("weights.").isEmpty() ? golden.companion("weights", "t5_encoder") : golden;
        T5Encoder.Config config = EncoderSizes.of(holder).text(holder.size("max_distance", 128));
        Weights weights = holder.weights().at("t5_model");
        var encoder = new T5Encoder(config, weights);
        Tensor mask = golden.get("input.attention_mask");
        Tensor places = encoder.lookup(golden.get("input.input_ids"));

        Map<String, Supplier<Tensor>> ours = new LinkedHashMap<>();
        T5Block.Mixing mixing = encoder.under(mask, DType.F32);
        ours.put("intermediate.inputs_embeds", () -> places);
        ours.put("intermediate.position_bias", () -> encoder.bias((int) mask.size(1)));
        Tensor x = places;
        for (int i = 0; i < config.depth(); i++) {
            T5Block block = encoder.blocks().get(i);
            Weights norm = weights.at("encoder").at("block").at(i).at("layer").at(0).at("layer_norm");
            String name = "intermediate.block." + i;
            Tensor before = x, after = block.forward(x, mixing);
            ours.put(name + ".attn_norm", () -> new RmsNorm(norm, config.width(), T5_EPS).forward(before));
            ours.put(name + ".attn_out", () -> block.look(before, mixing));
            ours.put(name, () -> after);
            x = after;
        }
        ours.put("output.last_hidden_state", () -> encoder.forward(places, mask));
        ours.put("output.last_hidden_state_of_tiny", () -> encoder.forward(golden.get("input.inputs_embeds_tiny"), mask));
        for (String name : golden.names()) {
            if (name.startsWith("intermediate.relative_position_bucket")) ours.put(name, () -> buckets(config, golden.shape(name)[0]));
        }
        checks.answers(golden, ours, t -> hide(t, mask));       // rows that the mask hides mean nothing
        unpadded(encoder, places, mask, golden.get("output.last_hidden_state"), checks);
    }

    private static Tensor buckets(T5Encoder.Config config, long count) {
        int far = (int) (count / 2);
        return Tensor.of(IntStream.rangeClosed(-far, far).map(r -> T5Encoder.bucket(r, config.buckets(), config.maxDistance())).toArray(), count);
    }

    /** The economical way, places that count only, must give the same. */
    private static void unpadded(T5Encoder encoder, Tensor places, Tensor mask, Tensor expected, Checks checks) {
        int[] lengths = lengths(mask);
        if (lengths == null) return;
        List<Tensor> valid = new ArrayList<>(), wanted = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            valid.add(places.select(0, i).narrow(0, 0, lengths[i]));
            wanted.add(expected.select(0, i).narrow(0, 0, lengths[i]));
        }
        checks.close("last_hidden_state without padding", Tensor.cat(0, wanted), encoder.forward(Tensor.cat(0, valid), lengths));
    }

    /** How many places of each item count; null when those are not the first ones. */
    static int[] lengths(Tensor mask) {
        long[] values = mask.longs();
        int most = (int) mask.size(1);
        int[] lengths = new int[(int) mask.size(0)];
        for (int i = 0; i < lengths.length; i++) {
            for (int at = 0; at < most; at++) {
                if (values[i * most + at] == 0) continue;
                if (lengths[i] != at) return null;
                lengths[i]++;
            }
            if (lengths[i] == 0) return null;
        }
        return lengths;
    }

    /** A [B, L, E] tensor with zeros where the mask [B, L] hides a row; other shapes as they are. */
    static Tensor hide(Tensor x, Tensor mask) {
        boolean rows = x.dims() == 3 && x.size(0) == mask.size(0) && x.size(1) == mask.size(1);
        return rows ? x.mul(mask.to(x.type()).unsqueeze(2)) : x;
    }

    private static void textBlock(Golden golden, Checks checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        T5Encoder.Config config = sizes.text(golden.size("max_distance", 128));
        Map<String, Tensor> others = Map.of("t5_model.shared.weight", Tensor.zeros(config.vocabulary(), config.width()),
                "t5_model.encoder.final_layer_norm.weight", Tensor.ones(config.width()));
        var encoder = new T5Encoder(config, golden.weights(others).at("t5_model"));
        Tensor mask = golden.get("input.attention_mask"), x = golden.get("input.x");
        T5Block block = encoder.blocks().get(0);
        rowsAndSums(golden, checks, block.forward(x, encoder.under(mask, DType.F32)), mask);
        int[] lengths = lengths(mask);
        if (lengths == null) return;
        Tensor padded = block.look(x, encoder.under(mask, DType.F32));
        int last = lengths.length - 1;
        Tensor alone = block.look(x.row(last).narrow(1, 0, lengths[last]), encoder.each(new int[] {lengths[last]}));
        checks.close("attention of the last item without padding", padded.row(last).narrow(1, 0, lengths[last]), alone);
    }

    // ---- what large goldens store: sums of all rows, and some rows ----

    private static final Pattern ROWS = Pattern.compile("rows(?:_item(\\d+))?((?:_\\d+)+)");

    private static void rowsAndSums(Golden golden, Checks checks, Tensor out, Tensor mask) {
        Tensor read = mask.to(DType.F64), wide = out.to(DType.F64);
        for (String name : golden.names("output.")) {
            Tensor expected = golden.get("output." + name);
            Matcher rows = ROWS.matcher(name);
            if (name.equals("sum_per_token")) checks.close(name, expected.reshape(read.shape()).mul(read), wide.sum(false, 2).mul(read));
            else if (name.equals("abs_sum_per_token")) checks.close(name, expected.reshape(read.shape()).mul(read), wide.abs().sum(false, 2).mul(read));
            else if (rows.matches()) {
                int[] at = Arrays.stream(rows.group(2).substring(1).split("_")).mapToInt(Integer::parseInt).toArray();
                Tensor item = out.select(0, rows.group(1) == null ? 0 : Integer.parseInt(rows.group(1)));
                checks.close(name, expected, item.indexSelect(0, Tensor.of(at, at.length)));
            } else throw new WeightsException("nothing of ours answers 'output." + name + "'");
        }
    }
}
