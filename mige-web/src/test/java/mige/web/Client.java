package mige.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import mige.image.Picture;

/** A client of the server under test, as plain as can be. */
final class Client {

    static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final int port;

    Client(Server server) {
        port = server.port();
    }

    record Answer(int status, Map<String, java.util.List<String>> headers, byte[] bytes) {
        JsonNode json() {
            try {
                return JSON.readTree(bytes);
            } catch (IOException e) {
                throw new AssertionError("no JSON: " + text(), e);
            }
        }

        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        String error() {
            return json().path("error").path("message").asText();
        }

        String code() {
            return json().path("error").path("code").asText();
        }

        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(java.util.Locale.ROOT), java.util.List.of("")).get(0);
        }
    }

    Answer get(String path, String... headers) {
        return send(request(path, headers).GET());
    }

    Answer delete(String path) {
        return send(request(path).DELETE());
    }

    Answer post(String path, Object json, String... headers) {
        try {
            return send(request(path, headers).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(json))));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    Answer post(String path, String contentType, byte[] body) {
        return send(request(path).header("Content-Type", contentType).POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    /** A multipart body of text and files (byte arrays). */
    Answer form(String path, Object... namesAndValues) {
        String boundary = "----mige" + System.nanoTime();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            boolean file = namesAndValues[i + 1] instanceof byte[];
            body.writeBytes(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + namesAndValues[i] + "\""
                    + (file ? "; filename=\"p.png\"\r\nContent-Type: image/png" : "") + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            body.writeBytes(file ? (byte[]) namesAndValues[i + 1] : String.valueOf(namesAndValues[i + 1]).getBytes(StandardCharsets.UTF_8));
            body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return post(path, "multipart/form-data; boundary=" + boundary, body.toByteArray());
    }

    /** Bytes onto the wire as they are; what comes back until the server closes or {@code patience} is over. */
    String raw(byte[] bytes, Duration patience) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout((int) patience.toMillis());
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            ByteArrayOutputStream back = new ByteArrayOutputStream();
            try {
                for (int b; (b = socket.getInputStream().read()) >= 0; ) back.write(b);
            } catch (IOException e) {
                // what came so far is the answer
            }
            return back.toString(StandardCharsets.UTF_8);
        }
    }

    JsonNode job(String id) {
        return get("/v1/jobs/" + id).json();
    }

    /** Waits until the job is in this state; fails when it ends otherwise. */
    JsonNode await(String id, String state) {
        for (long until = System.nanoTime() + 30_000_000_000L; System.nanoTime() < until; pause()) {
            JsonNode job = job(id);
            if (job.path("state").asText().equals(state)) return job;
        }
        throw new AssertionError("job " + id + " is never " + state + " but " + job(id));
    }

    static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] png(int width, int height, int colour) {
        return Picture.filled(width, height, colour).png(Map.of());
    }

    static String dataUrl(byte[] png) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
    }

    private HttpRequest.Builder request(String path, String... headers) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(Duration.ofSeconds(20));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private static Answer send(HttpRequest.Builder request) {
        try {
            var answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(answer.statusCode(), answer.headers().map(), answer.body());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
