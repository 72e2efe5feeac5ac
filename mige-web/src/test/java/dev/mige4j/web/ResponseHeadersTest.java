package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Headers about caching and security, and HEAD requests. */
class ResponseHeadersTest {

    final Server server = Server.start(
            ServerConfig.DEFAULT
                    .withPort(0)
                    .withLimits(Limits.DEFAULT.withResultRetention(Duration.ofMinutes(2), 1 << 20)),
            FakeImageGenerator.unblocked());
    final TestClient client = new TestClient(server);

    @AfterEach
    void stop() {
        server.close();
    }

    String generate() {
        return generate(Map.of("prompt", "a"));
    }

    String generate(Map<String, Object> request) {
        String id = client.post("/v1/jobs", request).json().path("id").asText();
        client.awaitState(id, "succeeded");
        return "/v1/jobs/" + id;
    }

    @Test
    void resultsAreCachedWhileTheyAreRetained() {
        var image = client.get(generate() + "/images/0");
        String[] directives = image.header("Cache-Control").split("[,=] *");
        assertEquals(String.valueOf(image.body().length), image.header("Content-Length"));
        assertEquals("private", directives[0]);
        assertTrue(Integer.parseInt(directives[2]) >= 90 && Integer.parseInt(directives[2]) < 120, directives[2]);
        assertEquals("immutable", directives[3]);
    }

    @Test
    void nothingElseOfTheApiIsCached() {
        String job = generate();
        for (var response : List.of(
                client.get("/v1/models"),
                client.get(job),
                client.get(job + "/events"),
                client.get("/healthz"),
                client.get("/metrics"),
                client.post("/v1/images/generations", Map.of("prompt", "a")),
                client.get(job + "/images/1"),
                client.get(job + "/images/0?output_format=gif"),
                client.get("/v1/jobs/job_0/images/0"),
                client.get("/nothing"),
                client.send("POST", "/page.css"),
                client.head("/v1/jobs/job_0/images/0"),
                client.get("/", "Origin", "null"))) assertEquals("no-store", response.header("Cache-Control"));
        assertEquals("no-cache", client.get("/page.css").header("Cache-Control"));
    }

    @Test
    void aResultThatCannotBeConvertedIsNotCached() {
        String source = TestClient.dataUrl(TestClient.png(16384, 1, 0));
        var refused = client.get(generate(Map.of("prompt", "a", "source", source)) + "/images/0?output_format=webp");
        assertEquals(4, refused.status() / 100);
        assertEquals("no-store", refused.header("Cache-Control"));
    }

    @Test
    void everyResponseForbidsFramesAndUseByOtherOrigins() throws IOException {
        for (var response : List.of(client.get("/"), client.get("/healthz"), client.get("/nothing"))) {
            assertEquals("DENY", response.header("X-Frame-Options"));
            assertEquals("same-origin", response.header("Cross-Origin-Resource-Policy"));
            assertEquals("same-origin", response.header("Cross-Origin-Opener-Policy"));
            assertEquals("nosniff", response.header("X-Content-Type-Options"));
            assertTrue(response.header("Content-Security-Policy").contains("frame-ancestors 'none'"));
        }
        String rejectedByJetty = client.sendRaw(
                "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                Duration.ofSeconds(5));
        for (String line : List.of("HTTP/1.1 400", "\r\nCache-Control: no-store\r\n", "\r\nX-Frame-Options: DENY\r\n"))
            assertTrue(rejectedByJetty.contains(line), rejectedByJetty);
    }

    @Test
    void headAnswersAsGetWithoutTheBody() {
        String job = generate();
        for (String path : List.of(
                "/",
                "/page.css",
                "/healthz",
                "/readyz",
                "/openapi.json",
                "/v1/models",
                job,
                job + "/images/0",
                "/v1/jobs/job_0/images/0",
                "/nothing",
                "/examples/dog.png")) {
            var get = client.get(path);
            var head = client.head(path);
            assertEquals(get.status(), head.status(), path);
            assertEquals(0, head.body().length, path);
            for (String header : List.of("Content-Type", "Content-Length", "ETag", "Cross-Origin-Resource-Policy"))
                assertEquals(get.header(header), head.header(header), path);
        }
        assertEquals(
                304,
                client.head("/", "If-None-Match", client.get("/").header("ETag"))
                        .status());
        assertEquals(
                304,
                client.get("/", "If-None-Match", "W/" + client.get("/").header("ETag"))
                        .status());
        assertEquals(
                "text/event-stream",
                client.head(job + "/events").header("Content-Type").split(";")[0]);
        assertEquals(404, client.head("/v1/jobs/job_0/events").status());
    }
}
