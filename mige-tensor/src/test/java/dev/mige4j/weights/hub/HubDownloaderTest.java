package dev.mige4j.weights.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.DownloadClient;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs against a local server that disconnects, stalls, redirects, and sends wrong content. */
class HubDownloaderTest {

    @TempDir
    Path folder;

    final Map<String, byte[]> files = new ConcurrentHashMap<>();
    final List<String> requests = java.util.Collections.synchronizedList(new ArrayList<>());
    final byte[] big = new byte[300_000], config = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
    HttpServer server;
    URI base;
    int disconnectAfter = Integer.MAX_VALUE, disconnects, serverErrors, stalls;
    boolean supportsRanges = true, redirect, wrongHash, twoPages;
    long sizeError;
    String oddName;

    @BeforeEach
    void startServer() throws IOException {
        new Random(1).nextBytes(big);
        files.put("vae.safetensors", big);
        files.put("sub/config.json", config);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", this::handle);
        server.start();
        base = URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort());
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath(),
                query = exchange.getRequestURI().getQuery();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(path
                + (range == null ? "" : " " + range)
                + (exchange.getRequestHeaders().containsKey("Authorization") ? " with token" : ""));
        try (exchange) {
            if (serverErrors > 0) {
                serverErrors--;
                exchange.sendResponseHeaders(503, -1);
            } else if (path.equals("/api/models/me/model/tree/main")) {
                boolean second = query.contains("page=2");
                if (twoPages && !second)
                    exchange.getResponseHeaders()
                            .add("Link", "<" + base + path + "?recursive=true&page=2>; rel=\"next\"");
                sendJson(
                        exchange,
                        twoPages
                                ? second ? hubList("sub/config.json") : hubList("vae.safetensors")
                                : hubList("vae.safetensors", "sub/config.json"));
            } else if (path.equals("/mirror/index.json")) {
                sendJson(
                        exchange,
                        "[{\"path\": \"sub/config.json\", \"size\": " + config.length + ", \"sha256\": \""
                                + sha256(config) + "\"}]");
            } else if (redirect && path.startsWith("/me/model/resolve/main/")) {
                exchange.getResponseHeaders()
                        .add(
                                "Location",
                                "http://localhost:" + base.getPort() + "/cdn/"
                                        + path.substring("/me/model/resolve/main/".length()));
                exchange.sendResponseHeaders(302, -1);
            } else {
                byte[] content = files.get(path.replaceFirst("^/(me/model/resolve/main|cdn|mirror)/", ""));
                if (content == null) exchange.sendResponseHeaders(path.contains("gated") ? 403 : 404, -1);
                else
                    send(
                            exchange,
                            content,
                            supportsRanges && range != null ? Integer.parseInt(range.replaceAll("\\D", "")) : 0,
                            supportsRanges && range != null);
            }
        }
    }

    private void send(HttpExchange exchange, byte[] content, int offset, boolean partial) throws IOException {
        if (offset >= content.length) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        if (partial)
            exchange.getResponseHeaders()
                    .add("Content-Range", "bytes " + offset + "-" + (content.length - 1) + "/" + content.length);
        exchange.sendResponseHeaders(partial ? 206 : 200, content.length - offset);
        if (disconnects > 0 && content == big) {
            disconnects--;
            exchange.getResponseBody().write(content, offset, Math.min(disconnectAfter, content.length - offset));
            exchange.getResponseBody().flush();
            if (stalls > 0) {
                stalls--;
                sleep(3000);
            }
            throw new IOException("simulated disconnect");
        }
        exchange.getResponseBody().write(content, offset, content.length - offset);
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void sendJson(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private String hubList(String... names) {
        StringBuilder list =
                new StringBuilder("[{\"type\": \"directory\", \"path\": \"sub\", \"oid\": \"\", \"size\": 0}");
        for (String name : names) {
            byte[] bytes = files.get(name);
            String listedName = oddName != null ? oddName : name;
            if (bytes == big) {
                long size = bytes.length + sizeError;
                list.append(", {\"type\": \"file\", \"path\": \"" + listedName + "\", \"oid\": \"0\", \"size\": " + size
                        + ", \"lfs\": {\"oid\": \"" + sha256(wrongHash ? config : bytes) + "\", \"size\": " + size
                        + "}}");
            } else {
                list.append(", {\"type\": \"file\", \"path\": \"" + listedName + "\", \"size\": " + bytes.length
                        + ", \"oid\": \"" + gitHash(bytes) + "\"}");
            }
        }
        return list.append("]").toString();
    }

    private static String sha256(byte[] bytes) {
        return hash("SHA-256", bytes);
    }

    private static String gitHash(byte[] bytes) {
        byte[] head = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8),
                all = Arrays.copyOf(head, head.length + bytes.length);
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

    private HubDownloader downloader() {
        return HubDownloader.fromHub(base, "me/model", "main", "secret")
                .withRetryPolicy(new DownloadClient.RetryPolicy(3, Duration.ofMillis(10), Duration.ofMillis(700)));
    }

    private void downloadAll() {
        downloader().download(folder, name -> true, ProgressListener.NONE);
    }

    private void assertComplete() throws IOException {
        assertArrayEquals(big, Files.readAllBytes(folder.resolve("vae.safetensors")));
        assertArrayEquals(config, Files.readAllBytes(folder.resolve("sub/config.json")));
        assertNoPartFiles();
    }

    private void assertNoPartFiles() throws IOException {
        try (var all = Files.walk(folder)) {
            assertTrue(all.noneMatch(path -> path.toString().endsWith(".part")));
        }
    }

    @Test
    void downloadsMatchingFilesAndReportsProgress() throws IOException {
        List<String> progress = new ArrayList<>();
        List<Path> files = downloader()
                .download(
                        folder,
                        name -> name.endsWith(".json"),
                        (file, done, total) -> progress.add(file + " " + done + " " + total));
        assertEquals(List.of(folder.resolve("sub/config.json")), files);
        assertEquals("sub/config.json 8 8", progress.get(progress.size() - 1));
        downloadAll();
        assertComplete();
        assertTrue(requests.contains("/api/models/me/model/tree/main with token"));
    }

    @Test
    void keepsVerifiedFiles() throws IOException {
        downloadAll();
        requests.clear();
        downloadAll();
        assertEquals(1, requests.size(), requests.toString());
        byte[] damaged = big.clone();
        damaged[7]++;
        Files.write(folder.resolve("vae.safetensors"), damaged);
        downloadAll();
        assertComplete();
    }

    @Test
    void followsPagination() throws IOException {
        twoPages = true;
        downloadAll();
        assertComplete();
    }

    @Test
    void downloadsFromAMirror() throws IOException {
        HubDownloader.fromMirror(URI.create(base + "/mirror")).download(folder, name -> true, ProgressListener.NONE);
        assertArrayEquals(config, Files.readAllBytes(folder.resolve("sub/config.json")));
    }

    @Test
    void resumesAfterADisconnect() throws IOException {
        disconnectAfter = 60_000;
        disconnects = 4;
        downloadAll();
        assertComplete();
        long partial = requests.stream()
                .filter(line -> line.contains("Range") || line.contains("bytes="))
                .count();
        assertEquals(4, partial, requests.toString());
    }

    @Test
    void resumesAfterAReadTimeout() throws IOException {
        disconnectAfter = 60_000;
        disconnects = stalls = 1;
        downloadAll();
        assertComplete();
    }

    @Test
    void resumesInALaterRun() throws IOException {
        var e = assertThrows(CancelledException.class, () -> downloader()
                .download(folder, name -> true, (file, done, total) -> done < 100_000));
        assertTrue(e.getMessage().contains("a new download continues from there."), e.getMessage());
        assertTrue(Files.size(folder.resolve("vae.safetensors.part")) >= 100_000);
        assertFalse(Files.exists(folder.resolve("vae.safetensors")));
        downloadAll();
        assertComplete();
        assertTrue(requests.stream().anyMatch(line -> line.contains("bytes=")));
    }

    @Test
    void restartsWhenTheServerIgnoresRanges() throws IOException {
        supportsRanges = false;
        Files.write(folder.resolve("vae.safetensors.part"), Arrays.copyOf(big, 1000));
        downloadAll();
        assertComplete();
    }

    @Test
    void restartsWhenThePartFileIsStale() throws IOException {
        Files.write(folder.resolve("vae.safetensors.part"), new byte[1000]);
        downloadAll();
        assertComplete();
        Files.delete(folder.resolve("vae.safetensors"));
        Files.write(folder.resolve("vae.safetensors.part"), new byte[400_000]);
        downloadAll();
        assertComplete();
    }

    @Test
    void givesUpAfterRepeatedDisconnects() {
        disconnectAfter = 0;
        disconnects = 1000;
        var e = assertThrows(UsageException.class, this::downloadAll);
        assertTrue(e.getMessage().contains("could not be downloaded in 3 attempts"), e.getMessage());
    }

    @Test
    void retriesServerErrors() throws IOException {
        serverErrors = 2;
        downloadAll();
        assertComplete();
    }

    @Test
    void discardsFilesWithAWrongChecksum() throws IOException {
        wrongHash = true;
        var e = assertThrows(WeightsException.class, this::downloadAll);
        assertTrue(
                e.getMessage()
                        .startsWith("vae.safetensors: the SHA-256 of the downloaded file is not the expected one"),
                e.getMessage());
        assertFalse(Files.exists(folder.resolve("vae.safetensors")));
        assertNoPartFiles();
    }

    @ParameterizedTest
    @ValueSource(longs = {-5000, 5000})
    void rejectsAWrongSize(long error) throws IOException {
        sizeError = error;
        var e = assertThrows(RuntimeException.class, this::downloadAll);
        String expected = error < 0
                ? "the server sends more than the expected 295000 bytes"
                : "could not be downloaded in 3 attempts";
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertFalse(Files.exists(folder.resolve("vae.safetensors")));
    }

    @Test
    void reportsAFullDisk() {
        sizeError = 1L << 60;
        var e = assertThrows(UsageException.class, this::downloadAll);
        assertTrue(e.getMessage().contains("needs 1.2 EB, the disk has"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../evil", "a/../../evil", "/etc/evil", "a//b", "C:evil", "a\\\\..\\\\b", "", "./a", "a\\u0000b"
            })
    void rejectsPathTraversal(String name) throws IOException {
        oddName = name;
        var e = assertThrows(WeightsException.class, this::downloadAll);
        assertTrue(e.getMessage().contains("which would be outside the folder"), e.getMessage());
        try (var inside = Files.list(folder)) {
            assertEquals(0, inside.count());
        }
    }

    @Test
    void rejectsSymlinksOutOfTheFolder() throws IOException {
        Path outside = Files.createTempDirectory("outside");
        Files.createSymbolicLink(folder.resolve("sub"), outside);
        var e = assertThrows(WeightsException.class, this::downloadAll);
        assertTrue(e.getMessage().contains("is a symbolic link out of the folder"), e.getMessage());
        try (var inside = Files.list(outside)) {
            assertEquals(0, inside.count());
        }
        Files.delete(outside);
    }

    @Test
    void sendsTheTokenToItsOwnHostOnly() throws IOException {
        redirect = true;
        downloadAll();
        assertComplete();
        assertTrue(requests.contains("/me/model/resolve/main/vae.safetensors with token"), requests.toString());
        assertTrue(requests.contains("/cdn/vae.safetensors"), requests.toString());
        assertNull(requests.stream()
                .filter(line -> line.startsWith("/cdn") && line.contains("token"))
                .findFirst()
                .orElse(null));
    }

    @Test
    void reportsInvalidRequests() {
        var absent = assertThrows(UsageException.class, () -> HubDownloader.fromHub(base, "me/absent", "main", null)
                .download(folder, name -> true, ProgressListener.NONE));
        assertTrue(absent.getMessage().contains("not found (404). Check the repository"), absent.getMessage());
        var gated = assertThrows(UsageException.class, () -> HubDownloader.fromHub(base, "me/gated", "main", null)
                .download(folder, name -> true, ProgressListener.NONE));
        assertTrue(gated.getMessage().contains("Accept the licence on the server's page"), gated.getMessage());
        assertThrows(UsageException.class, () -> HubDownloader.fromHub(base, "../x", "main", null));
        assertThrows(UsageException.class, () -> HubDownloader.fromHub(base, "me/model", "../x", null));
        assertThrows(UsageException.class, () -> HubDownloader.fromMirror(URI.create("file:///etc")));
        var none = assertThrows(
                UsageException.class, () -> downloader().download(folder, name -> false, ProgressListener.NONE));
        assertTrue(none.getMessage().contains("has none of the requested files"), none.getMessage());
    }
}
