package dev.mige4j.weights.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Imitates a model hub on {@code 127.0.0.1}, with its storage on {@code localhost}: lists the files of repositories,
 * redirects large ones to signed addresses of the storage, and sends ranges. What a test scripts with {@link #answer}
 * happens instead. Each repository is a mirror as well.
 *
 * <pre>
 *   /api/models/OWNER/NAME/tree/main    list; in pages of {@link #pageSize} files
 *   /OWNER/NAME/resolve/main/PATH       a small file, or 302 to the storage
 *   /storage/N/OWNER/NAME/PATH          content; N grows with every redirect
 *   /mirror/OWNER/NAME/...              index.json and contents
 * </pre>
 */
public final class LocalHub implements AutoCloseable {

    /** The content of a file; may be larger than the memory. */
    public interface Content {
        long size();

        InputStream open() throws IOException;

        /** The SHA-256 that the hub lists; null: that of the content. */
        default String listedSha256() {
            return null;
        }

        /** Of bytes in memory. */
        static Content of(byte[] bytes) {
            return new Content() {
                @Override
                public long size() {
                    return bytes.length;
                }

                @Override
                public InputStream open() {
                    return new ByteArrayInputStream(bytes);
                }
            };
        }

        /** Of a file on the disk. */
        static Content of(Path file) {
            return new Content() {
                @Override
                public long size() {
                    try {
                        return Files.size(file);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }

                @Override
                public InputStream open() throws IOException {
                    return Files.newInputStream(file);
                }
            };
        }
    }

    /** Something else than the regular answer to a request. */
    @FunctionalInterface
    public interface Answer {

        /** Answers the request; {@code regular} would send the regular answer. */
        void send(HttpExchange exchange, Reply regular) throws IOException;

        /** A status without a body. */
        static Answer status(int status, String... headers) {
            return (exchange, regular) -> {
                for (int i = 0; i < headers.length; i += 2)
                    exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
                exchange.sendResponseHeaders(status, -1);
            };
        }

        /** A body with status 200. */
        static Answer body(String contentType, String body) {
            return (exchange, regular) -> {
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", contentType);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            };
        }

        /** The regular answer, until the connection is lost after a number of bytes of the body. */
        static Answer disconnectAfter(long bytes) {
            return (exchange, regular) -> regular.send(true, bytes, 0);
        }

        /**
         * The regular answer, but no data comes for some time after a number of bytes, and then the connection is lost.
         */
        static Answer stallAfter(long bytes, int millis) {
            return (exchange, regular) -> regular.send(true, bytes, millis);
        }

        /** The regular answer to a request without a range. */
        static Answer ignoringTheRange() {
            return (exchange, regular) -> regular.send(false, Long.MAX_VALUE, 0);
        }

        /** The regular answer with further headers. */
        static Answer withHeaders(String... headers) {
            return (exchange, regular) -> {
                for (int i = 0; i < headers.length; i += 2)
                    exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
                regular.send(true, Long.MAX_VALUE, 0);
            };
        }
    }

    /** Sends the regular answer. */
    @FunctionalInterface
    public interface Reply {

        /**
         * Sends the range that was requested, or all; loses the connection after {@code maxBytes} of the body and a
         * pause, if there are more.
         */
        void send(boolean ranges, long maxBytes, int millis) throws IOException;
    }

    private static final class ScriptedAnswer {
        final String path;
        final Answer answer;
        int times;

        ScriptedAnswer(String path, int times, Answer answer) {
            this.path = path;
            this.answer = answer;
            this.times = times;
        }
    }

    /** Files of at least so many bytes are in the storage and listed with their SHA-256. */
    public static final int LARGE_BYTES = 10_000;

    private final Map<String, Map<String, Content>> repositories = new ConcurrentHashMap<>();
    private final Map<Content, String> checksums = Collections.synchronizedMap(new LinkedHashMap<>());
    private final Map<String, String> tokens = new ConcurrentHashMap<>();
    private final List<ScriptedAnswer> script = new ArrayList<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "local-hub");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpServer server;
    private volatile int pageSize = Integer.MAX_VALUE, redirects;

    public LocalHub() throws IOException {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // otherwise a short answer takes 40 ms
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Address of the hub. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port());
    }

    /** Address of a repository as a mirror. */
    public URI mirrorUrl(String repository) {
        return URI.create(url() + "/mirror/" + repository);
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** Adds or replaces a file. */
    public LocalHub put(String repository, String path, Content content) {
        repositories
                .computeIfAbsent(repository, name -> Collections.synchronizedMap(new TreeMap<>()))
                .put(path, content);
        return this;
    }

    public LocalHub put(String repository, String path, byte[] content) {
        return put(repository, path, Content.of(content));
    }

    /** Files of the repository can be read with this token only; its list can be read by everybody. */
    public LocalHub gate(String repository, String token) {
        tokens.put(repository, token);
        return this;
    }

    /** The number of files on a page of a list. */
    public LocalHub pageSize(int files) {
        pageSize = files;
        return this;
    }

    /** Answers the next requests whose path contains {@code path}. */
    public LocalHub answer(String path, int times, Answer answer) {
        synchronized (script) {
            script.add(new ScriptedAnswer(path, times, answer));
        }
        return this;
    }

    /** Answers all further requests whose path contains {@code path}. */
    public LocalHub answer(String path, Answer answer) {
        return answer(path, Integer.MAX_VALUE, answer);
    }

    /** The requests so far: path, range if any, and {@code with token} if there was one. */
    public List<String> requests() {
        return requests;
    }

    /** The requests so far whose line contains {@code text}. */
    public List<String> requests(String text) {
        synchronized (requests) {
            return requests.stream().filter(line -> line.contains(text)).toList();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath(),
                range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(path
                + (range == null ? "" : " " + range)
                + (exchange.getRequestHeaders().containsKey("Authorization") ? " with token" : ""));
        try (exchange) {
            Answer answer = nextAnswer(path);
            Reply regular = (ranges, maxBytes, millis) ->
                    answerRegularly(exchange, path, ranges ? range : null, maxBytes, millis);
            if (answer == null) regular.send(true, Long.MAX_VALUE, 0);
            else answer.send(exchange, regular);
        }
    }

    private Answer nextAnswer(String path) {
        synchronized (script) {
            for (ScriptedAnswer scripted : script)
                if (scripted.times > 0 && path.contains(scripted.path)) {
                    scripted.times--;
                    return scripted.answer;
                }
        }
        return null;
    }

    private void answerRegularly(HttpExchange exchange, String path, String range, long maxBytes, int millis)
            throws IOException {
        String[] parts = path.substring(1).split("/");
        if (path.matches("/api/models/[^/]+/[^/]+/tree/.+")) sendList(exchange, parts[2] + "/" + parts[3], parts[5]);
        else if (path.matches("/[^/]+/[^/]+/resolve/[^/]+/.+"))
            resolve(exchange, parts[0] + "/" + parts[1], parts[3], rest(path, 4), range, maxBytes, millis);
        else if (path.matches("/(storage|mirror)/[^/]+/[^/]+/.+")) {
            boolean mirror = parts[0].equals("mirror");
            String repository = mirror ? parts[1] + "/" + parts[2] : parts[2] + "/" + parts[3];
            String file = rest(path, mirror ? 3 : 4);
            Map<String, Content> files = repositories.getOrDefault(repository, Map.of());
            if (mirror && file.equals("index.json")) sendJson(exchange, mirrorIndex(files));
            else if (!files.containsKey(file)) Answer.status(404).send(exchange, null);
            else sendContent(exchange, files.get(file), range, maxBytes, millis);
        } else Answer.status(404).send(exchange, null);
    }

    private static String rest(String path, int parts) {
        return path.replaceFirst("^(/[^/]*){" + parts + "}/", "");
    }

    private void sendList(HttpExchange exchange, String repository, String revision) throws IOException {
        Map<String, Content> files = repositories.get(repository);
        if (files == null) Answer.status(401).send(exchange, null); // as hubs do for whoever has no token
        else if (!revision.equals("main"))
            Answer.status(404, "X-Error-Code", "RevisionNotFound").send(exchange, null);
        else {
            String query = exchange.getRequestURI().getQuery();
            int first = query.contains("cursor=") ? Integer.parseInt(query.replaceFirst(".*cursor=", "")) : 0;
            List<String> entries =
                    new ArrayList<>(List.of("{\"type\": \"directory\", \"path\": \"sub\", \"size\": 0}"));
            List<Map.Entry<String, Content>> all = new ArrayList<>(files.entrySet());
            int end = (int) Math.min(all.size(), (long) first + pageSize);
            for (var file : all.subList(first, end)) entries.add(listEntry(file.getKey(), file.getValue()));
            if (end < all.size())
                exchange.getResponseHeaders()
                        .set(
                                "Link",
                                "<" + url() + exchange.getRequestURI().getPath() + "?recursive=true&cursor=" + end
                                        + ">; rel=\"next\"");
            sendJson(exchange, "[" + String.join(",", entries) + "]");
        }
    }

    private String listEntry(String path, Content content) {
        String start = "{\"type\": \"file\", \"path\": \"" + path + "\", \"size\": " + content.size() + ", \"oid\": \"";
        if (content.size() < LARGE_BYTES) return start + checksum(content) + "\"}";
        return start + "0\", \"lfs\": {\"oid\": \"" + checksum(content) + "\", \"size\": " + content.size() + "}}";
    }

    private String mirrorIndex(Map<String, Content> files) {
        List<String> entries = files.entrySet().stream()
                .map(file -> "{\"path\": \"" + file.getKey() + "\", \"size\": "
                        + file.getValue().size() + ", \"sha256\": \"" + hash("SHA-256", "", file.getValue()) + "\"}")
                .toList();
        return "[" + String.join(",", entries) + "]";
    }

    private void resolve(
            HttpExchange exchange,
            String repository,
            String revision,
            String file,
            String range,
            long maxBytes,
            int millis)
            throws IOException {
        Content content = repositories.getOrDefault(repository, Map.of()).get(file);
        String token = tokens.get(repository);
        if (token != null
                && !("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization")))
            Answer.status(
                            exchange.getRequestHeaders().containsKey("Authorization") ? 403 : 401,
                            "X-Error-Code",
                            "GatedRepo")
                    .send(exchange, null);
        else if (content == null || !revision.equals("main"))
            Answer.status(404, "X-Error-Code", content == null ? "EntryNotFound" : "RevisionNotFound")
                    .send(exchange, null);
        else if (content.size() < LARGE_BYTES) {
            exchange.getResponseHeaders().set("ETag", "\"" + checksum(content) + "\"");
            sendContent(exchange, content, range, maxBytes, millis);
        } else
            Answer.status(
                            302,
                            "X-Linked-ETag",
                            "\"" + checksum(content) + "\"",
                            "X-Linked-Size",
                            "" + content.size(),
                            "Location",
                            "http://localhost:" + port() + "/storage/" + ++redirects + "/" + repository + "/" + file
                                    + "?Signature=a%2Bb")
                    .send(exchange, null);
    }

    private static void sendContent(HttpExchange exchange, Content content, String range, long maxBytes, int millis)
            throws IOException {
        long size = content.size(), offset = 0, end = size;
        if (range != null) {
            String[] bounds = range.replace("bytes=", "").split("-", -1);
            offset = bounds[0].isEmpty() ? Math.max(0, size - Long.parseLong(bounds[1])) : Long.parseLong(bounds[0]);
            if (!bounds[0].isEmpty() && !bounds[1].isEmpty()) end = Math.min(size, Long.parseLong(bounds[1]) + 1);
            if (offset >= end) {
                Answer.status(416, "Content-Range", "bytes */" + size).send(exchange, null);
                return;
            }
            exchange.getResponseHeaders().set("Content-Range", "bytes " + offset + "-" + (end - 1) + "/" + size);
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, end == offset ? -1 : end - offset);
        try (InputStream in = content.open()) {
            in.skipNBytes(offset);
            OutputStream out = exchange.getResponseBody();
            byte[] buffer = new byte[1 << 16];
            long left = Math.min(maxBytes, end - offset);
            while (left > 0) {
                int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                out.write(buffer, 0, n);
                left -= n;
            }
            if (maxBytes >= end - offset) return;
            out.flush();
            sleep(millis);
            throw new IOException("simulated disconnect");
        }
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void sendJson(HttpExchange exchange, String text) throws IOException {
        Answer.body("application/json", text).send(exchange, null);
    }

    /** SHA-256 of a large content, the object name of git of a small one. */
    public String checksum(Content content) {
        if (content.listedSha256() != null) return content.listedSha256();
        return checksums.computeIfAbsent(
                content,
                c -> c.size() >= LARGE_BYTES ? hash("SHA-256", "", c) : hash("SHA-1", "blob " + c.size() + "\0", c));
    }

    private static String hash(String algorithm, String prefix, Content content) {
        try (InputStream in = content.open()) {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(prefix.getBytes(StandardCharsets.UTF_8));
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
