package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Json;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that do not take large responses do not use up the heap. */
@Timeout(30)
class ResponseMemoryTest {

    static final int SIZE = 1600;
    static final int MIB = 1 << 20;

    final Server server = Server.start(
            ServerConfig.DEFAULT.withPort(0).withLimits(Limits.DEFAULT.withMaxMemoryBytes(10 * MIB)),
            FakeImageGenerator.unblocked());

    @AfterEach
    void stop() {
        server.close();
    }

    /** An edit of noise, all of which stays but for one pixel, so that the answer has 10 MB. */
    static String editOfNoise() throws IOException {
        BufferedImage noise = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(1);
        for (int y = 0; y < SIZE; y++) for (int x = 0; x < SIZE; x++) noise.setRGB(x, y, random.nextInt());
        BufferedImage mask = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        mask.setRGB(0, 0, 0xffffff);
        String body = Json.write(Map.of("prompt", "red", "image", dataUrl(noise), "mask", dataUrl(mask)));
        return RawConnection.head("/v1/images/edits", "application/json", body.length()) + body;
    }

    static String dataUrl(BufferedImage image) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
    }

    /** Takes three seconds, because a client is not slow before. */
    @Test
    void closesTheConnectionOfASlowReaderWhenAnotherResponseNeedsItsMemory() throws Exception {
        String edit = editOfNoise();
        try (RawConnection slow = new RawConnection(server);
                RawConnection fast = new RawConnection(server);
                RawConnection next = new RawConnection(server)) {
            slow.send(edit);
            assertTrue(slow.readHead().startsWith("HTTP/1.1 200 "));
            Thread.sleep(2500);
            fast.send(edit);
            assertTrue(fast.readHead().startsWith("HTTP/1.1 200 "));
            assertThrows(IOException.class, slow::readToEndOfResponse);
            assertTrue(fast.readToEndOfResponse() > 10 * MIB * 9 / 10);
            next.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertEquals("HTTP/1.1 200 ", next.readResponse().substring(0, 13));
        }
    }
}
