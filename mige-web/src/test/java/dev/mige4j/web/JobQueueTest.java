package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.pipeline.Recipe;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs over HTTP, with a model that performs one step per permit. */
@Timeout(20)
class JobQueueTest {

    final FakeImageGenerator generator = FakeImageGenerator.blocked();
    final LogRecorder log = new LogRecorder();
    Server server;
    TestClient client;

    void start(Limits limits) {
        server = Server.start(ServerConfig.DEFAULT.withPort(0).withLimits(limits), generator);
        client = new TestClient(server);
    }

    @AfterEach
    void stop() {
        generator.permits.release(1_000_000);
        server.close();
        log.close();
    }

    /** Runs on a new thread, because the common pool has a single thread on small machines. */
    static <T> CompletableFuture<T> runAsync(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, task -> new Thread(task).start());
    }

    String submit(String prompt) {
        var response = client.post("/v1/jobs", Map.of("prompt", prompt, "seed", 7));
        assertEquals(202, response.status(), response.text());
        assertEquals("/v1/jobs/" + response.json().path("id").asText(), response.header("Location"));
        return response.json().path("id").asText();
    }

    @Test
    void reportsJobStateAndProgress() {
        start(Limits.DEFAULT);
        String first = submit("a"), second = submit("b"), third = submit("c");
        client.awaitState(first, "running");
        assertEquals(
                List.of(0, 1),
                List.of(
                        client.job(second).path("position").asInt(),
                        client.job(third).path("position").asInt()));
        generator.permits.release(2);
        JsonNode job = TestClient.await(
                () -> client.job(first), polled -> polled.path("step").asInt() >= 2);
        assertEquals("denoising", job.path("stage").asText());
        assertEquals(5, job.path("total").asInt());
        assertEquals(300, job.path("seconds_remaining").asDouble());
        assertEquals(0.4, job.path("progress").asDouble());
        assertEquals(
                List.of(800.0, 1300.0),
                List.of(
                        client.job(second).path("seconds_remaining").asDouble(),
                        client.job(third).path("seconds_remaining").asDouble()));
        generator.permits.release(100);
        JsonNode succeeded = client.awaitState(third, "succeeded");
        assertEquals(7, succeeded.path("result").path("seed").asInt());
        var image = client.get(
                succeeded.path("result").path("images").path(0).path("url").asText());
        assertEquals("image/png", image.header("Content-Type"));
        assertEquals(Image.filled(16, 16, 7), Image.read(image.body(), "answer"));
        assertEquals(404, client.get("/v1/jobs/" + third + "/images/1").status());
    }

    @Test
    void servesResultsInAnyOutputFormat() {
        generator.permits.release(1000);
        generator.notices = List.of("a remark");
        start(Limits.DEFAULT);
        JsonNode accepted = client.post("/v1/jobs", Map.of("prompt", "a", "output_format", "webp"))
                .json();
        assertEquals("[\"a remark\"]", accepted.path("notices").toString());
        String id = accepted.path("id").asText();
        JsonNode result = client.awaitState(id, "succeeded").path("result");
        assertEquals("webp", result.path("output_format").asText());
        assertEquals("[\"a remark\"]", result.path("notices").toString());
        String url = result.path("images").path(0).path("url").asText();
        for (String format : List.of("webp", "png", "jpeg")) {
            var image = client.get(format.equals("webp") ? url : url + "?output_format=" + format);
            assertEquals("image/" + format, image.header("Content-Type"));
            assertEquals(
                    Optional.of(format.toUpperCase(Locale.ROOT)),
                    ImageFormat.detect(image.body()).map(ImageFormat::name));
            assertEquals("a", Recipe.read(image.body(), "answer").instruction());
        }
        assertEquals(
                "'output_format' is 'gif', expected jpeg or png or webp.",
                client.get(url + "?output_format=gif").errorMessage());
    }

    @Test
    void refusesResultsThatAreTooLargeAfterTheFirstImage() {
        generator.permits.release(1000);
        start(Limits.DEFAULT.withMaxMemoryBytes(2000));
        assertEquals(
                200,
                client.post("/v1/images/generations", Map.of("prompt", "a")).status());
        var refused = client.post("/v1/images/generations", Map.of("prompt", "a", "n", 10));
        assertEquals(422, refused.status(), refused.text());
        assertTrue(
                refused.errorMessage()
                        .matches("The first image of 16 x 16 pixels has \\d+ bytes as PNG, so that all 10"
                                + " would have more than 2.0 kB. Request fewer images at a time, or JPEG or WebP."),
                refused.errorMessage());
    }

    @Test
    void tellsTheTimeAtSubmissionOnceTheSpeedIsMeasured() {
        start(Limits.DEFAULT);
        String first = submit("a");
        client.awaitState(first, "running");
        var unknown = client.post("/v1/jobs", Map.of("prompt", "b")).json();
        assertTrue(unknown.path("seconds_remaining").isMissingNode(), unknown.toString());
        generator.permits.release(10);
        client.awaitState(unknown.path("id").asText(), "succeeded");
        var known = client.post("/v1/jobs", Map.of("prompt", "c", "steps", 7)).json();
        assertEquals(700, known.path("seconds_remaining").asDouble());
    }

    @Test
    void sendsPreviewWhilePolled() {
        start(Limits.DEFAULT);
        String id = submit("a");
        client.awaitState(id, "running");
        generator.permits.release(1);
        JsonNode job = TestClient.await(() -> client.job(id), polled -> polled.has("preview"));
        assertTrue(job.path("preview").asText().startsWith("data:image/png;base64,"));
    }

    @Test
    void cancelsOnlyTheGivenJob() {
        start(Limits.DEFAULT);
        String first = submit("a"), second = submit("b"), third = submit("c");
        client.awaitState(first, "running");
        assertEquals(200, client.delete("/v1/jobs/" + second).status());
        assertEquals("cancelled", client.job(second).path("state").asText());
        client.delete("/v1/jobs/" + first);
        generator.permits.release(1);
        client.awaitState(first, "cancelled");
        assertEquals(1, generator.stepCount.get());
        generator.permits.release(5);
        client.awaitState(third, "succeeded");
        assertEquals(2, generator.startedCount.get());
    }

    @Test
    void rejectsWhenQueueIsFullAndRecovers() {
        start(Limits.DEFAULT.withQueueCapacity(2));
        String first = submit("a");
        client.awaitState(first, "running");
        String second = submit("b");
        submit("c");
        var rejected = client.post("/v1/jobs", Map.of("prompt", "d"));
        assertEquals(429, rejected.status());
        assertEquals(
                "rate_limit_error", rejected.json().path("error").path("type").asText());
        assertTrue(Integer.parseInt(rejected.header("Retry-After")) >= 1);
        assertEquals(
                429,
                client.post("/v1/images/generations", Map.of("prompt", "d")).status());
        generator.permits.release(5);
        client.awaitState(second, "running");
        submit("d");
    }

    @Test
    void failsJobAfterTimeout() {
        generator.sleepMillis = 30;
        generator.permits.release(1000);
        start(Limits.DEFAULT.withJobTimeout(Duration.ofMillis(50)));
        JsonNode job = client.awaitState(submit("a"), "failed");
        assertEquals("job_timeout", job.path("error").path("code").asText());
        assertEquals(
                504,
                client.post("/v1/images/generations", Map.of("prompt", "a")).status());
    }

    @Test
    void evictsResultsByAgeAndSize() {
        generator.permits.release(1000);
        start(Limits.DEFAULT.withResultRetention(Duration.ofMillis(300), 20_000));
        String first = submit("a"), second = submit("b"), third = submit("c");
        client.awaitState(third, "succeeded");
        assertEquals(404, client.get("/v1/jobs/" + first).status());
        assertEquals(200, client.get("/v1/jobs/" + second).status());
        TestClient.await(() -> client.get("/v1/jobs/" + third).status() == 404);
    }

    /** Takes five seconds, after which an idle worker looks. */
    @Test
    void releasesExpiredResultsWithoutAnyRequest() {
        generator.permits.release(1000);
        start(Limits.DEFAULT.withResultRetention(Duration.ofMillis(500), 20_000));
        client.awaitState(submit("a"), "succeeded");
        TestClient.await(() -> client.get("/metrics").text().contains("\nmige_results_retained_bytes 0.0\n"));
    }

    @Test
    void deletesFinishedJob() {
        generator.permits.release(1000);
        start(Limits.DEFAULT);
        String id = submit("a");
        client.awaitState(id, "succeeded");
        assertEquals(200, client.delete("/v1/jobs/" + id).status());
        assertEquals(404, client.get("/v1/jobs/" + id).status());
        assertEquals(404, client.delete("/v1/jobs/" + id).status());
    }

    @Test
    void streamsServerSentEvents() throws Exception {
        start(Limits.DEFAULT);
        String id = submit("a");
        var events = runAsync(() -> client.get("/v1/jobs/" + id + "/events"));
        client.awaitState(id, "running");
        for (int step = 0; step < 5; step++) {
            Thread.sleep(60);
            generator.permits.release();
        }
        String text = events.join().text();
        assertEquals(
                "text/event-stream;charset=utf-8",
                events.join().header("Content-Type").toLowerCase(Locale.ROOT));
        assertTrue(
                text.startsWith("event: ")
                        && text.contains("event: running\ndata: {\"id\":\"" + id)
                        && text.contains("event: succeeded\n"),
                text);
        assertTrue(client.get("/v1/jobs/" + id + "/events").text().startsWith("event: succeeded\n"));
    }

    @Test
    void failedJobDoesNotAffectTheNext() {
        generator.permits.release(1000);
        start(Limits.DEFAULT);
        String bad = submit("explode"), good = submit("a");
        assertEquals(
                "internal_error",
                client.awaitState(bad, "failed").path("error").path("code").asText());
        client.awaitState(good, "succeeded");
        assertTrue(
                log.exceptions().stream().anyMatch(e -> e.getMessage().startsWith("secret")),
                "the log has the exception that the response hides");
    }

    @Test
    void shutdownFinishesRunningJobAndRejectsQueued() throws Exception {
        start(Limits.DEFAULT);
        var running = runAsync(() -> client.post("/v1/images/generations", Map.of("prompt", "a")));
        TestClient.await(() -> generator.startedCount.get() > 0);
        var waiting = runAsync(() -> client.post("/v1/images/generations", Map.of("prompt", "b")));
        TestClient.await(() -> client.get("/metrics").text().contains("mige_jobs_queued 1.0"));
        Thread shutdown = new Thread(server::close);
        shutdown.start();
        assertEquals(503, waiting.join().status());
        assertEquals("server_stopping", waiting.join().errorCode());
        assertEquals(503, client.get("/readyz").status());
        assertEquals(503, client.post("/v1/jobs", Map.of("prompt", "c")).status());
        generator.permits.release(5);
        assertEquals(200, running.join().status());
        shutdown.join(5000);
        assertFalse(shutdown.isAlive());
    }

    @Test
    void cancelsRunningJobAfterGracePeriod() {
        generator.sleepMillis = 50;
        generator.permits.release(1_000_000);
        start(Limits.DEFAULT.withGracePeriod(Duration.ofMillis(100)));
        var running = runAsync(() -> client.post("/v1/images/generations", Map.of("prompt", "a", "steps", 200)));
        TestClient.await(() -> generator.stepCount.get() > 0);
        server.close();
        assertEquals(1, generator.cancelledCount.get());
        assertEquals(503, running.join().status());
    }
}
