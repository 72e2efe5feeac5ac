package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.image.Image;
import dev.mige4j.task.Task;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Retained results: as inputs of the next request, and how long they are retained. */
@Timeout(20)
class ResultImagesTest {

    static final Image RESULT = Image.filled(FakeImageGenerator.IMAGE_SIZE, FakeImageGenerator.IMAGE_SIZE, 7);
    static final byte[] UPLOAD = TestClient.png(30, 20, 0xff0000);
    static final Map<String, Object> PROMPT = Map.of("prompt", "a", "seed", 7);

    final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    Server server;
    TestClient client;

    void start(Limits limits) {
        server = Server.start(ServerConfig.DEFAULT.withPort(0).withLimits(limits), generator);
        client = new TestClient(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Runs a job and returns the path of its image. */
    String generate(Map<String, Object> request) {
        String id = client.post("/v1/jobs", request).json().path("id").asText();
        return client.awaitState(id, "succeeded")
                .path("result")
                .path("images")
                .path(0)
                .path("url")
                .asText();
    }

    Task lastTask() {
        return generator.tasks.get(generator.tasks.size() - 1);
    }

    void edit(Map<String, Object> image) {
        var request = new HashMap<>(image);
        request.put("prompt", "make it night");
        var response = client.post("/v1/images/edits", request);
        assertEquals(200, response.status(), response.text());
    }

    @Test
    void jsonRefersToResultsWhereverItCanGiveAnImage() {
        start(Limits.DEFAULT);
        String path = generate(PROMPT);
        String url = "https://mige.example:8443" + path;
        for (Object image : List.of(
                path,
                url,
                path + "?output_format=jpeg",
                List.of(path),
                Map.of("image_url", url),
                Map.of("image_url", Map.of("url", path)))) {
            edit(Map.of("image", image));
            assertEquals(RESULT, lastTask().source().orElseThrow(), image.toString());
        }
        edit(Map.of("images", List.of(Map.of("image_url", path))));
        assertEquals(RESULT, lastTask().source().orElseThrow());
        edit(Map.of("source", url));
        assertEquals(RESULT, lastTask().source().orElseThrow());
        client.post(
                "/v1/images/edits",
                Map.of(
                        "prompt",
                        "put <image:dog> there",
                        "source",
                        TestClient.dataUrl(UPLOAD),
                        "named_images",
                        Map.of("dog", path)));
        assertEquals(List.of(RESULT), lastTask().instruction().images());
        edit(Map.of("source", path, "mask", generate(Map.of("prompt", "a", "seed", 0xffffff))));
    }

    @Test
    void formsReferToResultsWhereverTheyCanGiveAnImage() {
        start(Limits.DEFAULT);
        String path = generate(PROMPT);
        for (String field : List.of("image", "image[]", "image[0]", "images", "source")) {
            var response = client.postMultipart("/v1/images/edits", field, path, "prompt", "make it night");
            assertEquals(200, response.status(), response.text());
            assertEquals(RESULT, lastTask().source().orElseThrow(), field);
        }
        var named = client.postMultipart(
                "/v1/images/edits",
                "source",
                UPLOAD,
                "image[dog]",
                "http://localhost:8080" + path,
                "prompt",
                "put <image:dog> there");
        assertEquals(200, named.status(), named.text());
        assertEquals(List.of(RESULT), lastTask().instruction().images());
    }

    @Test
    void aTextPartWithATypeRefersToAResultToo() {
        start(Limits.DEFAULT);
        String body = "--b\r\nContent-Disposition: form-data; name=\"image\"\r\nContent-Type: text/plain\r\n\r\n"
                + generate(PROMPT)
                + "\r\n--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nmake it night\r\n--b--\r\n";
        var response = client.post(
                "/v1/images/edits", "multipart/form-data; boundary=b", body.getBytes(StandardCharsets.UTF_8));
        assertEquals(200, response.status(), response.text());
        assertEquals(RESULT, lastTask().source().orElseThrow());
    }

    @Test
    void saysThatAResultIsNotRetained() {
        start(Limits.DEFAULT);
        String path = "/v1/jobs/job_0123/images/0";
        String message = " refers to the result job_0123, which this server does not have or does not retain any more."
                + " Send the image itself.";
        for (var response : List.of(
                client.post("/v1/images/edits", Map.of("prompt", "a", "source", path)),
                client.postMultipart("/v1/images/edits", "prompt", "a", "source", "http://localhost" + path))) {
            assertEquals(404, response.status(), response.text());
            assertEquals("'source'" + message, response.errorMessage());
            assertEquals("source", response.json().path("error").path("param").asText());
        }
        String outOfRange = generate(PROMPT).replace("/images/0", "/images/1");
        assertEquals(
                404,
                client.postMultipart("/v1/images/edits", "prompt", "a", "image[a]", outOfRange)
                        .status());
        assertEquals(
                "urls_not_fetched",
                client.post("/v1/images/edits", Map.of("prompt", "a", "image", "http://localhost" + path + "/more"))
                        .errorCode());
    }

    @Test
    void resultsCountAsImagesOfTheRequest() {
        start(Limits.DEFAULT);
        String path = generate(PROMPT);
        var refused = client.post("/v1/images/edits", Map.of("prompt", "a", "image", Collections.nCopies(6, path)));
        assertEquals("The request has more than 5 images.", refused.errorMessage());
    }

    @Test
    void theLatestResultOutlivesLargeAnswersAndFailedJobs() {
        start(Limits.DEFAULT.withResultRetention(Duration.ofMinutes(1), 20_000));
        String path = generate(PROMPT);
        for (int i = 0; i < 4; i++) {
            String failing = client.post("/v1/jobs", Map.of("prompt", "explode"))
                    .json()
                    .path("id")
                    .asText();
            client.awaitState(failing, "failed");
        }
        assertEquals(200, client.get(path).status());
        client.post("/v1/images/generations", Map.of("prompt", "a", "n", 10));
        assertEquals(200, client.get(path).status());
    }
}
