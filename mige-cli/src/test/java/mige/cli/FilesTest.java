package mige.cli;

import static mige.cli.Spoken.mige;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands about files of weights. */
class FilesTest {

    @TempDir Path folder;
    byte[] weights;

    @BeforeEach void aSmallFile() {
        byte[] header = "{\"FFM.mlp.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}".getBytes(StandardCharsets.UTF_8);
        weights = ByteBuffer.allocate(8 + header.length + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).array();
    }

    @Test void weightsListsWhatIsInside() throws IOException {
        Path file = Files.write(folder.resolve("a.safetensors"), weights);
        Spoken spoken = mige("weights", file);
        assertEquals(0, spoken.code(), spoken.err());
        assertTrue(spoken.out().contains("FFM.mlp.weight") && spoken.out().contains("F32"), spoken.out());
        assertEquals(1, mige("weights", "--summary", file).out().lines().count());
    }

    @Test void weightsOfADamagedFileEndWithOneSentence() throws IOException {
        Path file = Files.write(folder.resolve("a.safetensors"), java.util.Arrays.copyOf(weights, 40));
        Spoken spoken = mige("weights", file);
        assertEquals(1, spoken.code());
        assertEquals(1, spoken.err().lines().count(), spoken.err());
        assertEquals("", spoken.out());
    }

    @Test void weightsOfNothing() {
        assertEquals("mige: nowhere.pth: no such file", mige("weights", "nowhere.pth").complaint());
    }

    @Test void downloadFetchesFromAMirror() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        serve(server, "/index.json", ("[{\"path\":\"a.safetensors\",\"size\":" + weights.length + "}]").getBytes(StandardCharsets.UTF_8));
        serve(server, "/a.safetensors", weights);
        server.start();
        try {
            Spoken spoken = mige("download", "http://localhost:" + server.getAddress().getPort(), "-o", folder.resolve("got"));
            assertEquals(0, spoken.code(), spoken.err());
            assertEquals(folder.resolve("got/a.safetensors") + System.lineSeparator(), spoken.out());
            assertArrayEquals(weights, Files.readAllBytes(folder.resolve("got/a.safetensors")));
        } finally {
            server.stop(0);
        }
    }

    @Test void downloadRefusesWhatIsNoAddress() {
        Spoken spoken = mige("download", "nothing", "-o", folder.resolve("got"));
        assertEquals("mige: 'nothing' is no repository, expected OWNER/NAME", spoken.complaint());
        assertEquals(2, spoken.code());
    }

    @Test void aRandomModelMakesPictures() {
        Path model = folder.resolve("tiny");
        assertEquals(0, mige("dev", "random-checkpoint", "--size", "tiny", "-o", model, "-q").code());
        Spoken spoken = mige("create", "a tree", "--model", model, "-o", folder.resolve("out.png"));
        assertEquals(0, spoken.code(), spoken.err());
        Spoken incomplete = mige("create", "a tree", "--model", Files.exists(model) ? without(model, "vae.safetensors") : model, "-o", folder.resolve("out.png"));
        assertEquals(1, incomplete.code());
        assertEquals(1, incomplete.err().lines().count(), incomplete.err());
    }

    private static Path without(Path model, String file) {
        try {
            Files.delete(model.resolve(file));
            return model;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test void convertRefusesWhatIsNotThere() {
        assertEquals("mige: nowhere.pth: no such file", mige("convert", "--checkpoint", "nowhere.pth", "--vae", folder, "-o", folder.resolve("m")).complaint());
    }

    @Test void convertSaysWhichTensorIsMissing() throws IOException {
        Path file = Files.write(folder.resolve("a.safetensors"), weights);
        Path tokenizer = Files.write(folder.resolve("spiece.model"), new byte[1]);
        Spoken spoken = mige("convert", "--checkpoint", file, "--vae", file, "--tokenizer", tokenizer, "-o", folder.resolve("m"));
        assertEquals(1, spoken.code());
        assertTrue(spoken.complaint().contains("no tensor '"), spoken.complaint());
        assertEquals(1, spoken.err().lines().count(), spoken.err());
    }

    @Test void verifyOfNothingIsRefused() {
        assertEquals(2, mige("verify", "--reference", folder.resolve("nowhere")).code());
    }

    private static void serve(HttpServer server, String path, byte[] body) {
        server.createContext(path, exchange -> {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }
}
