package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may send requests: API keys, host names, and pages of other origins. */
class AccessFilterTest {

    Server server;
    TestClient client;

    void start(ServerConfig config) {
        server = Server.start(config.withPort(0), FakeImageGenerator.unblocked());
        client = new TestClient(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Status of a GET request with these lines after the request line; Java's client sets Host itself. */
    int status(String path, String... headers) throws IOException {
        String response = client.sendRaw(
                ("GET " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII),
                Duration.ofSeconds(5));
        return Integer.parseInt(response.split(" ", 3)[1]);
    }

    void assertHosts(int status, String... hosts) throws IOException {
        for (String host : hosts) assertEquals(status, status("/v1/models", "Host: " + host), host);
    }

    // ---- host names

    @Test
    void aServerOnTheLoopbackInterfaceIsReachedByItsNamesOnly() throws IOException {
        start(ServerConfig.DEFAULT);
        String port = ":" + server.port();
        assertHosts(200, "localhost", "localhost" + port, "LocalHost" + port, "localhost.", "localhost." + port);
        assertHosts(200, "127.0.0.1" + port, "[::1]", "[::1]" + port);
        assertHosts(403, "evil.example", "evil.example" + port, "localhost.evil.example", "192.168.1.5", "null");
        String withoutHost = client.sendRaw(
                "GET /v1/models HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII), Duration.ofSeconds(5));
        assertTrue(withoutHost.startsWith("HTTP/1.1 403"), withoutHost);
    }

    @Test
    void aServerOnAllInterfacesIsReachedByAddressesAndAllowedNamesOnly() throws IOException {
        start(ServerConfig.DEFAULT.withHost("0.0.0.0"));
        String port = ":" + server.port();
        assertHosts(200, "localhost", "127.0.0.1" + port, "192.168.1.5" + port, "10.0.0.1", "[fe80::1]" + port);
        assertHosts(403, "evil.example" + port, "mige.example", "1.2.3.4.evil.example", "192.168.1.5.evil");
        server.close();
        start(ServerConfig.DEFAULT.withHost("0.0.0.0").withAllowedHosts(List.of("Mige.example", "box")));
        assertHosts(200, "mige.example", "MIGE.example.:8443", "box:80", "192.168.1.5");
        assertHosts(403, "evil.example", "evil.mige.example", "mige.example.evil");
    }

    @Test
    void refusesAllowedHostsThatAreNoNames() {
        start(ServerConfig.DEFAULT);
        for (String name : List.of("https://mige.example", "mige.example:80", "a b", "", "*"))
            assertThrows(UsageException.class, () -> ServerConfig.DEFAULT.withAllowedHosts(List.of(name)), name);
    }

    // ---- pages of other origins

    @Test
    void rejectsRequestsOfPagesOfOtherOrigins() {
        start(ServerConfig.DEFAULT);
        for (String origin : List.of("http://evil.example", "http://127.0.0.1:1", "http://localhost", "null", "x y"))
            for (var response : List.of(
                    client.get("/v1/models", "Origin", origin),
                    client.post("/v1/jobs", Map.of("prompt", "a"), "Origin", origin)))
                assertEquals("origin_not_allowed", response.errorCode(), origin);
        var sameOrigin = client.post("/v1/jobs", Map.of("prompt", "a"), "Origin", "http://127.0.0.1:" + server.port());
        assertEquals(202, sameOrigin.status());
        assertEquals("", sameOrigin.header("Access-Control-Allow-Origin"));
    }

    @Test
    void rejectsRequestsThatABrowserSendsForOtherSitesWithoutAnOrigin() {
        start(ServerConfig.DEFAULT);
        for (String site : List.of("cross-site", "same-site")) {
            String[] image = {"Sec-Fetch-Site", site, "Sec-Fetch-Mode", "no-cors"};
            String[] link = {"Sec-Fetch-Site", site, "Sec-Fetch-Mode", "navigate"};
            for (String path : List.of("/v1/models", "/metrics", "/page.css", "/"))
                assertEquals(403, client.get(path, image).status(), path);
            for (String path : List.of("/v1/models", "/metrics"))
                assertEquals(403, client.get(path, link).status(), path);
            assertEquals(
                    403, client.post("/v1/jobs", Map.of("prompt", "a"), link).status());
            assertEquals(200, client.get("/", link).status());
        }
        for (String site : List.of("none", "same-origin"))
            assertEquals(
                    202,
                    client.post("/v1/jobs", Map.of("prompt", "a"), "Sec-Fetch-Site", site)
                            .status());
    }

    @Test
    void acceptsItsOwnPageBehindAProxy() throws IOException {
        start(ServerConfig.DEFAULT.withAllowedHosts(List.of("mige.example")));
        String host = "Host: 127.0.0.1:" + server.port();
        String origin = "Origin: https://mige.example";
        assertEquals(200, status("/v1/models", "Host: mige.example", origin));
        assertEquals(200, status("/v1/models", host, origin, "X-Forwarded-Host: mige.example"));
        assertEquals(200, status("/v1/models", host, origin, "X-Forwarded-Host: mige.example, inner.example"));
        assertEquals(403, status("/v1/models", host, origin));
        assertEquals(403, status("/v1/models", host, "Origin: https://evil.example", "X-Forwarded-Host: evil.example"));
    }

    @Test
    void givesUrlsByWhichTheClientReachesIt() {
        start(ServerConfig.DEFAULT.withAllowedHosts(List.of("mige.example")));
        String direct = "http://127.0.0.1:" + server.port();
        assertTrue(resultUrl().startsWith(direct + "/v1/jobs/"));
        assertTrue(resultUrl("X-Forwarded-Host", "mige.example", "X-Forwarded-Proto", "https")
                .startsWith("https://mige.example/v1/jobs/"));
        assertTrue(resultUrl("X-Forwarded-Host", "evil.example").startsWith(direct + "/v1/jobs/"));
        String url = resultUrl();
        assertEquals(
                200,
                client.post("/v1/images/edits", Map.of("prompt", "a", "image", url))
                        .status());
    }

    String resultUrl(String... headers) {
        return client.post("/v1/images/generations", Map.of("prompt", "a", "response_format", "url"), headers)
                .json()
                .at("/data/0/url")
                .asText();
    }

    @Test
    void answersOptionsWithTheAllowedMethodsAndNoCors() {
        start(ServerConfig.DEFAULT);
        var options = client.send("OPTIONS", "/v1/jobs/job_1");
        assertEquals(405, options.status());
        assertEquals("GET, DELETE, HEAD", options.header("Allow"));
        var preflight = client.send(
                "OPTIONS", "/v1/jobs", "Origin", "http://evil.example", "Access-Control-Request-Method", "POST");
        assertEquals(403, preflight.status());
        assertEquals("", preflight.header("Access-Control-Allow-Origin"));
    }

    // ---- API keys

    @Test
    void requiresOneOfTheApiKeys() {
        start(ServerConfig.DEFAULT.withApiKeys(List.of("sesame", "tahini")));
        for (String path : List.of("/v1/models", "/metrics", "/metrics/", "/v1/jobs/x", "/v1/jobs/x/events"))
            assertEquals(401, client.get(path).status(), path);
        for (String key : List.of("sesam", "", "sesame,tahini"))
            assertEquals(
                    "authentication_error",
                    client.get("/v1/models", "Authorization", "Bearer " + key)
                            .json()
                            .path("error")
                            .path("type")
                            .asText());
        for (String key : List.of("sesame", "tahini"))
            assertEquals(
                    200,
                    client.get("/v1/models", "Authorization", "Bearer " + key).status());
        for (String path : List.of("/", "/healthz", "/readyz", "/openapi.json"))
            assertEquals(200, client.get(path).status(), path);
    }

    @Test
    void showsResultsToWhoeverKnowsTheirUrlAndNothingElse() {
        start(ServerConfig.DEFAULT.withApiKey("sesame"));
        String[] key = {"Authorization", "Bearer sesame"};
        String job = "/v1/jobs/"
                + client.post("/v1/jobs", Map.of("prompt", "a"), key)
                        .json()
                        .path("id")
                        .asText();
        assertTrue(job.matches("/v1/jobs/job_[0-9a-f]{40}"), job);
        TestClient.await(
                () -> client.get(job, key).json().path("state").asText().equals("succeeded"));
        String image = job + "/images/0";
        for (var response : List.of(
                client.get(image),
                client.head(image),
                client.get(image, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"),
                client.get(image, "Origin", "http://localhost:3000"))) {
            assertEquals(200, response.status());
            assertEquals("cross-origin", response.header("Cross-Origin-Resource-Policy"));
        }
        assertEquals(401, client.get(job).status());
        assertEquals(401, client.send("DELETE", job).status());
        assertEquals(401, client.send("DELETE", image).status());
        assertEquals(401, client.post(image, Map.of()).status());
        assertEquals(404, client.get("/v1/jobs/job_0/images/0").status());
    }

    @Test
    void refusesApiKeysThatNoHeaderCanContain() {
        start(ServerConfig.DEFAULT);
        for (String key : List.of("", " ", "two words", "schlüssel", "line\nbreak"))
            assertThrows(UsageException.class, () -> ServerConfig.DEFAULT.withApiKey(key), key);
    }
}
