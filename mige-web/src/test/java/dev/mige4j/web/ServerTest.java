package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Access control, static files, metrics and logging. */
class ServerTest {

    final LogRecorder log = new LogRecorder();
    Server server = Server.start(ServerConfig.DEFAULT.withPort(0), FakeImageGenerator.unblocked());
    TestClient client = new TestClient(server);

    void restart(ServerConfig config) {
        server.close();
        server = Server.start(config.withPort(0), FakeImageGenerator.unblocked());
        client = new TestClient(server);
    }

    @AfterEach
    void stop() {
        server.close();
        log.close();
    }

    @Test
    void servesPageWithStrictContentSecurityPolicy() {
        var page = client.get("/");
        assertEquals("text/html;charset=utf-8", page.header("Content-Type").toLowerCase(Locale.ROOT));
        assertTrue(page.header("Content-Security-Policy").startsWith("default-src 'none'; script-src 'self'"));
        assertEquals("nosniff", page.header("X-Content-Type-Options"));
        for (String file : Routes.PAGE_FILES) {
            var response = client.get(file.equals("index.html") ? "/" : "/" + file);
            assertEquals(200, response.status(), file);
            assertFalse(
                    response.text().replace("http://www.w3.org/", "").matches("(?s).*https?://.*"),
                    () -> file + " refers to another host");
        }
        assertEquals(304, client.get("/", "If-None-Match", page.header("ETag")).status());
    }

    @Test
    void servesEveryModuleThatAnotherModuleImports() {
        Pattern imported = Pattern.compile("(?:from|import) '\\./(.+?)'");
        for (String file : Routes.PAGE_FILES) {
            if (!file.endsWith(".js")) continue;
            var module = client.get("/" + file);
            assertTrue(module.header("Content-Type").startsWith("text/javascript"));
            imported.matcher(module.text())
                    .results()
                    .map(found -> "js/" + found.group(1))
                    .forEach(name -> assertTrue(Routes.PAGE_FILES.contains(name), () -> file + " imports " + name));
        }
    }

    @Test
    void returnsNotFoundAndMethodNotAllowed() {
        assertEquals("not_found", client.get("/v1/nothing").errorCode());
        assertEquals(405, client.get("/v1/jobs").status());
        assertEquals(4, client.get("/../../etc/passwd").status() / 100);
        assertEquals("job_not_found", client.get("/v1/jobs/job_1").errorCode());
    }

    @Test
    void exposesPrometheusMetrics() {
        client.post("/v1/images/generations", Map.of("prompt", "a dog"));
        String text = client.get("/metrics").text();
        assertTrue(text.contains("mige_job_duration_seconds_count{outcome=\"succeeded\"} 1"), text);
        assertTrue(
                text.contains("http_server_requests_seconds_count{method=\"POST\",outcome=\"SUCCESS\",status=\"200\","
                        + "uri=\"/v1/images/generations\"} 1"),
                text);
        for (String name : List.of(
                "mige_jobs_queued 0.0",
                "mige_jobs_active 0.0",
                "mige_results_retained_bytes 0.0",
                "jvm_memory_used_bytes",
                "jvm_classes_loaded_classes",
                "jetty_threads_busy")) assertTrue(text.contains(name), () -> name + " is missing in " + text);
    }

    @Test
    void logsRequestsWithoutPromptsOrKeys() {
        client.post(
                "/v1/images/generations",
                Map.of("prompt", "a secret wish", "user", "jane"),
                "Authorization",
                "Bearer hush");
        TestClient.await(() -> log.messages().stream().anyMatch(line -> line.startsWith("request ")));
        for (String line : log.messages())
            assertFalse(line.contains("secret") || line.contains("jane") || line.contains("hush"), line);
        String request = log.messages().stream()
                .filter(line -> line.startsWith("request "))
                .findFirst()
                .orElseThrow();
        assertTrue(request.contains(" method=POST uri=/v1/images/generations status=200 duration_ms="), request);
        assertTrue(log.messages().stream().anyMatch(line -> line.matches("job id=job_\\w+ state=succeeded .*")));
    }

    @Test
    void reportsPortInUse() {
        String message = assertThrows(
                        UsageException.class,
                        () -> Server.start(
                                ServerConfig.DEFAULT.withPort(server.port()), FakeImageGenerator.unblocked()))
                .getMessage();
        assertTrue(message.startsWith("The server cannot listen on 127.0.0.1 port " + server.port()), message);
    }
}
