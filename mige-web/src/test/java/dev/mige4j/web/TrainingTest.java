package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.image.Image;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The training of LoRAs over HTTP, with a trainer that takes one step per permit. */
@Timeout(30)
class TrainingTest {

    static final String TRAININGS = "/v1/trainings";

    final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    final FakeLoraTrainer trainer = FakeLoraTrainer.blocked();
    final LogRecorder log = new LogRecorder();
    Server server = Server.start(ServerConfig.DEFAULT.withPort(0), generator, Optional.of(trainer));
    TestClient client = new TestClient(server);

    @AfterEach
    void stop() {
        trainer.permits.release(1_000_000);
        server.close();
        log.close();
    }

    /** A form with as many images of different sizes, and further fields. */
    static Object[] form(String name, int images, Object... further) {
        List<Object> form = new ArrayList<>(List.of("name", name));
        for (int i = 1; i <= images; i++) form.addAll(List.of("image", TestClient.png(8 * i, 8, i)));
        form.addAll(Arrays.asList(further));
        return form.toArray();
    }

    String start(String name) {
        var response = client.postMultipart(TRAININGS, form(name, 3));
        assertEquals(202, response.status(), response.text());
        String id = response.json().path("id").asText();
        assertEquals(TRAININGS + "/" + id, response.header("Location"));
        return id;
    }

    JsonNode training(String id) {
        return client.get(TRAININGS + "/" + id).json();
    }

    JsonNode await(String id, String state) {
        return TestClient.await(
                () -> training(id), training -> training.path("state").asText().equals(state));
    }

    JsonNode awaitProgress(String id, double progress) {
        return TestClient.await(
                () -> training(id), training -> training.path("progress").asDouble() >= progress);
    }

    void assertRefused(int status, String code, String message, TestClient.TestResponse response) {
        assertEquals(status, response.status(), response.text());
        assertEquals(List.of(code, message), List.of(response.errorCode(), response.errorMessage()));
    }

    @Test
    void reportsProgressPreviewAndEnd() {
        String id = start("my-mug");
        JsonNode running = client.get(TRAININGS + "/" + id).json();
        assertEquals("my-mug", running.path("name").asText());
        assertFalse(running.has("seconds_remaining"));
        trainer.permits.release(2);
        JsonNode half = awaitProgress(id, 0.5);
        assertEquals(20, half.path("seconds_remaining").asDouble());
        String preview = half.path("preview").asText();
        byte[] png = Base64.getDecoder().decode(preview.substring(preview.indexOf(',') + 1));
        assertEquals(256, Image.read(png, "preview").width());
        trainer.notices = List.of("Image 3 shows no subject.");
        trainer.permits.release(2);
        JsonNode ended = await(id, "succeeded");
        assertEquals(1, ended.path("progress").asDouble());
        assertEquals("Image 3 shows no subject.", ended.path("notices").path(0).asText());
        assertEquals(Duration.ofMinutes(5), trainer.budget);
        assertTrue(log.messages().toString().contains("state=succeeded"));
        assertFalse(log.messages().toString().contains("my-mug"), "names are not logged");
    }

    @Test
    void passesImagesInOrderAndMasksByName() {
        trainer.permits.release(1000);
        Image cutOut = Image.filled(8, 8, 7);
        var response = client.postMultipart(
                TRAININGS,
                form(
                        "mug",
                        2,
                        "minutes",
                        "0.5",
                        "style",
                        "true",
                        "image[left]",
                        TestClient.png(9, 7, 1),
                        "image[left-mask]",
                        TestClient.png(9, 7, 0xffffff),
                        "image[right]",
                        cutOut.toPng(Map.of())));
        await(response.json().path("id").asText(), "succeeded");
        assertEquals(
                List.of("image-1", "image-2", "left", "right"),
                List.copyOf(trainer.subject.images().keySet()));
        assertTrue(trainer.subject.style());
        assertEquals(16, trainer.subject.images().get("image-2").width());
        assertEquals(List.of("left"), List.copyOf(trainer.subject.masks().keySet()));
        assertEquals(Duration.ofSeconds(30), trainer.budget);
    }

    @Test
    void takesImagesAsDataUrlsAndResults() {
        trainer.permits.release(1000);
        String job = client.post("/v1/jobs", Map.of("prompt", "a mug"))
                .json()
                .path("id")
                .asText();
        client.awaitState(job, "succeeded");
        String dataUrl = TestClient.dataUrl(TestClient.png(8, 8, 7));
        var response = client.post(
                TRAININGS, Map.of("name", "mug", "images", List.of(dataUrl, "/v1/jobs/" + job + "/images/0", dataUrl)));
        await(response.json().path("id").asText(), "succeeded");
        assertEquals(
                FakeImageGenerator.IMAGE_SIZE,
                trainer.subject.images().get("image-2").width());
    }

    @Test
    void trainsOneAtATimeAndGeneratesMeanwhile() {
        String id = start("first");
        trainer.permits.release(1);
        awaitProgress(id, 0.25);
        var second = client.postMultipart(TRAININGS, form("second", 3));
        assertEquals(429, second.status());
        assertEquals("30", second.header("Retry-After"));
        assertTrue(second.errorMessage().startsWith("Another LoRA is being trained"), second.errorMessage());
        assertEquals(
                200,
                client.post("/v1/images/generations", Map.of("prompt", "a dog")).status());
        trainer.permits.release(3);
        await(id, "succeeded");
        start("second");
    }

    @Test
    void cancelsAtTheNextStepAndStoresNothing() {
        String id = start("mug");
        assertEquals(
                "running",
                client.delete(TRAININGS + "/" + id).json().path("state").asText());
        trainer.permits.release(1);
        assertEquals("cancelled", await(id, "cancelled").at("/error/code").asText());
        assertFalse(trainer.exists("mug"));
        assertEquals(200, client.delete(TRAININGS + "/" + id).status());
        assertRefused(
                404,
                "training_not_found",
                "There is no training '" + id + "'. The latest 20 are remembered until the server stops.",
                client.get(TRAININGS + "/" + id));
    }

    @Test
    void remembersTheLatestTrainings() {
        trainer.permits.release(1_000_000);
        String first = start("subject-0");
        await(first, "succeeded");
        String second = start("subject-1");
        await(second, "succeeded");
        for (int i = 2; i <= 20; i++) await(start("subject-" + i), "succeeded");
        assertEquals(404, client.get(TRAININGS + "/" + first).status());
        assertEquals(200, client.get(TRAININGS + "/" + second).status());
    }

    @Test
    void reportsWhatTheTrainerThrows() {
        assertEquals(
                "No image shows a subject.",
                await(start("confuse"), "failed").at("/error/message").asText());
        JsonNode error = await(start("explode"), "failed").path("error");
        assertEquals("internal_error", error.path("code").asText());
        assertFalse(error.toString().contains("passwd"));
        assertTrue(log.messages().toString().contains("training failed"));
    }

    @Test
    void refusesANameThatIsTaken() {
        trainer.stored.add("my-mug");
        assertRefused(
                409,
                "name_taken",
                "There is a LoRA named 'my-mug' already. Choose another name.",
                client.postMultipart(TRAININGS, form("my-mug", 3)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../mug", "my mug", "C:mug", ".mug", "mug\u0000", "mug.safetensors", "-mug", "my--mug", "tasse-ä"
            })
    void refusesNamesThatAreNoFileNames(String name) {
        var response = client.postMultipart(TRAININGS, form(name, 3));
        assertEquals(400, response.status());
        assertTrue(
                response.errorMessage()
                        .endsWith("expected 1 to 40 letters from A to Z and digits, with single hyphens between"
                                + " them, such as my-mug."),
                response.errorMessage());
    }

    @Test
    void namesWhatIsWrongWithARequest() {
        assertRefused(
                400,
                "missing_parameter",
                "'name' is missing: the word for the subject.",
                client.post(TRAININGS, Map.of("minutes", 1)));
        assertRefused(
                400,
                "invalid_value",
                "The request has 2 images of the subject, expected 3 to 20.",
                client.postMultipart(TRAININGS, form("mug", 2)));
        assertRefused(
                400,
                "invalid_value",
                "The request has 21 images of the subject, expected 3 to 20.",
                client.postMultipart(TRAININGS, form("mug", 21)));
        assertEquals(
                400,
                client.postMultipart(TRAININGS, form("mug", 3, "minutes", 61)).status());
        assertEquals(
                400,
                client.postMultipart(TRAININGS, form("mug", 3, "minutes", 0)).status());
        assertRefused(
                400,
                "unknown_parameter",
                "Unknown parameter 'prompt'. The parameters are image, images, minutes, name, named_images, style.",
                client.postMultipart(TRAININGS, form("mug", 3, "prompt", "a mug")));
        assertEquals(
                "mask",
                client.postMultipart(TRAININGS, form("mug", 3, "mask", TestClient.png(8, 8, 7)))
                        .json()
                        .at("/error/param")
                        .asText());
        assertRefused(
                400,
                "invalid_value",
                "image[left-mask] is a mask, but the request has no image of the name left.",
                client.postMultipart(TRAININGS, form("mug", 3, "image[left-mask]", TestClient.png(8, 8, 7))));
        assertRefused(
                400,
                "invalid_value",
                "image[left-mask] has 8 x 9 pixels, but its image has 8 x 8. Send a mask of the same size.",
                client.postMultipart(
                        TRAININGS,
                        form(
                                "mug",
                                3,
                                "image[left]",
                                TestClient.png(8, 8, 7),
                                "image[left-mask]",
                                TestClient.png(8, 9, 7))));
        assertNull(trainer.subject, "nothing was started");
    }

    @Test
    void isOffWithoutATrainer() {
        assertTrue(client.get("/v1/models").json().at("/data/0/mige").has("training"));
        server.close();
        server = Server.start(ServerConfig.DEFAULT.withPort(0), generator);
        client = new TestClient(server);
        assertFalse(client.get("/v1/models").json().at("/data/0/mige").has("training"));
        assertRefused(
                403,
                "training_disabled",
                "This server trains no LoRAs. It does when it is started with a folder for them: mige serve --loras"
                        + " DIR.",
                client.postMultipart(TRAININGS, form("mug", 3)));
    }

    @Test
    void cancelsTheTrainingWhenTheServerStops() {
        start("mug");
        var shutdown = CompletableFuture.runAsync(server::close);
        TestClient.await(() -> client.get("/readyz").status() != 200);
        assertEquals(503, client.postMultipart(TRAININGS, form("other", 3)).status());
        trainer.permits.release(1);
        shutdown.join();
        assertFalse(trainer.exists("mug"));
        assertTrue(log.messages().toString().contains("state=failed"));
    }

    @Test
    void boundsTheMemoryOfItsImages() {
        server.close();
        Limits limits = Limits.DEFAULT.withMaxMemoryBytes(1000);
        server = Server.start(ServerConfig.DEFAULT.withPort(0).withLimits(limits), generator, Optional.of(trainer));
        client = new TestClient(server);
        String id = start("mug"); // alone, it may have more
        Map<String, Object> request = new LinkedHashMap<>(Map.of("prompt", "make it night"));
        request.put("image", TestClient.dataUrl(TestClient.png(64, 64, 7)));
        assertEquals(429, client.post("/v1/jobs", request).status());
        trainer.permits.release(1000);
        await(id, "succeeded");
        assertEquals(202, client.post("/v1/jobs", request).status());
    }
}
