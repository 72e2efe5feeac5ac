package mige;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import mige.autoencoder.AutoEncoder;
import mige.denoiser.Denoiser;
import mige.encoder.MultimodalEncoder;
import mige.weights.Outline;
import org.junit.jupiter.api.Test;

/** The published sizes ask for exactly the keys and shapes of the published files, learned by building them without memory. */
class ManifestTest {

    /** In the published files, and read by nobody: the tied copy of the token table, a row of counting numbers, a table with a formula. */
    private static final Set<String> UNREAD = Set.of("t5_model.encoder.embed_tokens.weight", "Qformer.bert.embeddings.position_ids", "pos_embed");

    @Test void theEncoderHasItsPublishedSize() {
        assertEquals(5_863_021_184L, encoder().count());
    }

    @Test void theEncoderAsksForThePublishedKeys() throws IOException {
        Map<String, String> published = new TreeMap<>();
        for (JsonNode part : Reference.json("manifest-encoder.json").get("parts"))
            part.fields().forEachRemaining(tensor -> published.put(tensor.getKey(), tensor.getValue().get("shape").toString()));
        published.keySet().removeAll(UNREAD);
        assertEquals(lines(published), lines(shapes(encoder())));
    }

    @Test void theDenoiserHasItsPublishedSizeAndTheNullText() {
        assertEquals(610_874_528 + 256 * 4096, denoiser().count());
    }

    @Test void theDenoiserAsksForThePublishedKeys() throws IOException {
        Map<String, String> published = new TreeMap<>();
        for (JsonNode tensor : Reference.json("manifest-diffusion.json").get("dit").get("tensors")) published.put(tensor.get("key").asText(), tensor.get("shape").toString());
        published.keySet().removeAll(UNREAD);
        assertEquals(lines(published), lines(shapes(denoiser())));
    }

    @Test void theAutoencoderHasItsPublishedSize() {
        assertEquals(83_653_863, autoencoder().count());
    }

    @Test void theAutoencoderAsksForThePublishedKeys() throws IOException {
        Map<String, String> published = new TreeMap<>();
        for (JsonNode tensor : Reference.json("manifest-diffusion.json").get("vae").get("tensors")) published.put(tensor.get("key").asText(), tensor.get("shape").toString());
        assertEquals(lines(published), lines(shapes(autoencoder())));
    }

    private static Outline encoder() {
        Outline outline = new Outline();
        new MultimodalEncoder(MultimodalEncoder.Config.PUBLISHED, outline.weights(), latents -> latents);
        return outline;
    }

    private static Outline denoiser() {
        Outline outline = new Outline();
        new Denoiser(Denoiser.Config.PUBLISHED, outline.weights());
        return outline;
    }

    private static Outline autoencoder() {
        Outline outline = new Outline();
        new AutoEncoder(AutoEncoder.Config.PUBLISHED, outline.weights());
        return outline;
    }

    private static Map<String, String> shapes(Outline outline) {
        Map<String, String> shapes = new TreeMap<>();
        outline.slots().forEach((key, slot) -> shapes.put(key, Arrays.toString(slot.shape()).replace(" ", "")));
        return shapes;
    }

    /** One line a tensor, so that a failure shows the first difference. */
    private static String lines(Map<String, String> shapes) {
        StringBuilder lines = new StringBuilder();
        new TreeMap<>(shapes).forEach((key, shape) -> lines.append(key).append(' ').append(shape).append('\n'));
        return lines.toString();
    }
}
