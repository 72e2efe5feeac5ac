package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.Json;
import dev.mige4j.image.Image;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Minimal HTTP client for the server under test. */
final class TestClient {

    static final ObjectMapper JSON = Json.MAPPER;
    private static final int MAX_AWAIT_SECONDS = 60;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final int port;

    TestClient(Server server) {
        port = server.port();
    }

    static final class TestResponse {
        private final HttpResponse<byte[]> response;

        TestResponse(HttpResponse<byte[]> response) {
            this.response = response;
        }

        int status() {
            return response.statusCode();
        }

        byte[] body() {
            return response.body();
        }

        JsonNode json() {
            try {
                return JSON.readTree(body());
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + text(), e);
            }
        }

        String text() {
            return new String(body(), StandardCharsets.UTF_8);
        }

        String errorMessage() {
            return json().path("error").path("message").asText();
        }

        String errorCode() {
            return json().path("error").path("code").asText();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    TestResponse get(String path, String... headers) {
        return send(request(path, headers).GET());
    }

    TestResponse head(String path, String... headers) {
        return send("HEAD", path, headers);
    }

    TestResponse send(String method, String path, String... headers) {
        return send(request(path, headers).method(method, HttpRequest.BodyPublishers.noBody()));
    }

    TestResponse delete(String path, String... headers) {
        return send(request(path, headers).DELETE());
    }

    TestResponse post(String path, Object json, String... headers) {
        try {
            return send(request(path, headers)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(json))));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    TestResponse post(String path, String contentType, byte[] body) {
        return send(
                request(path).header("Content-Type", contentType).POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    /** Posts a body with chunked transfer encoding, that is, without a Content-Length. */
    TestResponse postChunked(String path, String contentType, InputStream body) {
        return send(request(path)
                .header("Content-Type", contentType)
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> body)));
    }

    /** Posts a multipart body; byte arrays are files, all other values text. */
    TestResponse postMultipart(String path, Object... namesAndValues) {
        String boundary = "----mige" + System.nanoTime();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            boolean isFile = namesAndValues[i + 1] instanceof byte[];
            body.writeBytes(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + namesAndValues[i] + "\""
                            + (isFile ? "; filename=\"p.png\"\r\nContent-Type: image/png" : "") + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            body.writeBytes(
                    isFile
                            ? (byte[]) namesAndValues[i + 1]
                            : String.valueOf(namesAndValues[i + 1]).getBytes(StandardCharsets.UTF_8));
            body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return post(path, "multipart/form-data; boundary=" + boundary, body.toByteArray());
    }

    /** Sends raw bytes and returns the response until the server closes the connection or the timeout passes. */
    String sendRaw(byte[] bytes, Duration timeout) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) timeout.toMillis());
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            try {
                for (int b; (b = socket.getInputStream().read()) >= 0; ) received.write(b);
            } catch (IOException e) {
                // timed out or reset: what was received so far is the response
            }
            return received.toString(StandardCharsets.UTF_8);
        }
    }

    JsonNode job(String id) {
        return get("/v1/jobs/" + id).json();
    }

    /** Polls the job until it is in this state. */
    JsonNode awaitState(String id, String state) {
        return await(() -> job(id), job -> job.path("state").asText().equals(state));
    }

    /** Polls until the condition holds. */
    static void await(BooleanSupplier condition) {
        await(condition::getAsBoolean, holds -> holds);
    }

    /**
     * Polls until the value is wanted, and returns it; fails with the last value after {@value #MAX_AWAIT_SECONDS} s.
     */
    static <T> T await(Supplier<T> value, Predicate<T> isWanted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_AWAIT_SECONDS);
        for (T last = value.get(); ; last = value.get()) {
            if (isWanted.test(last)) return last;
            assertTrue(System.nanoTime() < deadline, "not within " + MAX_AWAIT_SECONDS + " s; the last value: " + last);
            sleepBriefly();
        }
    }

    static void sleepBriefly() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] png(int width, int height, int rgb) {
        return Image.filled(width, height, rgb).toPng(Map.of());
    }

    static String dataUrl(byte[] png) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
    }

    private HttpRequest.Builder request(String path, String... headers) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
        return headers.length == 0 ? request : request.headers(headers);
    }

    /** Sends a request, and fails if {@code openapi.json} describes its response differently. */
    private static TestResponse send(HttpRequest.Builder builder) {
        try {
            HttpRequest request = builder.build();
            HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
            assertEquals(List.of(), OpenApiDocument.SERVED.differences(request.method(), request.uri(), response));
            return new TestResponse(response);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
