package mige.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import mige.tensor.UsageException;
import mige.tensor.WeightsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server on this machine that breaks off, is silent, lies and sends elsewhere. */
class DownloadTest {

    @TempDir Path folder;
    final Map<String, byte[]> files = new ConcurrentHashMap<>();
    final List<String> asked = java.util.Collections.synchronizedList(new ArrayList<>());
    final byte[] big = new byte[300_000], config = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
    HttpServer server;
    URI base;
    int breakAfter = Integer.MAX_VALUE, breaks, failures, silences;
    boolean ranges = true, redirect, wrongHash, twoPages;
    long sizeLie;
    String oddName;

    @BeforeEach void serve() throws IOException {
        new Random(1).nextBytes(big);
        files.put("vae.safetensors", big);
        files.put("sub/config.json", config);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", this::answer);
        server.start();
        base = URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":" + server.getAddress().getPort());
    }

    @AfterEach void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath(), query = exchange.getRequestURI().getQuery();
        String range = exchange.getRequestHeaders().getFirst("Range");
        asked.add(path + (range == null ? "" : " " + range) + (exchange.getRequestHeaders().containsKey("Authorization") ? " with token" : ""));
        try (exchange) {
            if (failures > 0) {
                failures--;
                exchange.sendResponseHeaders(503, -1);
            } else if (path.equals("/api/models/me/model/tree/main")) {
                boolean second = query.contains("page=2");
                if (twoPages && !second) exchange.getResponseHeaders().add("Link", "<" + base + path + "?recursive=true&page=2>; rel=\"next\"");
                json(exchange, twoPages ? second ? hubList("sub/config.json") : hubList("vae.safetensors") : hubList("vae.safetensors", "sub/config.json"));
            } else if (path.equals("/mirror/index.json")) {
                json(exchange, "[{\"path\": \"sub/config.json\", \"size\": " + config.length + ", \"sha256\": \"" + sha256(config) + "\"}]");
            } else if (redirect && path.startsWith("/me/model/resolve/main/")) {
                exchange.getResponseHeaders().add("Location", "http://localhost:" + base.getPort() + "/cdn/" + path.substring("/me/model/resolve/main/".length()));
                exchange.sendResponseHeaders(302, -1);
            } else {
                byte[] whole = files.get(path.replaceFirst("^/(me/model/resolve/main|cdn|mirror)/", ""));
                if (whole == null) exchange.sendResponseHeaders(path.contains("gated") ? 403 : 404, -1);
                else send(exchange, whole, ranges && range != null ? Integer.parseInt(range.replaceAll("\\D", "")) : 0, ranges && range != null);
            }
        }
    }

    private void send(HttpExchange exchange, byte[] whole, int from, boolean partly) throws IOException {
        if (from >= whole.length) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        if (partly) exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (whole.length - 1) + "/" + whole.length);
        exchange.sendResponseHeaders(partly ? 206 : 200, whole.length - from);
        if (breaks > 0 && whole == big) {
            breaks--;
            exchange.getResponseBody().write(whole, from, Math.min(breakAfter, whole.length - from));
            exchange.getResponseBody().flush();
            if (silences > 0) {
                silences--;
                pause(3000);
            }
            throw new IOException("broken on purpose");
        }
        exchange.getResponseBody().write(whole, from, whole.length - from);
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void json(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private String hubList(String... names) {
        StringBuilder list = new StringBuilder("[{\"type\": \"directory\", \"path\": \"sub\", \"oid\": \"\", \"size\": 0}");
        for (String name : names) {
            byte[] bytes = files.get(name);
            String shown = oddName != null ? oddName : name;
            if (bytes == big) {
                long size = bytes.length + sizeLie;
                list.append(", {\"type\": \"file\", \"path\": \"" + shown + "\", \"oid\": \"0\", \"size\": " + size + ", \"lfs\": {\"oid\": \""
                        + sha256(wrongHash ? config : bytes) + "\", \"size\": " + size + "}}");
            } else {
                list.append(", {\"type\": \"file\", \"path\": \"" + shown + "\", \"size\": " + bytes.length + ", \"oid\": \"" + gitHash(bytes) + "\"}");
            }
        }
        return list.append("]").toString();
    }

    private static String sha256(byte[] bytes) {
        return hash("SHA-256", bytes);
    }

    private static String gitHash(byte[] bytes) {
        byte[] head = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8), all = Arrays.copyOf(head, head.length + bytes.length);
        System.arraycopy(bytes, 0, all, head.length, bytes.length);
        return hash("SHA-1", all);
    }

    private static String hash(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private Download hub() {
        return Download.hub(base, "me/model", "main", "secret").patience(3, Duration.ofMillis(10), Duration.ofMillis(700));
    }

    private void fetchAll() {
        hub().fetch(folder, name -> true, Transfer.SILENT);
    }

    private void assertWhole() throws IOException {
        assertArrayEquals(big, Files.readAllBytes(folder.resolve("vae.safetensors")));
        assertArrayEquals(config, Files.readAllBytes(folder.resolve("sub/config.json")));
        assertNoParts();
    }

    private void assertNoParts() throws IOException {
        try (var all = Files.walk(folder)) {
            assertTrue(all.noneMatch(path -> path.toString().endsWith(".part")));
        }
    }

    @Test void fetchesTheWantedFilesAndTellsHowFarItIs() throws IOException {
        List<String> told = new ArrayList<>();
        List<Path> files = hub().fetch(folder, name -> name.endsWith(".json"), (file, done, of) -> told.add(file + " " + done + " " + of));
        assertEquals(List.of(folder.resolve("sub/config.json")), files);
        assertEquals("sub/config.json 8 8", told.get(told.size() - 1));
        fetchAll();
        assertWhole();
        assertTrue(asked.contains("/api/models/me/model/tree/main with token"));
    }

    @Test void keepsWhatIsThereAlready() throws IOException {
        fetchAll();
        asked.clear();
        fetchAll();
        assertEquals(1, asked.size(), asked.toString());
        byte[] damaged = big.clone();
        damaged[7]++;
        Files.write(folder.resolve("vae.safetensors"), damaged);
        fetchAll();
        assertWhole();
    }

    @Test void readsEveryPageOfTheList() throws IOException {
        twoPages = true;
        fetchAll();
        assertWhole();
    }

    @Test void fetchesFromAPlainMirror() throws IOException {
        Download.mirror(URI.create(base + "/mirror")).fetch(folder, name -> true, Transfer.SILENT);
        assertArrayEquals(config, Files.readAllBytes(folder.resolve("sub/config.json")));
    }

    @Test void goesOnWhereTheConnectionBrokeOff() throws IOException {
        breakAfter = 60_000;
        breaks = 4;
        fetchAll();
        assertWhole();
        long partial = asked.stream().filter(line -> line.contains("Range") || line.contains("bytes=")).count();
        assertEquals(4, partial, asked.toString());
    }

    @Test void goesOnAfterASilence() throws IOException {
        breakAfter = 60_000;
        breaks = silences = 1;
        fetchAll();
        assertWhole();
    }

    @Test void goesOnInALaterRun() throws IOException {
        var e = assertThrows(UsageException.class, () -> hub().fetch(folder, name -> true, (file, done, of) -> done < 100_000));
        assertTrue(e.getMessage().contains("The same command goes on from there."), e.getMessage());
        assertTrue(Files.size(folder.resolve("vae.safetensors.part")) >= 100_000);
        assertFalse(Files.exists(folder.resolve("vae.safetensors")));
        fetchAll();
        assertWhole();
        assertTrue(asked.stream().anyMatch(line -> line.contains("bytes=")));
    }

    @Test void beginsAnewWhenTheServerCannotGoOn() throws IOException {
        ranges = false;
        Files.write(folder.resolve("vae.safetensors.part"), Arrays.copyOf(big, 1000));
        fetchAll();
        assertWhole();
    }

    @Test void beginsAnewWhenTheOldPartIsOfAnotherVersion() throws IOException {
        Files.write(folder.resolve("vae.safetensors.part"), new byte[1000]);
        fetchAll();
        assertWhole();
        Files.delete(folder.resolve("vae.safetensors"));
        Files.write(folder.resolve("vae.safetensors.part"), new byte[400_000]);
        fetchAll();
        assertWhole();
    }

    @Test void givesUpOnAServerThatAlwaysBreaksOff() {
        breakAfter = 0;
        breaks = 1000;
        var e = assertThrows(UsageException.class, this::fetchAll);
        assertTrue(e.getMessage().contains("could not be fetched in 3 attempts"), e.getMessage());
    }

    @Test void bearsAServerThatIsBusyForAWhile() throws IOException {
        failures = 2;
        fetchAll();
        assertWhole();
    }

    @Test void throwsAwayAFileWithTheWrongHash() throws IOException {
        wrongHash = true;
        var e = assertThrows(WeightsException.class, this::fetchAll);
        assertTrue(e.getMessage().startsWith("vae.safetensors: its SHA-256 is not the one the server named; the copy was thrown away."), e.getMessage());
        assertFalse(Files.exists(folder.resolve("vae.safetensors")));
        assertNoParts();
    }

    @ParameterizedTest @ValueSource(longs = {-5000, 5000}) void noticesALieAboutTheSize(long lie) throws IOException {
        sizeLie = lie;
        var e = assertThrows(RuntimeException.class, this::fetchAll);
        String expected = lie < 0 ? "the server sends more than the 295000 bytes it named" : "could not be fetched in 3 attempts";
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertFalse(Files.exists(folder.resolve("vae.safetensors")));
    }

    @Test void saysWhenTheDiskIsTooSmall() {
        sizeLie = 1L << 60;
        var e = assertThrows(UsageException.class, this::fetchAll);
        assertTrue(e.getMessage().contains("needs 1.2 EB, the disk has"), e.getMessage());
    }

    @ParameterizedTest @ValueSource(strings = {"../evil", "a/../../evil", "/etc/evil", "a//b", "C:evil", "a\\\\..\\\\b", "", "./a", "a\\u0000b"})
    void refusesNamesThatLeaveTheFolder(String name) throws IOException {
        oddName = name;
        var e = assertThrows(WeightsException.class, this::fetchAll);
        assertTrue(e.getMessage().contains("which would not lie inside the folder"), e.getMessage());
        try (var inside = Files.list(folder)) {
            assertEquals(0, inside.count());
        }
    }

    @Test void refusesALinkThatLeavesTheFolder() throws IOException {
        Path outside = Files.createTempDirectory("outside");
        Files.createSymbolicLink(folder.resolve("sub"), outside);
        var e = assertThrows(WeightsException.class, this::fetchAll);
        assertTrue(e.getMessage().contains("is a link that leads elsewhere"), e.getMessage());
        try (var inside = Files.list(outside)) {
            assertEquals(0, inside.count());
        }
        Files.delete(outside);
    }

    @Test void givesTheTokenToItsOwnHostOnly() throws IOException {
        redirect = true;
        fetchAll();
        assertWhole();
        assertTrue(asked.contains("/me/model/resolve/main/vae.safetensors with token"), asked.toString());
        assertTrue(asked.contains("/cdn/vae.safetensors"), asked.toString());
        assertNull(asked.stream().filter(line -> line.startsWith("/cdn") && line.contains("token")).findFirst().orElse(null));
    }

    @Test void saysWhatIsWrongWithARequest() {
        var absent = assertThrows(UsageException.class, () -> Download.hub(base, "me/absent", "main", null).fetch(folder, name -> true, Transfer.SILENT));
        assertTrue(absent.getMessage().contains("is not there (404). Check the repository"), absent.getMessage());
        var gated = assertThrows(UsageException.class, () -> Download.hub(base, "me/gated", "main", null).fetch(folder, name -> true, Transfer.SILENT));
        assertTrue(gated.getMessage().contains("Accept the model's licence there"), gated.getMessage());
        assertThrows(UsageException.class, () -> Download.hub(base, "../x", "main", null));
        assertThrows(UsageException.class, () -> Download.hub(base, "me/model", "../x", null));
        assertThrows(UsageException.class, () -> Download.mirror(URI.create("file:///etc")));
        var none = assertThrows(UsageException.class, () -> hub().fetch(folder, name -> false, Transfer.SILENT));
        assertTrue(none.getMessage().contains("has none of the wanted files"), none.getMessage());
    }
}
