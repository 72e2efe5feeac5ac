package dev.mige4j.web;

import static dev.mige4j.web.OpenAiImagesApiTest.EDITS;
import static dev.mige4j.web.OpenAiImagesApiTest.GENERATIONS;
import static dev.mige4j.web.OpenAiImagesApiTest.ROOM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code stream: true}: the server-sent events of OpenAI's images API. */
class ImageEventStreamTest {

    final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    Server server;
    TestClient client;

    @BeforeEach
    void start() {
        server = Server.start(ServerConfig.DEFAULT.withPort(0), generator);
        client = new TestClient(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static Image image(JsonNode event) {
        return Image.read(Base64.getDecoder().decode(event.path("b64_json").asText()), "event");
    }

    /** The data of the events; each has the type that its event line names. */
    private static List<JsonNode> events(TestClient.TestResponse response) throws IOException {
        assertEquals(200, response.status(), response.text());
        assertEquals("text/event-stream;charset=utf-8", response.header("Content-Type"));
        List<JsonNode> events = new ArrayList<>();
        for (String block : response.text().split("\n\n")) {
            if (block.startsWith(":")) continue;
            String[] lines = block.split("\n");
            assertEquals(2, lines.length, block);
            JsonNode data = TestClient.JSON.readTree(lines[1].substring("data: ".length()));
            if (data.has("type"))
                assertEquals(lines[0], "event: " + data.path("type").asText());
            else assertEquals("event: error", lines[0]);
            events.add(data);
        }
        return events;
    }

    @Test
    void streamsPreviewsAndThenTheImage() throws IOException {
        generator.sleepMillis = 210; // previews are at least 400 ms apart
        var events = events(client.post(
                GENERATIONS, Map.of("prompt", "a", "stream", true, "partial_images", 2, "seed", 5, "size", "32x48")));
        assertEquals(
                List.of(
                        "image_generation.partial_image",
                        "image_generation.partial_image",
                        "image_generation.completed"),
                events.stream().map(event -> event.path("type").asText()).toList());
        for (int i = 0; i < 2; i++) {
            assertEquals(i, events.get(i).path("partial_image_index").asInt());
            assertEquals("32x48", events.get(i).path("size").asText());
        }
        int firstStep = image(events.get(0)).rgb()[2],
                secondStep = image(events.get(1)).rgb()[2];
        assertTrue(0 < firstStep && firstStep < secondStep, firstStep + ", " + secondStep);
        JsonNode completed = events.get(2);
        assertEquals(Image.filled(32, 48, 5), image(completed));
        assertEquals(
                "32x48 auto opaque png",
                completed.path("size").asText() + " "
                        + completed.path("quality").asText() + " "
                        + completed.path("background").asText() + " "
                        + completed.path("output_format").asText());
        assertTrue(completed.path("created_at").isIntegralNumber());
        assertFalse(completed.has("usage") || completed.has("partial_image_index"));
        assertEquals(5, completed.path("seed").asInt());
    }

    @Test
    void streamsTheImageAloneWithoutPartialImages() throws IOException {
        var events = events(
                client.postMultipart(EDITS, "prompt", "a", "image", ROOM, "stream", "true", "output_format", "jpeg"));
        assertEquals(1, events.size());
        assertEquals("image_edit.completed", events.get(0).path("type").asText());
        assertEquals("jpeg", events.get(0).path("output_format").asText());
        assertEquals(20, image(events.get(0)).width());
    }

    @Test
    void previewsHaveTheFormatOfTheImage() throws IOException {
        var events = events(client.post(
                GENERATIONS, Map.of("prompt", "a", "stream", true, "partial_images", 1, "output_format", "webp")));
        byte[] preview =
                Base64.getDecoder().decode(events.get(0).path("b64_json").asText());
        assertEquals("RIFF", new String(preview, 0, 4, StandardCharsets.US_ASCII));
        assertEquals("webp", events.get(0).path("output_format").asText());
    }

    @Test
    void anErrorAfterTheStartIsAnEvent() throws IOException {
        var events = events(client.post(GENERATIONS, Map.of("prompt", "diverge", "stream", true)));
        assertEquals(
                "The denoised latent contains NaN.",
                events.get(0).at("/error/message").asText());
    }

    @Test
    void refusesSeveralImagesAndStreamsOfJobs() {
        var response = client.post(GENERATIONS, Map.of("prompt", "a", "stream", true, "n", 2));
        assertEquals(400, response.status());
        assertEquals("n", response.json().at("/error/param").asText());
        assertEquals(
                400,
                client.post(GENERATIONS, Map.of("prompt", "a", "stream", true, "partial_images", 4))
                        .status());
        assertEquals(
                400,
                client.post("/v1/jobs", Map.of("prompt", "a", "stream", true)).status());
    }

    @Test
    void theWorkEndsWhenTheClientHasGone() throws Exception {
        generator.permits.drainPermits();
        byte[] body = "{\"prompt\":\"a\",\"stream\":true}".getBytes(StandardCharsets.UTF_8);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write(("POST " + GENERATIONS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: " + body.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            TestClient.await(() -> generator.startedCount.get() > 0);
        }
        for (int i = 0; generator.cancelledCount.get() == 0 && i < 100; i++) {
            Thread.sleep(50);
            if (i > 40 && i % 20 == 0) generator.permits.release(); // a step: the client is known to have gone
        }
        assertEquals(1, generator.cancelledCount.get());
    }
}
