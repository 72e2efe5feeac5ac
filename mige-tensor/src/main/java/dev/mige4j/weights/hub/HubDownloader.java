package dev.mige4j.weights.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Fetches a model folder from a hub or a mirror, and goes on where an earlier attempt broke off.
 *
 * <pre>
 *   hub      {base}/api/models/{repository}/tree/{revision}?recursive=true     names, sizes, SHA-256
 *            {base}/{repository}/resolve/{revision}/{file}                     contents
 *   mirror   {base}/index.json       [{"path": "vae.safetensors", "size": 123, "sha256": "..."}]
 *            {base}/{path}
 * </pre>
 *
 * <p>A file grows under the name {@code FILE.part} and gets its own name when size and checksum are right. A broken
 * connection is tried again with growing pauses; a connection that stays silent counts as broken. Names that would
 * leave the folder are refused, and a token is sent to the host it was given for only. Not done: several files at once,
 * deleting files that are gone on the server.
 */
public final class HubDownloader {

    /** One file on the server; {@code checksum} is null when the server names none. */
    public record RemoteFile(String path, long size, Checksum checksum) {}

    /** What the bytes of a file must hash to; {@code prefix} is hashed before them (git puts a line in front). */
    public record Checksum(String algorithm, String prefix, String hex) {}

    private static final int MAX_JSON_BYTES = 64 << 20, MAX_PAGES = 200, MAX_REDIRECTS = 8;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI base;
    private final String repository, revision, token;
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(20))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final int maxAttempts;
    private final Duration initialBackoff, readTimeout;

    private HubDownloader(
            URI base,
            String repository,
            String revision,
            String token,
            int maxAttempts,
            Duration initialBackoff,
            Duration readTimeout) {
        if (base.getHost() == null || !("http".equals(base.getScheme()) || "https".equals(base.getScheme())))
            throw new UsageException(base + ": is no address of a server, expected one such as https://example.org");
        this.base = base;
        this.repository = repository;
        this.revision = revision;
        this.token = token;
        this.maxAttempts = maxAttempts;
        this.initialBackoff = initialBackoff;
        this.readTimeout = readTimeout;
    }

    /**
     * From a hub; {@code repository} is {@code owner/name}, {@code revision} a branch, tag or commit, {@code token} may
     * be null.
     */
    public static HubDownloader fromHub(URI base, String repository, String revision, String token) {
        if (!repository.matches("[\\w.-]+/[\\w.-]+") || repository.contains(".."))
            throw new UsageException("'" + repository + "' is no repository, expected OWNER/NAME");
        if (!revision.matches("[\\w./-]+") || revision.contains(".."))
            throw new UsageException("'" + revision + "' is no revision, expected a branch, tag or commit");
        return new HubDownloader(base, repository, revision, token, 6, Duration.ofSeconds(1), Duration.ofSeconds(60));
    }

    /** From a plain server with an {@code index.json}. */
    public static HubDownloader fromMirror(URI base) {
        return new HubDownloader(base, null, null, null, 6, Duration.ofSeconds(1), Duration.ofSeconds(60));
    }

    /**
     * The same with other patience: attempts without progress, the first pause between them, and how long a silence is
     * borne.
     */
    HubDownloader withRetryPolicy(int maxAttempts, Duration initialBackoff, Duration readTimeout) {
        return new HubDownloader(base, repository, revision, token, maxAttempts, initialBackoff, readTimeout);
    }

    // ---- what is there ----

    /**
     * The files on the server, as it lists them. Throws {@link UsageException} when it does not answer or has no such
     * repository.
     */
    public List<RemoteFile> list() {
        List<RemoteFile> files = new ArrayList<>();
        if (repository == null) {
            JsonNode index = getJson(urlOf("index.json"), new String[1]);
            for (JsonNode file : index.isArray() ? index : index.path("files")) {
                String sha = file.path("sha256").asText("");
                files.add(new RemoteFile(
                        file.path("path").asText(),
                        file.path("size").asLong(-1),
                        sha.isEmpty() ? null : new Checksum("SHA-256", "", sha)));
            }
        } else {
            String[] next = {urlOf("api", "models", repository, "tree", revision) + "?recursive=true"};
            for (int page = 0; next[0] != null; page++) {
                if (page == MAX_PAGES)
                    throw new UsageException(
                            base + ": lists more than " + MAX_PAGES + " pages of files, which is no model.");
                for (JsonNode file : getJson(next[0], next)) {
                    if (!"file".equals(file.path("type").asText())) continue;
                    long size = file.path("size").asLong(-1);
                    JsonNode lfs = file.path("lfs");
                    String oid = file.path("oid").asText("");
                    Checksum checksum = lfs.has("oid")
                            ? new Checksum("SHA-256", "", lfs.path("oid").asText())
                            : oid.length() == 40 ? new Checksum("SHA-1", "blob " + size + "\0", oid) : null;
                    files.add(new RemoteFile(
                            file.path("path").asText(),
                            lfs.has("size") ? lfs.path("size").asLong() : size,
                            checksum));
                }
            }
        }
        for (RemoteFile file : files) {
            requireSafePath(file.path());
            if (file.size() < 0)
                throw new WeightsException(
                        base + ": does not say how large '" + TensorFile.sanitize(file.path()) + "' is.");
        }
        return files;
    }

    /** The JSON at an address; puts the address of the next page, or null, into {@code next[0]}. */
    private JsonNode getJson(String url, String[] nextUrl) {
        IOException lastError = null;
        for (int attempt = 0; attempt < maxAttempts; attempt++) {
            backOff(attempt);
            try {
                HttpResponse<InputStream> response = send(URI.create(url), 0);
                try (InputStream body = response.body();
                        ReadTimeoutWatchdog watchdog = new ReadTimeoutWatchdog(body)) {
                    checkStatus(response, url);
                    byte[] bytes = body.readNBytes(MAX_JSON_BYTES);
                    if (bytes.length == MAX_JSON_BYTES)
                        throw new UsageException(
                                url + ": answers more than " + MAX_JSON_BYTES + " bytes, which is no list of files.");
                    nextUrl[0] = response.headers().allValues("link").stream()
                            .flatMap(header -> Stream.of(header.split(",")))
                            .map(Pattern.compile("\\s*<([^>]+)>.*rel=\"?next\"?.*")::matcher)
                            .filter(m -> m.matches())
                            .map(m -> URI.create(url).resolve(m.group(1)))
                            .filter(uri -> sameOrigin(uri, base))
                            .map(URI::toString)
                            .findFirst()
                            .orElse(null);
                    return JSON.readTree(bytes);
                } catch (JsonProcessingException e) {
                    throw new UsageException(
                            url + ": does not answer with a list of files; is this address a model hub or mirror?");
                }
            } catch (IOException e) {
                lastError = e;
            }
        }
        throw unreachable(url, lastError);
    }

    // ---- fetching ----

    /**
     * Fetches every wanted file into {@code folder} and returns where they lie. Files that are there already with the
     * right checksum are kept. Throws {@link UsageException} when the server fails for good, the disk has no room or
     * {@code progress} says stop (the next call goes on from there), {@link WeightsException} when a file is not what
     * the server said it would be.
     */
    public List<Path> download(Path folder, Predicate<String> filter, ProgressListener progress) {
        List<RemoteFile> files =
                list().stream().filter(file -> filter.test(file.path())).toList();
        if (files.isEmpty())
            throw new UsageException(
                    base + (repository == null ? "" : "/" + repository) + ": has none of the wanted files.");
        List<Path> done = new ArrayList<>();
        try {
            Files.createDirectories(folder);
            long missingBytes = 0;
            for (RemoteFile file : files) {
                Path target = resolveTarget(folder, file.path()), partFile = partFile(target);
                if (!Files.exists(target))
                    missingBytes +=
                            file.size() - (Files.exists(partFile) ? Math.min(Files.size(partFile), file.size()) : 0);
            }
            long freeBytes = Files.getFileStore(folder).getUsableSpace();
            if (missingBytes > freeBytes) throw AtomicFile.diskFull(folder, missingBytes, freeBytes);
            for (RemoteFile file : files) done.add(download(file, resolveTarget(folder, file.path()), progress));
        } catch (IOException e) {
            throw AtomicFile.writeFailed(folder, e);
        }
        return done;
    }

    private Path download(RemoteFile file, Path target, ProgressListener progress) throws IOException {
        if (Files.exists(target)) {
            if (Files.size(target) == file.size() && verify(file, target)) {
                progress.onProgress(file.path(), file.size(), file.size());
                return target;
            }
        }
        Path partFile = partFile(target);
        String url = repository == null ? urlOf(file.path()) : urlOf(repository, "resolve", revision, file.path());
        boolean resumed = Files.exists(partFile) && Files.size(partFile) > 0;
        downloadWithRetries(file, partFile, url, progress);
        if (!verify(file, partFile)) {
            Files.delete(partFile);
            if (resumed) { // perhaps the old beginning was of another version: once more, whole
                downloadWithRetries(file, partFile, url, progress);
                if (verify(file, partFile)) return moveIntoPlace(partFile, target);
                Files.delete(partFile);
            }
            throw new WeightsException(file.path() + ": its " + file.checksum().algorithm()
                    + " is not the one the server named; the copy was thrown away. "
                    + "Run the same command again; if it stays, the file on the server is damaged.");
        }
        return moveIntoPlace(partFile, target);
    }

    private static Path moveIntoPlace(Path partFile, Path target) throws IOException {
        AtomicFile.move(partFile, target);
        return target;
    }

    /** Lets {@code part} grow to the whole size. */
    private void downloadWithRetries(RemoteFile file, Path partFile, String url, ProgressListener progress)
            throws IOException {
        IOException lastError = null;
        for (int attempt = 0; attempt < maxAttempts; attempt++) {
            long received = Files.exists(partFile) ? Files.size(partFile) : 0;
            if (received > file.size()) {
                Files.delete(partFile);
                received = 0;
            }
            if (received == file.size() && Files.exists(partFile)) return;
            backOff(attempt);
            try (FileChannel out = FileChannel.open(partFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                appendFrom(file, out, received, url, progress);
                return;
            } catch (WeightsException e) {
                Files.deleteIfExists(partFile);
                throw e;
            } catch (ConnectionLostException e) {
                lastError = e.error;
                if (Files.size(partFile) > received) attempt = -1; // it moved: patience begins anew
            }
        }
        throw unreachable(url, lastError);
    }

    /** The connection failed; what has come so far is kept. Failures to write are not of this kind. */
    private static final class ConnectionLostException extends Exception {
        private static final long serialVersionUID = 1;
        private final IOException error;

        ConnectionLostException(IOException error) {
            this.error = error;
        }
    }

    private void appendFrom(RemoteFile file, FileChannel out, long offset, String url, ProgressListener progress)
            throws IOException, ConnectionLostException {
        try (ContentResponse response = openContent(url, offset)) {
            long position = response.offset;
            out.truncate(position).position(position);
            byte[] buffer = new byte[1 << 16];
            while (position < file.size() || position == 0) {
                int n = response.read(buffer);
                if (n < 0) break;
                if (position + n > file.size())
                    throw new WeightsException(file.path() + ": the server sends more than the " + file.size()
                            + " bytes it named; nothing was kept of it.");
                ByteBuffer chunk = ByteBuffer.wrap(buffer, 0, n);
                while (chunk.hasRemaining()) out.write(chunk);
                position += n;
                if (!progress.onProgress(file.path(), position, file.size()))
                    throw new UsageException(file.path() + ": stopped after " + ByteSize.format(position)
                            + ". The same command goes on from there.");
            }
            if (position < file.size())
                throw new ConnectionLostException(new IOException(
                        "the connection broke off after " + position + " of " + file.size() + " bytes"));
        }
    }

    /** An answer whose bytes belong at {@link #offset} of the file. */
    private final class ContentResponse implements AutoCloseable {
        private final InputStream body;
        private final ReadTimeoutWatchdog watchdog;
        private final long offset;

        ContentResponse(InputStream body, long offset) {
            this.body = body;
            this.watchdog = new ReadTimeoutWatchdog(body);
            this.offset = offset;
        }

        int read(byte[] buffer) throws ConnectionLostException {
            try {
                int n = body.read(buffer);
                watchdog.reset();
                return n;
            } catch (IOException e) {
                throw new ConnectionLostException(e);
            }
        }

        @Override
        public void close() {
            watchdog.close();
            try {
                body.close();
            } catch (IOException ignored) {
                // what was read is whole or will be asked for again
            }
        }
    }

    private ContentResponse openContent(String url, long offset) throws ConnectionLostException {
        try {
            HttpResponse<InputStream> response = send(URI.create(url), offset);
            if (response.statusCode() == 416) { // nothing behind our part: begin anew
                response.body().close();
                response = send(URI.create(url), 0);
            }
            try {
                checkStatus(response, url);
            } catch (IOException | RuntimeException e) {
                response.body().close();
                throw e;
            }
            boolean partial = response.statusCode() == 206
                    && response.headers().firstValue("content-range").orElse("").matches("bytes " + offset + "-.*");
            if (response.statusCode() == 206 && !partial) {
                response.body().close();
                throw new IOException("the server sends another part than was asked for");
            }
            return new ContentResponse(response.body(), partial ? offset : 0);
        } catch (IOException e) {
            throw new ConnectionLostException(e);
        }
    }

    private boolean verify(RemoteFile file, Path path) throws IOException {
        if (Files.size(path) != file.size()) return false;
        if (file.checksum() == null) return true;
        try {
            MessageDigest digest = MessageDigest.getInstance(file.checksum().algorithm());
            digest.update(file.checksum().prefix().getBytes(StandardCharsets.UTF_8));
            try (InputStream in = Files.newInputStream(path)) {
                byte[] buffer = new byte[1 << 20];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
            }
            return HexFormat.of()
                    .formatHex(digest.digest())
                    .equalsIgnoreCase(file.checksum().hex());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- asking ----

    private HttpResponse<InputStream> send(URI url, long offset) throws IOException {
        URI uri = url;
        for (int hop = 0; hop < MAX_REDIRECTS; hop++) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(uri).timeout(readTimeout).header("Accept-Encoding", "identity");
            if (offset > 0) request.header("Range", "bytes=" + offset + "-");
            if (token != null && sameOrigin(uri, base)) request.header("Authorization", "Bearer " + token);
            HttpResponse<InputStream> response;
            try {
                response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UsageException(uri + ": was interrupted. The same command goes on from there.");
            }
            Optional<String> location = response.headers().firstValue("location");
            if (response.statusCode() < 300
                    || response.statusCode() > 308
                    || response.statusCode() == 304
                    || location.isEmpty()) return response;
            response.body().close();
            URI redirect = uri.resolve(location.get());
            if (!"https".equals(redirect.getScheme()) && !redirect.getScheme().equals(uri.getScheme()))
                throw new UsageException(uri + ": sends us on to " + redirect.getScheme() + ", which is not followed.");
            uri = redirect;
        }
        throw new UsageException(url + ": sends us on more than " + MAX_REDIRECTS + " times.");
    }

    /**
     * Throws on an answer without the file: a sentence when asking again will not help, an {@link IOException} when it
     * may.
     */
    private void checkStatus(HttpResponse<InputStream> response, String url) throws IOException {
        int status = response.statusCode();
        if (status == 200 || status == 206) return;
        if (status == 401 || status == 403)
            throw new UsageException(
                    url + ": the server refuses (" + status + "). Accept the model's licence there, and give a token.");
        if (status == 404)
            throw new UsageException(
                    url + ": is not there (404). Check the repository, the revision and the file's name.");
        if (status == 408 || status == 429 || status >= 500) throw new IOException("the server answers " + status);
        throw new UsageException(url + ": the server answers " + status + ", expected 200.");
    }

    private UsageException unreachable(String url, IOException lastError) {
        String reason = lastError == null
                ? "no answer"
                : lastError.getMessage() != null
                        ? lastError.getMessage()
                        : lastError.getClass().getSimpleName();
        return new UsageException(url + ": could not be fetched in " + maxAttempts + " attempts (" + reason
                + "). Check the network; the same command goes on from there.");
    }

    private void backOff(int attempt) {
        if (attempt == 0) return;
        try {
            Thread.sleep(Math.min(30_000, initialBackoff.toMillis() << (attempt - 1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UsageException(base + ": was interrupted. The same command goes on from there.");
        }
    }

    private static boolean sameOrigin(URI a, URI b) {
        return a.getHost() != null
                && a.getHost().equalsIgnoreCase(b.getHost())
                && a.getPort() == b.getPort()
                && a.getScheme().equals(b.getScheme());
    }

    private String urlOf(String... parts) {
        String path = Stream.of(parts)
                .flatMap(segments -> Stream.of(segments.split("/")))
                .map(segment ->
                        URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
        String prefix = base.toString();
        return prefix + (prefix.endsWith("/") ? "" : "/") + path;
    }

    /** Closes a stream that has been silent for too long, so that a read on it ends. */
    private final class ReadTimeoutWatchdog implements AutoCloseable {
        private final AtomicLong lastRead = new AtomicLong(System.nanoTime());
        private final Thread thread;

        ReadTimeoutWatchdog(InputStream body) {
            thread = new Thread(
                    () -> {
                        try {
                            while (true) {
                                long remaining =
                                        readTimeout.toMillis() - (System.nanoTime() - lastRead.get()) / 1_000_000;
                                if (remaining <= 0) break;
                                Thread.sleep(remaining);
                            }
                            body.close();
                        } catch (InterruptedException | IOException e) {
                            // done, or closed already
                        }
                    },
                    "mige-download-watch");
            thread.setDaemon(true);
            thread.start();
        }

        void reset() {
            lastRead.set(System.nanoTime());
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }

    // ---- names ----

    /**
     * Throws unless {@code path} names a file inside the folder: no way up, no absolute or drive name, nothing hidden
     * in it.
     */
    private static String requireSafePath(String path) {
        boolean valid = !path.isEmpty()
                && path.length() < 1000
                && path.chars().noneMatch(c -> c < 32 || c == 127 || "\\:*?\"<>|".indexOf(c) >= 0);
        if (valid)
            for (String segment : path.split("/", -1))
                valid &= !segment.isEmpty() && !segment.equals(".") && !segment.equals("..");
        if (!valid)
            throw new WeightsException("The server lists a file called '" + TensorFile.sanitize(path)
                    + "', which would not lie inside the folder; nothing was fetched.");
        return path;
    }

    private static Path resolveTarget(Path folder, String path) throws IOException {
        Path target = folder.resolve(requireSafePath(path)).normalize();
        Files.createDirectories(target.getParent());
        if (!target.getParent().toRealPath().startsWith(folder.toRealPath())
                || Files.isSymbolicLink(target)
                || Files.isSymbolicLink(partFile(target)))
            throw new WeightsException(target
                    + ": is a link that leads elsewhere; nothing was fetched. Remove it, or choose another folder.");
        return target;
    }

    private static Path partFile(Path target) {
        return target.resolveSibling(target.getFileName() + ".part");
    }
}
