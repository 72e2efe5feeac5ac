package mige.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import mige.tensor.UsageException;
import mige.tensor.WeightsException;

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
 * <p>A file grows under the name {@code FILE.part} and gets its own name when size and checksum are right. A broken connection is
 * tried again with growing pauses; a connection that stays silent counts as broken. Names that would leave the folder are refused,
 * and a token is sent to the host it was given for only. Not done: several files at once, deleting files that are gone on the server.
 */
public final class Download {

    /** One file on the server; {@code checksum} is null when the server names none. */
    public record Remote(String path, long size, Checksum checksum) { }

    /** What the bytes of a file must hash to; {@code prefix} is hashed before them (git puts a line in front). */
    public record Checksum(String algorithm, String prefix, String hex) { }

    private static final int MOST_JSON = 64 << 20, MOST_PAGES = 200, MOST_REDIRECTS = 8;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI base;
    private final String repository, revision, token;
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).followRedirects(HttpClient.Redirect.NEVER).build();
    private final int attempts;
    private final Duration pause, silence;

    private Download(URI base, String repository, String revision, String token, int attempts, Duration pause, Duration silence) {
        if (base.getHost() == null || !("http".equals(base.getScheme()) || "https".equals(base.getScheme())))
            throw new UsageException(base + ": is no address of a server, expected one such as https://example.org");
        this.base = base;
        this.repository = repository;
        this.revision = revision;
        this.token = token;
        this.attempts = attempts;
        this.pause = pause;
        this.silence = silence;
    }

    /** From a hub; {@code repository} is {@code owner/name}, {@code revision} a branch, tag or commit, {@code token} may be null. */
    public static Download hub(URI base, String repository, String revision, String token) {
        if (!repository.matches("[\\w.-]+/[\\w.-]+") || repository.contains("..")) throw new UsageException("'" + repository + "' is no repository, expected OWNER/NAME");
        if (!revision.matches("[\\w./-]+") || revision.contains("..")) throw new UsageException("'" + revision + "' is no revision, expected a branch, tag or commit");
        return new Download(base, repository, revision, token, 6, Duration.ofSeconds(1), Duration.ofSeconds(60));
    }

    /** From a plain server with an {@code index.json}. */
    public static Download mirror(URI base) {
        return new Download(base, null, null, null, 6, Duration.ofSeconds(1), Duration.ofSeconds(60));
    }

    /** The same with other patience: attempts without progress, the first pause between them, and how long a silence is borne. */
    Download patience(int attempts, Duration pause, Duration silence) {
        return new Download(base, repository, revision, token, attempts, pause, silence);
    }

    // ---- what is there ----

    /** The files on the server, as it lists them. Throws {@link UsageException} when it does not answer or has no such repository. */
    public List<Remote> list() {
        List<Remote> files = new ArrayList<>();
        if (repository == null) {
            JsonNode index = json(under("index.json"), new String[1]);
            for (JsonNode file : index.isArray() ? index : index.path("files")) {
                String sha = file.path("sha256").asText("");
                files.add(new Remote(file.path("path").asText(), file.path("size").asLong(-1), sha.isEmpty() ? null : new Checksum("SHA-256", "", sha)));
            }
        } else {
            String[] next = {under("api", "models", repository, "tree", revision) + "?recursive=true"};
            for (int page = 0; next[0] != null; page++) {
                if (page == MOST_PAGES) throw new UsageException(base + ": lists more than " + MOST_PAGES + " pages of files, which is no model.");
                for (JsonNode file : json(next[0], next)) {
                    if (!"file".equals(file.path("type").asText())) continue;
                    long size = file.path("size").asLong(-1);
                    JsonNode large = file.path("lfs");
                    String oid = file.path("oid").asText("");
                    Checksum sum = large.has("oid") ? new Checksum("SHA-256", "", large.path("oid").asText())
                            : oid.length() == 40 ? new Checksum("SHA-1", "blob " + size + "\0", oid) : null;
                    files.add(new Remote(file.path("path").asText(), large.has("size") ? large.path("size").asLong() : size, sum));
                }
            }
        }
        for (Remote file : files) {
            safe(file.path());
            if (file.size() < 0) throw new WeightsException(base + ": does not say how large '" + TensorFile.shown(file.path()) + "' is.");
        }
        return files;
    }

    /** The JSON at an address; puts the address of the next page, or null, into {@code next[0]}. */
    private JsonNode json(String address, String[] next) {
        IOException last = null;
        for (int attempt = 0; attempt < attempts; attempt++) {
            rest(attempt);
            try {
                HttpResponse<InputStream> answer = ask(URI.create(address), 0);
                try (InputStream body = answer.body(); Watch watch = new Watch(body)) {
                    refuse(answer, address);
                    byte[] text = body.readNBytes(MOST_JSON);
                    if (text.length == MOST_JSON) throw new UsageException(address + ": answers more than " + MOST_JSON + " bytes, which is no list of files.");
                    next[0] = answer.headers().allValues("link").stream().flatMap(line -> Stream.of(line.split(",")))
                            .map(Pattern.compile("\\s*<([^>]+)>.*rel=\"?next\"?.*")::matcher).filter(m -> m.matches())
                            .map(m -> URI.create(address).resolve(m.group(1))).filter(uri -> sameHost(uri, base)).map(URI::toString).findFirst().orElse(null);
                    return JSON.readTree(text);
                } catch (JsonProcessingException e) {
                    throw new UsageException(address + ": does not answer with a list of files; is this address a model hub or mirror?");
                }
            } catch (IOException e) {
                last = e;
            }
        }
        throw unreachable(address, last);
    }

    // ---- fetching ----

    /**
     * Fetches every wanted file into {@code folder} and returns where they lie. Files that are there already with the right checksum
     * are kept. Throws {@link UsageException} when the server fails for good, the disk has no room or {@code progress} says stop (the
     * next call goes on from there), {@link WeightsException} when a file is not what the server said it would be.
     */
    public List<Path> fetch(Path folder, Predicate<String> wanted, Transfer progress) {
        List<Remote> files = list().stream().filter(file -> wanted.test(file.path())).toList();
        if (files.isEmpty()) throw new UsageException(base + (repository == null ? "" : "/" + repository) + ": has none of the wanted files.");
        List<Path> done = new ArrayList<>();
        try {
            Files.createDirectories(folder);
            long missing = 0;
            for (Remote file : files) {
                Path target = target(folder, file.path()), part = part(target);
                if (!Files.exists(target)) missing += file.size() - (Files.exists(part) ? Math.min(Files.size(part), file.size()) : 0);
            }
            long free = Files.getFileStore(folder).getUsableSpace();
            if (missing > free) throw Replacing.full(folder, missing, free);
            for (Remote file : files) done.add(fetch(file, target(folder, file.path()), progress));
        } catch (IOException e) {
            throw Replacing.failed(folder, e);
        }
        return done;
    }

    private Path fetch(Remote file, Path target, Transfer progress) throws IOException {
        if (Files.exists(target)) {
            if (Files.size(target) == file.size() && right(file, target)) {
                progress.at(file.path(), file.size(), file.size());
                return target;
            }
        }
        Path part = part(target);
        String address = repository == null ? under(file.path()) : under(repository, "resolve", revision, file.path());
        boolean resumed = Files.exists(part) && Files.size(part) > 0;
        receive(file, part, address, progress);
        if (!right(file, part)) {
            Files.delete(part);
            if (resumed) {                                            // perhaps the old beginning was of another version: once more, whole
                receive(file, part, address, progress);
                if (right(file, part)) return moved(part, target);
                Files.delete(part);
            }
            throw new WeightsException(file.path() + ": its " + file.checksum().algorithm() + " is not the one the server named; the copy was thrown away. "
                    + "Run the same command again; if it stays, the file on the server is damaged.");
        }
        return moved(part, target);
    }

    private static Path moved(Path part, Path target) throws IOException {
        Replacing.move(part, target);
        return target;
    }

    /** Lets {@code part} grow to the whole size. */
    private void receive(Remote file, Path part, String address, Transfer progress) throws IOException {
        IOException last = null;
        for (int attempt = 0; attempt < attempts; attempt++) {
            long before = Files.exists(part) ? Files.size(part) : 0;
            if (before > file.size()) {
                Files.delete(part);
                before = 0;
            }
            if (before == file.size() && Files.exists(part)) return;
            rest(attempt);
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                append(file, out, before, address, progress);
                return;
            } catch (WeightsException e) {
                Files.deleteIfExists(part);
                throw e;
            } catch (Broken e) {
                last = e.reason;
                if (Files.size(part) > before) attempt = -1;          // it moved: patience begins anew
            }
        }
        throw unreachable(address, last);
    }

    /** The connection failed; what has come so far is kept. Failures to write are not of this kind. */
    private static final class Broken extends Exception {
        private static final long serialVersionUID = 1;
        private final IOException reason;

        Broken(IOException reason) {
            this.reason = reason;
        }
    }

    private void append(Remote file, FileChannel out, long from, String address, Transfer progress) throws IOException, Broken {
        try (Answer answer = answer(address, from)) {
            long place = answer.from;
            out.truncate(place).position(place);
            byte[] piece = new byte[1 << 16];
            while (place < file.size() || place == 0) {
                int n = answer.read(piece);
                if (n < 0) break;
                if (place + n > file.size())
                    throw new WeightsException(file.path() + ": the server sends more than the " + file.size() + " bytes it named; nothing was kept of it.");
                ByteBuffer bytes = ByteBuffer.wrap(piece, 0, n);
                while (bytes.hasRemaining()) out.write(bytes);
                place += n;
                if (!progress.at(file.path(), place, file.size()))
                    throw new UsageException(file.path() + ": stopped after " + Replacing.inWords(place) + ". The same command goes on from there.");
            }
            if (place < file.size()) throw new Broken(new IOException("the connection broke off after " + place + " of " + file.size() + " bytes"));
        }
    }

    /** An answer whose bytes belong at {@link #from} of the file. */
    private final class Answer implements AutoCloseable {
        private final InputStream body;
        private final Watch watch;
        private final long from;

        Answer(InputStream body, long from) {
            this.body = body;
            this.watch = new Watch(body);
            this.from = from;
        }

        int read(byte[] into) throws Broken {
            try {
                int n = body.read(into);
                watch.alive();
                return n;
            } catch (IOException e) {
                throw new Broken(e);
            }
        }

        @Override public void close() {
            watch.close();
            try {
                body.close();
            } catch (IOException ignored) {
                // what was read is whole or will be asked for again
            }
        }
    }

    private Answer answer(String address, long from) throws Broken {
        try {
            HttpResponse<InputStream> answer = ask(URI.create(address), from);
            if (answer.statusCode() == 416) {                         // nothing behind our part: begin anew
                answer.body().close();
                answer = ask(URI.create(address), 0);
            }
            try {
                refuse(answer, address);
            } catch (IOException | RuntimeException e) {
                answer.body().close();
                throw e;
            }
            boolean partly = answer.statusCode() == 206
                    && answer.headers().firstValue("content-range").orElse("").matches("bytes " + from + "-.*");
            if (answer.statusCode() == 206 && !partly) {
                answer.body().close();
                throw new IOException("the server sends another part than was asked for");
            }
            return new Answer(answer.body(), partly ? from : 0);
        } catch (IOException e) {
            throw new Broken(e);
        }
    }

    private boolean right(Remote file, Path path) throws IOException {
        if (Files.size(path) != file.size()) return false;
        if (file.checksum() == null) return true;
        try {
            MessageDigest digest = MessageDigest.getInstance(file.checksum().algorithm());
            digest.update(file.checksum().prefix().getBytes(StandardCharsets.UTF_8));
            try (InputStream in = Files.newInputStream(path)) {
                byte[] piece = new byte[1 << 20];
                for (int n = in.read(piece); n >= 0; n = in.read(piece)) digest.update(piece, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest()).equalsIgnoreCase(file.checksum().hex());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- asking ----

    private HttpResponse<InputStream> ask(URI address, long from) throws IOException {
        URI at = address;
        for (int hop = 0; hop < MOST_REDIRECTS; hop++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(at).timeout(silence).header("Accept-Encoding", "identity");
            if (from > 0) request.header("Range", "bytes=" + from + "-");
            if (token != null && sameHost(at, base)) request.header("Authorization", "Bearer " + token);
            HttpResponse<InputStream> answer;
            try {
                answer = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UsageException(at + ": was interrupted. The same command goes on from there.");
            }
            Optional<String> elsewhere = answer.headers().firstValue("location");
            if (answer.statusCode() < 300 || answer.statusCode() > 308 || answer.statusCode() == 304 || elsewhere.isEmpty()) return answer;
            answer.body().close();
            URI next = at.resolve(elsewhere.get());
            if (!"https".equals(next.getScheme()) && !next.getScheme().equals(at.getScheme()))
                throw new UsageException(at + ": sends us on to " + next.getScheme() + ", which is not followed.");
            at = next;
        }
        throw new UsageException(address + ": sends us on more than " + MOST_REDIRECTS + " times.");
    }

    /** Throws on an answer without the file: a sentence when asking again will not help, an {@link IOException} when it may. */
    private void refuse(HttpResponse<InputStream> answer, String address) throws IOException {
        int status = answer.statusCode();
        if (status == 200 || status == 206) return;
        if (status == 401 || status == 403) throw new UsageException(address + ": the server refuses (" + status + "). Accept the model's licence there, and give a token.");
        if (status == 404) throw new UsageException(address + ": is not there (404). Check the repository, the revision and the file's name.");
        if (status == 408 || status == 429 || status >= 500) throw new IOException("the server answers " + status);
        throw new UsageException(address + ": the server answers " + status + ", expected 200.");
    }

    private UsageException unreachable(String address, IOException last) {
        String why = last == null ? "no answer" : last.getMessage() != null ? last.getMessage() : last.getClass().getSimpleName();
        return new UsageException(address + ": could not be fetched in " + attempts + " attempts (" + why + "). Check the network; the same command goes on from there.");
    }

    private void rest(int attempt) {
        if (attempt == 0) return;
        try {
            Thread.sleep(Math.min(30_000, pause.toMillis() << (attempt - 1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UsageException(base + ": was interrupted. The same command goes on from there.");
        }
    }

    private static boolean sameHost(URI a, URI b) {
        return a.getHost() != null && a.getHost().equalsIgnoreCase(b.getHost()) && a.getPort() == b.getPort() && a.getScheme().equals(b.getScheme());
    }

    private String under(String... parts) {
        String path = Stream.of(parts).flatMap(part -> Stream.of(part.split("/")))
                .map(segment -> URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20")).collect(Collectors.joining("/"));
        String start = base.toString();
        return start + (start.endsWith("/") ? "" : "/") + path;
    }

    /** Closes a stream that has been silent for too long, so that a read on it ends. */
    private final class Watch implements AutoCloseable {
        private final AtomicLong last = new AtomicLong(System.nanoTime());
        private final Thread thread;

        Watch(InputStream body) {
            thread = new Thread(() -> {
                try {
                    while (true) {
                        long left = silence.toMillis() - (System.nanoTime() - last.get()) / 1_000_000;
                        if (left <= 0) break;
                        Thread.sleep(left);
                    }
                    body.close();
                } catch (InterruptedException | IOException e) {
                    // done, or closed already
                }
            }, "mige-download-watch");
            thread.setDaemon(true);
            thread.start();
        }

        void alive() {
            last.set(System.nanoTime());
        }

        @Override public void close() {
            thread.interrupt();
        }
    }

    // ---- names ----

    /** Throws unless {@code path} names a file inside the folder: no way up, no absolute or drive name, nothing hidden in it. */
    private static String safe(String path) {
        boolean good = !path.isEmpty() && path.length() < 1000 && path.chars().noneMatch(c -> c < 32 || c == 127 || "\\:*?\"<>|".indexOf(c) >= 0);
        if (good) for (String segment : path.split("/", -1)) good &= !segment.isEmpty() && !segment.equals(".") && !segment.equals("..");
        if (!good) throw new WeightsException("The server lists a file called '" + TensorFile.shown(path) + "', which would not lie inside the folder; nothing was fetched.");
        return path;
    }

    private static Path target(Path folder, String path) throws IOException {
        Path target = folder.resolve(safe(path)).normalize();
        Files.createDirectories(target.getParent());
        if (!target.getParent().toRealPath().startsWith(folder.toRealPath()) || Files.isSymbolicLink(target) || Files.isSymbolicLink(part(target)))
            throw new WeightsException(target + ": is a link that leads elsewhere; nothing was fetched. Remove it, or choose another folder.");
        return target;
    }

    private static Path part(Path target) {
        return target.resolveSibling(target.getFileName() + ".part");
    }
}
