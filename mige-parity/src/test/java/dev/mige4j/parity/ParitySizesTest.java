package dev.mige4j.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.common.Json;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.PatchEmbedding;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.encoder.MultimodalEncoder.EncoderInput;
import dev.mige4j.encoder.PaddedEncoder;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionNorm;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goldens of other widths, depths, image sizes and lengths run unchanged, because every size is read from the golden.
 * The expected values are computed here, so these tests do not compare with the reference.
 */
class ParitySizesTest {

    static final VisionTransformer.Config VISION = new VisionTransformer.Config(48, 16, 24, 3, 2, 50);
    static final QFormer.Config QFORMER = new QFormer.Config(20, 5, 4, 36, 7, 24, 3);
    static final FeatureFusion.Config FUSION = new FeatureFusion.Config(20, 28, 4);
    static final T5Encoder.Config T5 = new T5Encoder.Config(40, 3, 10, 52, 3, 90, 16, 64);

    @TempDir
    Path folder;

    final Map<String, Tensor> tensors = new LinkedHashMap<>();
    final Map<String, String> metadata = new LinkedHashMap<>();

    Weights weights(long seed) {
        Map<String, Tensor> recorder = new LinkedHashMap<>() {
            @Override
            public Tensor put(String key, Tensor t) {
                tensors.put("weights." + key, t);
                return t;
            }
        };
        return Weights.random(seed).recordingInto(recorder);
    }

    void writeGolden(String file, String kind, Map<String, Object> config) throws Exception {
        metadata.put("case", kind);
        metadata.put("config", Json.MAPPER.writeValueAsString(config));
        SafeTensors.write(
                folder.resolve(file),
                metadata,
                tensors.entrySet().stream()
                        .map(e -> {
                            Tensor t = e.getValue();
                            return new SafeTensors.TensorData(e.getKey(), t.dtype(), t.shape(), out -> {
                                ByteBuffer bytes = ByteBuffer.wrap(t.toByteArray());
                                while (bytes.hasRemaining()) out.write(bytes);
                            });
                        })
                        .toList());
    }

    void assertSuitePasses() {
        ParityReport report = ParitySuite.run(ParitySuite.discover(folder), result -> {});
        assertEquals("1 passed, 0 failed", report.summary(), report.toString());
    }

    @Test
    void readsTheVisionTransformerSizesFromTheGolden() throws Exception {
        Weights weights = weights(1);
        var vision = new VisionTransformer(VISION, weights.at("visual_encoder"));
        var norm = new VisionNorm(weights.at("ln_vision"), 24);
        Tensor images = new Rng(1, 0).normal(2, 3, 48, 48);
        tensors.put("input.image", images);
        tensors.put("intermediate.patch_embed", vision.embedPatches(images));
        tensors.put("output.vit", vision.forward(images));
        tensors.put("output.ln_vision", norm.forward(vision.forward(images)));
        writeGolden("second_vit.safetensors", "eva_vit", Map.of("num_heads", 3));
        assertSuitePasses();
    }

    @Test
    void readsTheQFormerSizesFromTheGolden() throws Exception {
        var qformer = new QFormer(QFORMER, weights(2));
        Tensor images = new Rng(2, 0).normal(3, 11, 24);
        tensors.put("input.encoder_hidden_states", images);
        tensors.put("output.last_hidden_state", qformer.forward(images));
        writeGolden("qformer_b.safetensors", "qformer", Map.of("num_heads", 5));
        assertSuitePasses();
    }

    @Test
    void readsTheFeatureFusionSizesFromTheGolden() throws Exception {
        var fusion = new FeatureFusion(FUSION, weights(3).at("FFM"));
        Tensor queries = new Rng(3, 0).normal(2, 7, 20), patches = new Rng(3, 1).normal(2, 12, 28);
        tensors.put("input.clip", queries);
        tensors.put("input.vae", patches);
        tensors.put("output.ffm", fusion.forward(queries, patches));
        writeGolden("fusion.safetensors", "ffm_other", Map.of("num_heads", 4));
        assertSuitePasses();
    }

    @Test
    void readsTheT5EncoderSizesFromTheGolden() throws Exception {
        var encoder = new T5Encoder(T5, weights(4).at("t5_model"));
        Tensor ids = Tensor.of(IntStream.range(0, 26).map(i -> i * 7 % 90).toArray(), 2, 13);
        Tensor mask =
                Tensor.of(IntStream.range(0, 26).map(i -> i < 13 + 5 ? 1 : 0).toArray(), 2, 13);
        tensors.put("input.input_ids", ids);
        tensors.put("input.attention_mask", mask);
        tensors.put("output.last_hidden_state", encoder.forward(encoder.embedTokens(ids), mask));
        tensors.put(
                "intermediate.relative_position_bucket_m20_p20",
                Tensor.of(
                        IntStream.rangeClosed(-20, 20)
                                .map(r -> T5Encoder.relativePositionBucket(r, 16, 64))
                                .toArray(),
                        41));
        writeGolden("t5_encoder.safetensors", "t5_encoder", Map.of("max_distance", 64));
        assertSuitePasses();
    }

    @Test
    void readsTheMultimodalEncoderSizesFromTheGolden() throws Exception {
        Weights weights = weights(5);
        var config = new MultimodalEncoder.Config(VISION, QFORMER, FUSION, T5, 50, 3, 5);
        var patchEmbedding = new PatchEmbedding(
                new Denoiser.Config(5, 6, 2, 28, 1, 1, 28, 1, 4, 1),
                weights.at("x_embedder").at("proj"));
        var encoder = new MultimodalEncoder(config, weights, patchEmbedding::features);
        Tensor images = new Rng(5, 0).normal(3, 3, 48, 48).to(DType.BF16),
                latents = new Rng(5, 1).normal(3, 5, 6, 6).to(DType.BF16);
        int[][][] segments = {{{5, 6}, {7}, {}}, {{}, {9, 10, 11}, {4}}, {{12, 13}}};
        int[] counts = {2, 1, 0};
        List<EncoderInput> batch = IntStream.range(0, 3)
                .mapToObj(i -> {
                    int from = Arrays.stream(counts, 0, i).sum();
                    return counts[i] == 0
                            ? EncoderInput.of(List.of(segments[i]))
                            : new EncoderInput(
                                    List.of(segments[i]),
                                    images.to(DType.F32).narrow(0, from, counts[i]),
                                    latents.to(DType.F32).narrow(0, from, counts[i]));
                })
                .toList();
        var padded = new PaddedEncoder(encoder);
        tensors.put("input.ref_clip", images);
        tensors.put("input.ref_vae", latents);
        tensors.put("intermediate.attention_mask", padded.attentionMask(batch));
        tensors.put("intermediate.t5_proj", padded.slotEmbeddings(batch));
        tensors.put("intermediate.inputs_embeds", padded.inputEmbeddings(batch));
        tensors.put("output.last_hidden_state", padded.encode(batch).states());
        tensors.put(
                "intermediate.ffm",
                new FeatureFusion(FUSION, weights.at("FFM"))
                        .forward(
                                new QFormer(QFORMER, weights)
                                        .forward(encoder.visionFeatures(paddedImages(batch, 3, 48))),
                                patchEmbedding.features(paddedLatents(batch)))
                        .view(3, 3, 7, 20));
        metadata.put("segment_ids", Json.MAPPER.writeValueAsString(segments));
        metadata.put("images_per_item", "[2, 1, 0]");
        writeGolden("mm.safetensors", "multimodal_encoder", Map.of("vit_h", 3, "bert_h", 5, "ffm_h", 4, "maxd", 64));
        assertSuitePasses();
    }

    private static Tensor paddedImages(List<EncoderInput> batch, int slots, int side) {
        return Tensor.cat(
                0,
                batch.stream()
                        .flatMap(r -> IntStream.range(0, slots)
                                .mapToObj(s -> s < r.imageCount() ? r.images().row(s) : Tensor.zeros(1, 3, side, side)))
                        .toList());
    }

    private static Tensor paddedLatents(List<EncoderInput> batch) {
        return Tensor.cat(
                0,
                batch.stream()
                        .flatMap(r -> IntStream.range(0, 3)
                                .mapToObj(
                                        s -> s < r.imageCount() ? r.rawLatents().row(s) : Tensor.zeros(1, 5, 6, 6)))
                        .toList());
    }
}
