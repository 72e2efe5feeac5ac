package mige.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
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

/** Whatever a client sends, the server answers or closes, and the good request right after gets its picture. */
@Timeout(60)
class FaultTest {

    final FakeModel model = FakeModel.free();
    final List<String> log = java.util.Collections.synchronizedList(new ArrayList<>());
    final Server server = Server.start(ServerConfig.DEFAULT.withPort(0).withLog(log::add), model);
    final Client client = new Client(server);

    @AfterEach void stop() {
        model.permits.release(1000);
        server.close();
        assertEquals(List.of(), log.stream().filter(line -> line.contains("\"fault\"")).toList());
    }

    void aGoodRequestSucceeds() {
        assertEquals(200, client.form("/v1/images/edits", "image", Client.png(8, 8, 7), "prompt", "make it night").status());
    }

    Socket half(String request) throws IOException {
        Socket socket = new Socket("127.0.0.1", server.port());
        socket.getOutputStream().write(request.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
        return socket;
    }

    @Test void bearsAClientThatGoesAwayWhileItSends() throws Exception {
        for (int i = 0; i < 20; i++)
            half("POST /v1/images/edits HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\nContent-Disp").close();
        aGoodRequestSucceeds();
    }

    @Test void bearsAClientThatGoesAwayWhileItsPictureIsMade() throws Exception {
        model.permits.drainPermits();
        String body = "{\"prompt\":\"a dog\"}";
        Socket socket = half("POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        while (model.begun.get() == 0) Client.pause();
        socket.close();
        model.permits.release(1000);
        aGoodRequestSucceeds();
    }

    @Test void servesOthersWhileManyDawdle() throws Exception {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 300; i++) slow.add(half("POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nX-Slow: "));
        for (int i = 0; i < 100; i++) slow.add(half("POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"));
        for (int i = 0; i < 5; i++) aGoodRequestSucceeds();
        for (Socket socket : slow) socket.close();
        aGoodRequestSucceeds();
    }

    @Test void answersTwoHundredMalformedBodies() throws Exception {
        Random random = new Random(1);
        byte[] png = Client.png(9, 7, 0x123456);
        byte[] form = ("--B\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na <image:x> here\r\n--B\r\nContent-Disposition: form-data; name=\"image[x]\"; filename=\"x.png\"\r\n\r\n"
                + new String(png, ISO_8859_1) + "\r\n--B--\r\n").getBytes(ISO_8859_1);
        byte[] json = Client.JSON.writeValueAsBytes(Map.of("prompt", "a <image:x>", "pictures", Map.of("x", Client.dataUrl(png)), "seed", 5, "steps", 3));
        for (int i = 0; i < 200; i++) {
            byte[] bad = spoiled(i % 2 == 0 ? form : json, random);
            var answer = client.post("/v1/images/generations", i % 2 == 0 ? "multipart/form-data; boundary=B" : "application/json", bad);
            assertTrue(answer.status() == 200 || answer.status() >= 400 && answer.status() < 500, () -> answer.status() + " " + answer.text() + " for " + new String(bad, ISO_8859_1));
            if (answer.status() != 200) assertTrue(answer.error().length() > 10, answer::text);
        }
        aGoodRequestSucceeds();
    }

    /** Cut off, bytes changed, a part doubled or taken out. */
    static byte[] spoiled(byte[] good, Random random) {
        byte[] bad = good.clone();
        switch (random.nextInt(4)) {
            case 0 -> bad = Arrays.copyOf(good, random.nextInt(good.length));
            case 1 -> {
                for (int i = 1 + random.nextInt(20); i > 0; i--) bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            case 2 -> {
                int from = random.nextInt(good.length), length = random.nextInt(good.length - from);
                bad = new byte[good.length + length];
                System.arraycopy(good, 0, bad, 0, from + length);
                System.arraycopy(good, from, bad, from + length, good.length - from);
            }
            default -> {
                int from = random.nextInt(good.length), length = random.nextInt(good.length - from);
                bad = new byte[good.length - length];
                System.arraycopy(good, 0, bad, 0, from);
                System.arraycopy(good, from + length, bad, from, good.length - from - length);
            }
        }
        return bad;
    }

    @Test void refusesHeadersThatAreTooLong() throws Exception {
        String answer = client.raw(("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a".repeat(100_000) + "\r\n\r\n").getBytes(ISO_8859_1), Duration.ofSeconds(5));
        assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 431") && answer.contains("\"error\"") && !answer.contains("jetty"), answer);
        String nonsense = client.raw("\u0016\u0003\u0001 no HTTP at all\r\n\r\n".getBytes(ISO_8859_1), Duration.ofSeconds(5));
        assertTrue(nonsense.isEmpty() || nonsense.startsWith("HTTP/1.1 400"), nonsense);
        aGoodRequestSucceeds();
    }

    @Test void refusesBodiesThatAreTooLong() throws Exception {
        String announced = client.raw("POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 3000000000\r\n\r\n{".getBytes(ISO_8859_1), Duration.ofSeconds(5));
        assertTrue(announced.startsWith("HTTP/1.1 413"), announced);
        var answer = client.post("/v1/jobs", "application/json", new byte[Limits.DEFAULT.body() + 1]);
        assertEquals(413, answer.status());
        aGoodRequestSucceeds();
    }

    @Test void refusesVastPicturesByTheirHeaders() throws Exception {
        byte[] vast = png(10_000, 10_000, new byte[0]);
        for (byte[] picture : List.of(vast, png(5000, 5000, new byte[0]), png(Integer.MAX_VALUE, 2, new byte[0]), png(-1, 8, new byte[0]), Arrays.copyOf(vast, 20))) {
            var answer = client.form("/v1/images/edits", "image", picture, "prompt", "make it night");
            assertEquals(422, answer.status(), answer.text());
        }
        aGoodRequestSucceeds();
    }

    @Test void bearsPicturesThatUnpackWithoutEnd() throws Exception {
        byte[] zeros = new byte[1 << 20];
        byte[] flood = deflated(zeros, 100);                    // 100 MB of zeros in 100 KB
        byte[] row = deflated(new byte[8 * 25], 1);
        byte[] text = chunk("zTXt", concat("note\0\0".getBytes(ISO_8859_1), flood)), profile = chunk("iCCP", concat("p\0\0".getBytes(ISO_8859_1), flood));
        for (byte[] picture : List.of(png(8, 8, chunk("IDAT", flood)), png(8, 8, concat(text, chunk("IDAT", row))), png(8, 8, concat(profile, chunk("IDAT", row))),
                png(8, 8, chunk("IDAT", new byte[] {1, 2, 3})), png(8, 8, new byte[0]))) {
            long start = System.nanoTime();
            var answer = client.form("/v1/images/edits", "image", picture, "prompt", "make it night");
            assertTrue(answer.status() == 200 || answer.status() == 422, answer.text());
            assertTrue(System.nanoTime() - start < 10e9, "a bomb of 100 KB took more than ten seconds");
        }
        aGoodRequestSucceeds();
    }

    static byte[] png(int width, int height, byte[] chunks) {
        byte[] header = ByteBuffer.allocate(13).putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0}).array();
        return concat(concat(new byte[] {(byte) 137, 'P', 'N', 'G', 13, 10, 26, 10}, chunk("IHDR", header)), concat(chunks, chunk("IEND", new byte[0])));
    }

    static byte[] chunk(String type, byte[] data) {
        byte[] named = concat(type.getBytes(ISO_8859_1), data);
        CRC32 sum = new CRC32();
        sum.update(named);
        return concat(concat(ByteBuffer.allocate(4).putInt(data.length).array(), named), ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
    }

    static byte[] deflated(byte[] data, int times) {
        Deflater deflater = new Deflater();
        var out = new ByteArrayOutputStream();
        byte[] part = new byte[65536];
        for (int i = 0; i <= times; i++) {
            if (i < times) deflater.setInput(data);
            else deflater.finish();
            for (int n; (n = deflater.deflate(part)) > 0; ) out.write(part, 0, n);
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
