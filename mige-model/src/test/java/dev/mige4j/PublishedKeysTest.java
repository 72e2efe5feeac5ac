package dev.mige4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.weights.ShapeRecorder;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The components of published size require exactly the keys and shapes of the published checkpoints. No memory is
 * allocated.
 */
class PublishedKeysTest {

    /**
     * Keys of the published files that no component needs: the tied copy of the token table, an unused buffer, and a
     * table that is computed.
     */
    private static final Set<String> UNUSED =
            Set.of("t5_model.encoder.embed_tokens.weight", "Qformer.bert.embeddings.position_ids", "pos_embed");

    @Test
    void encoderHasThePublishedParameterCount() {
        assertEquals(5_863_021_184L, encoder().parameterCount());
    }

    @Test
    void encoderRequiresThePublishedKeys() throws IOException {
        Map<String, String> published = new TreeMap<>();
        for (JsonNode part : ReferenceFiles.json("manifest-encoder.json").get("parts"))
            part.properties()
                    .forEach(tensor -> published.put(
                            tensor.getKey(), tensor.getValue().get("shape").toString()));
        published.keySet().removeAll(UNUSED);
        assertEquals(lines(published), lines(shapes(encoder())));
    }

    @Test
    void denoiserHasThePublishedParameterCount() {
        assertEquals(610_874_528 + 256 * 4096, denoiser().parameterCount());
    }

    @Test
    void denoiserRequiresThePublishedKeys() throws IOException {
        Map<String, String> published = new TreeMap<>();
        for (JsonNode tensor :
                ReferenceFiles.json("manifest-diffusion.json").get("dit").get("tensors"))
            published.put(tensor.get("key").asText(), tensor.get("shape").toString());
        published.keySet().removeAll(UNUSED);
        assertEquals(lines(published), lines(shapes(denoiser())));
    }

    @Test
    void autoencoderHasThePublishedParameterCount() {
        assertEquals(83_653_863, autoencoder().parameterCount());
    }

    @Test
    void autoencoderRequiresThePublishedKeys() throws IOException {
        Map<String, String> published = new TreeMap<>();
        for (JsonNode tensor :
                ReferenceFiles.json("manifest-diffusion.json").get("vae").get("tensors"))
            published.put(tensor.get("key").asText(), tensor.get("shape").toString());
        assertEquals(lines(published), lines(shapes(autoencoder())));
    }

    private static ShapeRecorder encoder() {
        ShapeRecorder shapes = new ShapeRecorder();
        new MultimodalEncoder(MultimodalEncoder.Config.PUBLISHED, shapes.weights(), latents -> latents);
        return shapes;
    }

    private static ShapeRecorder denoiser() {
        ShapeRecorder shapes = new ShapeRecorder();
        new Denoiser(Denoiser.Config.PUBLISHED, shapes.weights());
        return shapes;
    }

    private static ShapeRecorder autoencoder() {
        ShapeRecorder shapes = new ShapeRecorder();
        new AutoEncoder(AutoEncoder.Config.PUBLISHED, shapes.weights());
        return shapes;
    }

    private static Map<String, String> shapes(ShapeRecorder recorder) {
        Map<String, String> shapes = new TreeMap<>();
        recorder.specs()
                .forEach((key, spec) ->
                        shapes.put(key, Arrays.toString(spec.shape()).replace(" ", "")));
        return shapes;
    }

    /** One line per tensor, so that a failure shows the first difference. */
    private static String lines(Map<String, String> shapes) {
        StringBuilder lines = new StringBuilder();
        new TreeMap<>(shapes)
                .forEach((key, shape) ->
                        lines.append(key).append(' ').append(shape).append('\n'));
        return lines.toString();
    }
}
