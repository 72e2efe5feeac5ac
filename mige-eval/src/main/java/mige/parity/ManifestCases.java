package mige.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import mige.autoencoder.AutoEncoder;
import mige.denoiser.Denoiser;
import mige.encoder.FeatureFusion;
import mige.encoder.MultimodalEncoder;
import mige.encoder.QFormer;
import mige.encoder.VisionTransformer;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;
import mige.weights.Outline;

/** The published files' keys and shapes: our parts, built in that size, must ask for exactly these. */
final class ManifestCases {

    static final List<Kind> KINDS = List.of(
            Kind.single("manifest-encoder", ManifestCases::encoder),
            Kind.single("manifest-diffusion", ManifestCases::diffusion));

    /** In the files and not asked for: a second name of the token table, numbers 0 to 511 that nothing reads, and positions, which follow from the size. */
    private static final Set<String> UNREAD = Set.of("t5_model.encoder.embed_tokens.weight", "Qformer.bert.embeddings.position_ids", "pos_embed");

    private ManifestCases() {}

    private static void encoder(Golden golden, Checks checks) {
        Map<String, long[]> published = new TreeMap<>();
        golden.json().path("parts").forEach(part -> part.fields().forEachRemaining(e -> published.put(e.getKey(), Formula.shape(e.getValue()))));
        EncoderSizes sizes = new EncoderSizes(published);
        // heads leave no trace in shapes; any number that divides will do
        var config = sizes.whole(1, 1, 1, 128, 256, 4, 4);
        if (golden.json().path("model").asText().startsWith("MIGE_XL_2")) checks.same("sizes", withHeads(MultimodalEncoder.Config.PUBLISHED), withHeads(config));
        Outline outline = new Outline();
        new MultimodalEncoder(config, outline.weights(), Tensor::neg);
        compare(published, outline, UNREAD, checks);
    }

    /** The configuration with one head everywhere but in T5, whose table of distances shows its heads. */
    private static MultimodalEncoder.Config withHeads(MultimodalEncoder.Config c) {
        var v = c.vision();
        var q = c.queries();
        var f = c.fusion();
        return new MultimodalEncoder.Config(new VisionTransformer.Config(v.side(), v.patch(), v.width(), 1, v.depth(), v.hidden()),
                new QFormer.Config(q.width(), 1, q.depth(), q.hidden(), q.queries(), q.pictureWidth(), q.crossEvery()),
                new FeatureFusion.Config(f.queryWidth(), f.patchWidth(), 1), c.text(), c.maxLength(), c.slots(), c.latentChannels());
    }

    private static void diffusion(Golden golden, Checks checks) {
        JsonNode dit = golden.json().path("dit"), sizes = dit.path("config");
        Outline denoiser = new Outline();
        new Denoiser(new Denoiser.Config(sizes.path("in_channels_per_input").asInt(), sizes.path("latent").asInt(), sizes.path("patch").asInt(),
                sizes.path("hidden").asInt(), sizes.path("depth").asInt(), sizes.path("heads").asInt(), sizes.path("caption").asInt(),
                sizes.path("token_num").asInt(), sizes.path("mlp_ratio").asDouble(4), 1), denoiser.weights());
        compare(listed(dit), denoiser, UNREAD, checks);

        JsonNode vae = golden.json().path("vae"), config = vae.path("config");
        List<Integer> channels = new ArrayList<>();
        config.path("block_out_channels").forEach(c -> channels.add(c.asInt()));
        Outline outline = new Outline();
        new AutoEncoder(new AutoEncoder.Config(config.path("latent_channels").asInt(), channels, config.path("layers_per_block").asInt(),
                config.path("norm_num_groups").asInt(32), 1, config.path("scaling_factor").asDouble(0.18215)), outline.weights());
        compare(listed(vae), outline, Set.of(), checks);
    }

    private static Map<String, long[]> listed(JsonNode part) {
        Map<String, long[]> published = new TreeMap<>();
        part.path("tensors").forEach(t -> published.put(t.path("key").asText(), Formula.shape(t)));
        return published;
    }

    private static void compare(Map<String, long[]> published, Outline outline, Set<String> unread, Checks checks) {
        if (published.isEmpty()) throw new WeightsException("The manifest lists no tensors.");
        outline.slots().forEach((key, slot) -> {
            if (!published.containsKey(key)) checks.fail("we ask for '" + key + "', which is not in the published files");
            else checks.same("shape of " + key, list(published.get(key)), list(slot.shape()));
        });
        published.keySet().forEach(key -> {
            if (!outline.slots().containsKey(key) && !unread.contains(key)) checks.fail("nobody asks for '" + key + "'");
        });
    }

    private static List<Long> list(long[] shape) {
        return Arrays.stream(shape).boxed().toList();
    }
}
