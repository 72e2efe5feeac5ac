package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.WeightsException;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.ShapeRecorder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Keys and shapes of the published checkpoints: components of the published size must require exactly these. */
final class ManifestCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("manifest-encoder", ManifestCases::encoder),
            GoldenKind.single("manifest-diffusion", ManifestCases::diffusion));

    /**
     * Keys of the published files that no component needs: a copy of the token table, an unused buffer, and the
     * position table, which is computed.
     */
    private static final Set<String> UNUSED_KEYS =
            Set.of("t5_model.encoder.embed_tokens.weight", "Qformer.bert.embeddings.position_ids", "pos_embed");

    private ManifestCases() {}

    private static void encoder(Golden golden, SoftAssertions checks) {
        Map<String, long[]> published = new TreeMap<>();
        golden.json().path("parts").forEach(part -> part.fields()
                .forEachRemaining(e -> published.put(e.getKey(), ProceduralTensors.shape(e.getValue()))));
        EncoderSizes sizes = new EncoderSizes(published);
        // the number of heads does not affect shapes
        var config = sizes.encoderConfig(1, 1, 1, 128, 256, 4, 4);
        if (golden.json().path("model").asText().startsWith("MIGE_XL_2"))
            checks.assertEqual("sizes", withOneHead(MultimodalEncoder.Config.PUBLISHED), withOneHead(config));
        ShapeRecorder recorder = new ShapeRecorder();
        new MultimodalEncoder(config, recorder.weights(), Tensor::neg);
        compareShapes(published, recorder, UNUSED_KEYS, checks);
    }

    /** The configuration with one head everywhere except in T5, where the bias table shows the number of heads. */
    private static MultimodalEncoder.Config withOneHead(MultimodalEncoder.Config c) {
        var vision = c.vision();
        var qformer = c.qFormer();
        var fusion = c.fusion();
        return new MultimodalEncoder.Config(
                new VisionTransformer.Config(
                        vision.imageSize(), vision.patchSize(), vision.width(), 1, vision.depth(), vision.mlpWidth()),
                new QFormer.Config(
                        qformer.width(),
                        1,
                        qformer.depth(),
                        qformer.mlpWidth(),
                        qformer.numQueries(),
                        qformer.visionWidth(),
                        qformer.crossAttentionFrequency()),
                new FeatureFusion.Config(fusion.queryWidth(), fusion.patchWidth(), 1),
                c.text(),
                c.maxLength(),
                c.imageSlots(),
                c.latentChannels());
    }

    private static void diffusion(Golden golden, SoftAssertions checks) {
        JsonNode dit = golden.json().path("dit"), sizes = dit.path("config");
        ShapeRecorder denoiserRecorder = new ShapeRecorder();
        new Denoiser(
                new Denoiser.Config(
                        sizes.path("in_channels_per_input").asInt(),
                        sizes.path("latent").asInt(),
                        sizes.path("patch").asInt(),
                        sizes.path("hidden").asInt(),
                        sizes.path("depth").asInt(),
                        sizes.path("heads").asInt(),
                        sizes.path("caption").asInt(),
                        sizes.path("token_num").asInt(),
                        sizes.path("mlp_ratio").asDouble(4),
                        1),
                denoiserRecorder.weights());
        compareShapes(publishedShapes(dit), denoiserRecorder, UNUSED_KEYS, checks);

        JsonNode vae = golden.json().path("vae"), config = vae.path("config");
        List<Integer> channels = new ArrayList<>();
        config.path("block_out_channels").forEach(c -> channels.add(c.asInt()));
        ShapeRecorder autoencoderRecorder = new ShapeRecorder();
        new AutoEncoder(
                new AutoEncoder.Config(
                        config.path("latent_channels").asInt(),
                        channels,
                        config.path("layers_per_block").asInt(),
                        config.path("norm_num_groups").asInt(32),
                        1,
                        config.path("scaling_factor").asDouble(0.18215)),
                autoencoderRecorder.weights());
        compareShapes(publishedShapes(vae), autoencoderRecorder, Set.of(), checks);
    }

    private static Map<String, long[]> publishedShapes(JsonNode part) {
        Map<String, long[]> published = new TreeMap<>();
        part.path("tensors").forEach(t -> published.put(t.path("key").asText(), ProceduralTensors.shape(t)));
        return published;
    }

    static void compareShapes(
            Map<String, long[]> published, ShapeRecorder recorder, Set<String> unusedKeys, SoftAssertions checks) {
        if (published.isEmpty()) throw new WeightsException("The manifest lists no tensors.");
        recorder.specs().forEach((key, spec) -> {
            if (!published.containsKey(key))
                checks.fail("key '" + key + "' is required, but not in the published files");
            else checks.assertEqual("shape of " + key, toList(published.get(key)), toList(spec.shape()));
        });
        published.keySet().forEach(key -> {
            if (!recorder.specs().containsKey(key) && !unusedKeys.contains(key))
                checks.fail("published key '" + key + "' is not used");
        });
    }

    private static List<Long> toList(long[] shape) {
        return Arrays.stream(shape).boxed().toList();
    }
}
