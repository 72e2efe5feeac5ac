package mige.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import mige.encoder.FeatureFusion;
import mige.encoder.MultimodalEncoder;
import mige.encoder.MultimodalEncoder.Request;
import mige.encoder.PlainEncoding;
import mige.encoder.QFormer;
import mige.encoder.T5Encoder;
import mige.encoder.VisionNorm;
import mige.encoder.VisionTransformer;
import mige.denoiser.Denoiser;
import mige.denoiser.PatchEmbedding;
import mige.tensor.DType;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.weights.SafeTensors;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A set of goldens with other widths, depths, picture sizes and lengths runs unchanged: every size is read off the golden. The numbers
 * are our own, so this says nothing about the reference; it says that the suite asks for no size by heart.
 */
class OtherSizesTest {

    static final VisionTransformer.Config VISION = new VisionTransformer.Config(48, 16, 24, 3, 2, 50);
    static final QFormer.Config QUERIES = new QFormer.Config(20, 5, 4, 36, 7, 24, 3);
    static final FeatureFusion.Config FUSION = new FeatureFusion.Config(20, 28, 4);
    static final T5Encoder.Config TEXT = new T5Encoder.Config(40, 3, 10, 52, 3, 90, 16, 64);

    @TempDir Path folder;
    final Map<String, Tensor> tensors = new LinkedHashMap<>();
    final Map<String, String> metadata = new LinkedHashMap<>();

    Weights weights(long seed) {
        Map<String, Tensor> asked = new LinkedHashMap<>() {
            @Override public Tensor put(String key, Tensor t) {
                tensors.put("weights." + key, t);
                return t;
            }
        };
        return Weights.random(seed).recordingInto(asked);
    }

    void write(String file, String kind, Map<String, Object> config) throws Exception {
        metadata.put("case", kind);
        metadata.put("config", new ObjectMapper().writeValueAsString(config));
        SafeTensors.write(folder.resolve(file), metadata, tensors.entrySet().stream().map(e -> {
            Tensor t = e.getValue();
            return new SafeTensors.Item(e.getKey(), t.type(), t.shape(), out -> {
                ByteBuffer bytes = ByteBuffer.wrap(t.rawBytes());
                while (bytes.hasRemaining()) out.write(bytes);
            });
        }).toList());
    }

    void passes() {
        Report report = Suite.run(Suite.discover(folder), outcome -> { });
        assertEquals("1 passed, 0 failed", report.summary(), report.toString());
    }

    @Test void visionTransformer() throws Exception {
        Weights weights = weights(1);
        var vision = new VisionTransformer(VISION, weights.at("visual_encoder"));
        var norm = new VisionNorm(weights.at("ln_vision"), 24);
        Tensor pictures = new Rng(1, 0).normal(2, 3, 48, 48);
        tensors.put("input.image", pictures);
        tensors.put("intermediate.patch_embed", vision.patches(pictures));
        tensors.put("output.vit", vision.forward(pictures));
        tensors.put("output.ln_vision", norm.forward(vision.forward(pictures)));
        write("second_vit.safetensors", "eva_vit", Map.of("num_heads", 3));
        passes();
    }

    @Test void queries() throws Exception {
        var former = new QFormer(QUERIES, weights(2));
        Tensor pictures = new Rng(2, 0).normal(3, 11, 24);
        tensors.put("input.encoder_hidden_states", pictures);
        tensors.put("output.last_hidden_state", former.forward(pictures));
        write("qformer_b.safetensors", "qformer", Map.of("num_heads", 5));
        passes();
    }

    @Test void fusion() throws Exception {
        var fusion = new FeatureFusion(FUSION, weights(3).at("FFM"));
        Tensor queries = new Rng(3, 0).normal(2, 7, 20), patches = new Rng(3, 1).normal(2, 12, 28);
        tensors.put("input.clip", queries);
        tensors.put("input.vae", patches);
        tensors.put("output.ffm", fusion.forward(queries, patches));
        write("fusion.safetensors", "ffm_other", Map.of("num_heads", 4));
        passes();
    }

    @Test void text() throws Exception {
        var encoder = new T5Encoder(TEXT, weights(4).at("t5_model"));
        Tensor ids = Tensor.of(IntStream.range(0, 26).map(i -> i * 7 % 90).toArray(), 2, 13);
        Tensor mask = Tensor.of(IntStream.range(0, 26).map(i -> i < 13 + 5 ? 1 : 0).toArray(), 2, 13);
        tensors.put("input.input_ids", ids);
        tensors.put("input.attention_mask", mask);
        tensors.put("output.last_hidden_state", encoder.forward(encoder.lookup(ids), mask));
        tensors.put("intermediate.relative_position_bucket_m20_p20",
                Tensor.of(IntStream.rangeClosed(-20, 20).map(r -> T5Encoder.bucket(r, 16, 64)).toArray(), 41));
        write("t5_encoder.safetensors", "t5_encoder", Map.of("max_distance", 64));
        passes();
    }

    @Test void wholeEncoder() throws Exception {
        Weights weights = weights(5);
        var config = new MultimodalEncoder.Config(VISION, QUERIES, FUSION, TEXT, 50, 3, 5);
        var patches = new PatchEmbedding(new Denoiser.Config(5, 6, 2, 28, 1, 1, 28, 1, 4, 1), weights.at("x_embedder").at("proj"));
        var encoder = new MultimodalEncoder(config, weights, patches::features);
        Tensor pictures = new Rng(5, 0).normal(3, 3, 48, 48).to(DType.BF16), latents = new Rng(5, 1).normal(3, 5, 6, 6).to(DType.BF16);
        int[][][] segments = {{{5, 6}, {7}, {}}, {{}, {9, 10, 11}, {4}}, {{12, 13}}};
        int[] counts = {2, 1, 0};
        List<Request> batch = IntStream.range(0, 3).mapToObj(i -> {
            int from = Arrays.stream(counts, 0, i).sum();
            return counts[i] == 0 ? Request.of(List.of(segments[i])) : new Request(List.of(segments[i]),
                    pictures.to(DType.F32).narrow(0, from, counts[i]), latents.to(DType.F32).narrow(0, from, counts[i]));
        }).toList();
        var plain = new PlainEncoding(encoder);
        tensors.put("input.ref_clip", pictures);
        tensors.put("input.ref_vae", latents);
        tensors.put("intermediate.attention_mask", plain.mask(batch));
        tensors.put("intermediate.t5_proj", plain.slots(batch));
        tensors.put("intermediate.inputs_embeds", plain.places(batch));
        tensors.put("output.last_hidden_state", plain.encode(batch).states());
        tensors.put("intermediate.ffm", new FeatureFusion(FUSION, weights.at("FFM")).forward(
                new QFormer(QUERIES, weights).forward(encoder.visionFeatures(allSlots(batch, 3, 48))), patches.features(allLatents(batch))).view(3, 3, 7, 20));
        metadata.put("segment_ids", new ObjectMapper().writeValueAsString(segments));
        metadata.put("images_per_item", "[2, 1, 0]");
        write("mm.safetensors", "multimodal_encoder", Map.of("vit_h", 3, "bert_h", 5, "ffm_h", 4, "maxd", 64));
        passes();
    }

    private static Tensor allSlots(List<Request> batch, int slots, int side) {
        return Tensor.cat(0, batch.stream().flatMap(r -> IntStream.range(0, slots)
                .mapToObj(s -> s < r.count() ? r.pictures().row(s) : Tensor.zeros(1, 3, side, side))).toList());
    }

    private static Tensor allLatents(List<Request> batch) {
        return Tensor.cat(0, batch.stream().flatMap(r -> IntStream.range(0, 3)
                .mapToObj(s -> s < r.count() ? r.rawLatents().row(s) : Tensor.zeros(1, 5, 6, 6))).toList());
    }
}
