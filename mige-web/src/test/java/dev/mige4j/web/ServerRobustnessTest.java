package dev.mige4j.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Malformed, oversized and slow requests are rejected or closed, and the next valid request succeeds. */
@Timeout(60)
class ServerRobustnessTest {

    final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    final LogRecorder log = new LogRecorder();
    final Server server = Server.start(ServerConfig.DEFAULT.withPort(0), generator);
    final TestClient client = new TestClient(server);

    @AfterEach
    void stop() {
        generator.permits.release(1000);
        server.close();
        log.close();
        assertEquals(List.of(), log.exceptions());
    }

    void assertValidRequestSucceeds() {
        assertEquals(
                200,
                client.postMultipart("/v1/images/edits", "image", TestClient.png(8, 8, 7), "prompt", "make it night")
                        .status());
    }

    Socket openPartialRequest(String request) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.getOutputStream().write(request.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
        return socket;
    }

    static String requestHead(String path, String contentType, long contentLength) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + contentType + "\r\nContent-Length: "
                + contentLength + "\r\n\r\n";
    }

    @Test
    void survivesClientDisconnectDuringUpload() throws Exception {
        for (int i = 0; i < 20; i++)
            openPartialRequest(requestHead("/v1/images/edits", "multipart/form-data; boundary=x", 1_000_000)
                            + "--x\r\nContent-Disp")
                    .close();
        assertValidRequestSucceeds();
    }

    @Test
    void survivesClientDisconnectDuringGeneration() throws Exception {
        generator.permits.drainPermits();
        String body = "{\"prompt\":\"a dog\"}";
        Socket socket =
                openPartialRequest(requestHead("/v1/images/generations", "application/json", body.length()) + body);
        TestClient.await(() -> generator.startedCount.get() > 0);
        socket.close();
        generator.permits.release(1000);
        assertValidRequestSucceeds();
    }

    @Test
    void servesRequestsDuringSlowlorisAttack() throws Exception {
        List<Socket> slowConnections = new ArrayList<>();
        for (int i = 0; i < 300; i++)
            slowConnections.add(openPartialRequest("POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nX-Slow: "));
        for (int i = 0; i < 100; i++)
            slowConnections.add(openPartialRequest(requestHead("/v1/jobs", "application/json", 100) + "{"));
        for (int i = 0; i < 5; i++) assertValidRequestSucceeds();
        for (Socket socket : slowConnections) socket.close();
        assertValidRequestSucceeds();
    }

    @Test
    void answersMalformedBodiesWithClientErrors() throws Exception {
        Random random = new Random(1);
        byte[] png = TestClient.png(9, 7, 0x123456);
        String partHead = "--B\r\nContent-Disposition: form-data; name=";
        byte[] multipart = (partHead + "\"prompt\"\r\n\r\na <image:x> here\r\n"
                        + partHead + "\"image[x]\"; filename=\"x.png\"\r\n\r\n"
                        + new String(png, ISO_8859_1) + "\r\n--B--\r\n")
                .getBytes(ISO_8859_1);
        byte[] json = TestClient.JSON.writeValueAsBytes(Map.of(
                "prompt", "a <image:x>", "named_images", Map.of("x", TestClient.dataUrl(png)), "seed", 5, "steps", 3));
        for (int i = 0; i < 200; i++) {
            byte[] corrupted = corrupt(i % 2 == 0 ? multipart : json, random);
            var response = client.post(
                    "/v1/images/generations",
                    i % 2 == 0 ? "multipart/form-data; boundary=B" : "application/json",
                    corrupted);
            assertTrue(
                    response.status() == 200 || response.status() / 100 == 4,
                    () -> response.status() + " " + response.text() + " for " + new String(corrupted, ISO_8859_1));
            if (response.status() != 200) assertTrue(response.errorMessage().length() > 10, response::text);
        }
        assertValidRequestSucceeds();
    }

    /** Truncates the content, changes bytes, or duplicates or removes a part of it. */
    static byte[] corrupt(byte[] original, Random random) {
        byte[] corrupted = original.clone();
        switch (random.nextInt(4)) {
            case 0 -> corrupted = Arrays.copyOf(original, random.nextInt(original.length));
            case 1 -> {
                for (int i = 1 + random.nextInt(20); i > 0; i--)
                    corrupted[random.nextInt(corrupted.length)] = (byte) random.nextInt(256);
            }
            case 2 -> {
                int from = random.nextInt(original.length), length = random.nextInt(original.length - from);
                corrupted = new byte[original.length + length];
                System.arraycopy(original, 0, corrupted, 0, from + length);
                System.arraycopy(original, from, corrupted, from + length, original.length - from);
            }
            default -> {
                int from = random.nextInt(original.length), length = random.nextInt(original.length - from);
                corrupted = new byte[original.length - length];
                System.arraycopy(original, 0, corrupted, 0, from);
                System.arraycopy(original, from + length, corrupted, from, original.length - from - length);
            }
        }
        return corrupted;
    }

    @Test
    void rejectsOversizedHeaders() throws Exception {
        String response = client.sendRaw(
                ("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a".repeat(100_000) + "\r\n\r\n")
                        .getBytes(ISO_8859_1),
                Duration.ofSeconds(5));
        if (!response.isEmpty()) { // Jetty may close the connection before the response is sent
            assertTrue(response.startsWith("HTTP/1.1 431") && response.contains("\"error\""), response);
            assertFalse(response.contains("jetty"), response);
        }
        String notHttp =
                client.sendRaw("\u0016\u0003\u0001 not HTTP\r\n\r\n".getBytes(ISO_8859_1), Duration.ofSeconds(5));
        assertTrue(notHttp.isEmpty() || notHttp.startsWith("HTTP/1.1 400"), notHttp);
        assertValidRequestSucceeds();
    }

    @Test
    void rejectsOversizedBodies() throws Exception {
        String declaredTooLong = client.sendRaw(
                (requestHead("/v1/jobs", "application/json", 3_000_000_000L) + "{").getBytes(ISO_8859_1),
                Duration.ofSeconds(5));
        assertTrue(declaredTooLong.startsWith("HTTP/1.1 413"), declaredTooLong);
        byte[] tooLong = new byte[Limits.DEFAULT.maxBodyBytes() + 1];
        var response = client.postChunked("/v1/jobs", "application/json", new ByteArrayInputStream(tooLong));
        assertEquals(413, response.status());
        assertValidRequestSucceeds();
    }

    @Test
    void rejectsHugeImagesByHeader() throws Exception {
        byte[] huge = png(10_000, 10_000, new byte[0]);
        for (byte[] image : List.of(
                huge,
                png(5000, 5000, new byte[0]),
                png(Integer.MAX_VALUE, 2, new byte[0]),
                png(-1, 8, new byte[0]),
                Arrays.copyOf(huge, 20))) {
            var response = client.postMultipart("/v1/images/edits", "image", image, "prompt", "make it night");
            assertEquals(422, response.status(), response.text());
        }
        assertValidRequestSucceeds();
    }

    @Test
    void survivesDecompressionBombs() throws Exception {
        byte[] zeros = new byte[1 << 20];
        byte[] bomb = deflateRepeated(zeros, 100); // 100 MB of zeros in 100 KB
        byte[] row = deflateRepeated(new byte[8 * 25], 1);
        byte[] text = chunk("zTXt", concat("note\0\0".getBytes(ISO_8859_1), bomb)),
                profile = chunk("iCCP", concat("p\0\0".getBytes(ISO_8859_1), bomb));
        for (byte[] image : List.of(
                png(8, 8, chunk("IDAT", bomb)),
                png(8, 8, concat(text, chunk("IDAT", row))),
                png(8, 8, concat(profile, chunk("IDAT", row))),
                png(8, 8, chunk("IDAT", new byte[] {1, 2, 3})),
                png(8, 8, new byte[0]))) {
            long start = System.nanoTime();
            var response = client.postMultipart("/v1/images/edits", "image", image, "prompt", "make it night");
            assertTrue(response.status() == 200 || response.status() == 422, response.text());
            assertTrue(System.nanoTime() - start < 10e9, "decoding took more than ten seconds");
        }
        assertValidRequestSucceeds();
    }

    static byte[] png(int width, int height, byte[] chunks) {
        byte[] header = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        return concat(
                concat(new byte[] {(byte) 137, 'P', 'N', 'G', 13, 10, 26, 10}, chunk("IHDR", header)),
                concat(chunks, chunk("IEND", new byte[0])));
    }

    static byte[] chunk(String type, byte[] data) {
        byte[] typeAndData = concat(type.getBytes(ISO_8859_1), data);
        CRC32 crc = new CRC32();
        crc.update(typeAndData);
        return concat(
                concat(ByteBuffer.allocate(4).putInt(data.length).array(), typeAndData),
                ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    static byte[] deflateRepeated(byte[] data, int times) {
        Deflater deflater = new Deflater();
        var out = new ByteArrayOutputStream();
        byte[] buffer = new byte[65536];
        for (int i = 0; i <= times; i++) {
            if (i < times) deflater.setInput(data);
            else deflater.finish();
            for (int n; (n = deflater.deflate(buffer)) > 0; ) out.write(buffer, 0, n);
        }
        deflater.end();
        return out.toByteArray();
    }

    static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
