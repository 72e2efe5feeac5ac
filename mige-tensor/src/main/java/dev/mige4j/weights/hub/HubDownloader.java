package dev.mige4j.weights.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.DownloadClient;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.ResumableDownload;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Downloads a model folder from a hub or a mirror, and resumes an earlier download.
 *
 * <pre>
 *   hub      {base}/api/models/{repository}/tree/{revision}?recursive=true     names, sizes, SHA-256
 *            {base}/{repository}/resolve/{revision}/{file}                     contents
 *   mirror   {base}/index.json       [{"path": "vae.safetensors", "size": 123, "sha256": "..."}]
 *            {base}/{path}
 * </pre>
 *
 * <p>Files are downloaded one after another, each by {@link ResumableDownload}. File names that would leave the folder
 * are refused, and the token is sent to the hub's own host only. Files that no longer exist on the server are kept.
 */
public final class HubDownloader {

    /** One file on the server; {@code checksum} is null when the server lists none. */
    public record RemoteFile(String path, long size, ResumableDownload.Checksum checksum) {}

    private static final int MAX_LIST_BYTES = 64 << 20, MAX_PAGES = 200;
    private static final Pattern NEXT_LINK = Pattern.compile("\\s*<([^>]+)>.*rel=\"?next\"?.*");

    private final URI base;
    private final String repository; // null: a mirror
    private final String revision;
    private final String token;
    private final DownloadClient client;

    private HubDownloader(
            URI base, String repository, String revision, String token, DownloadClient.RetryPolicy retryPolicy) {
        if (base.getHost() == null || !("http".equals(base.getScheme()) || "https".equals(base.getScheme())))
            throw new UsageException(
                    "%s is not the address of a server, expected one such as https://example.org", base);
        this.base = base;
        this.repository = repository;
        this.revision = revision;
        this.token = token;
        this.client = new DownloadClient(retryPolicy, base, token);
    }

    /**
     * A model on a hub.
     *
     * @param repository {@code owner/name}
     * @param revision a branch, tag or commit
     * @param token access token, or null
     * @throws UsageException when an argument is malformed
     */
    public static HubDownloader fromHub(URI base, String repository, String revision, String token) {
        if (!repository.matches("[\\w.-]+/[\\w.-]+") || repository.contains(".."))
            throw new UsageException("'%s' is not a repository, expected OWNER/NAME", repository);
        if (!revision.matches("[\\w./-]+") || revision.contains(".."))
            throw new UsageException("'%s' is not a revision, expected a branch, tag or commit", revision);
        return new HubDownloader(base, repository, revision, token, DownloadClient.RetryPolicy.DEFAULT);
    }

    /** A plain web server with an {@code index.json}. */
    public static HubDownloader fromMirror(URI base) {
        return new HubDownloader(base, null, null, null, DownloadClient.RetryPolicy.DEFAULT);
    }

    HubDownloader withRetryPolicy(DownloadClient.RetryPolicy retryPolicy) {
        return new HubDownloader(base, repository, revision, token, retryPolicy);
    }

    /**
     * The files on the server.
     *
     * @throws UsageException when the server cannot be reached or has no such repository
     * @throws WeightsException when it lists an unsafe file name or a file without a size
     */
    public List<RemoteFile> list() {
        List<RemoteFile> files = repository == null ? listMirror() : listHub();
        for (RemoteFile file : files) {
            requireSafePath(file.path());
            if (file.size() < 0)
                throw new WeightsException(
                        "%s: does not list the size of '%s'.", base, TensorFile.sanitize(file.path()));
        }
        return files;
    }

    private List<RemoteFile> listMirror() {
        List<RemoteFile> files = new ArrayList<>();
        URI url = URI.create(urlOf("index.json"));
        JsonNode index = parse(client.get(url, MAX_LIST_BYTES).body(), url);
        for (JsonNode file : index.isArray() ? index : index.path("files")) {
            String sha256 = file.path("sha256").asText("");
            files.add(new RemoteFile(
                    file.path("path").asText(),
                    file.path("size").asLong(-1),
                    sha256.isEmpty() ? null : new ResumableDownload.Checksum("SHA-256", "", sha256)));
        }
        return files;
    }

    private List<RemoteFile> listHub() {
        List<RemoteFile> files = new ArrayList<>();
        URI next = URI.create(urlOf("api", "models", repository, "tree", revision) + "?recursive=true");
        for (int page = 0; next != null; page++) {
            if (page == MAX_PAGES)
                throw new UsageException("%s: lists more than %d pages of files; it is not a model", base, MAX_PAGES);
            DownloadClient.Response response = client.get(next, MAX_LIST_BYTES);
            for (JsonNode file : parse(response.body(), next))
                if ("file".equals(file.path("type").asText())) files.add(hubFile(file));
            next = nextPage(next, response.headers());
        }
        return files;
    }

    private static RemoteFile hubFile(JsonNode file) {
        long size = file.path("size").asLong(-1);
        JsonNode lfs = file.path("lfs");
        String oid = file.path("oid").asText("");
        ResumableDownload.Checksum checksum = null;
        if (lfs.has("oid"))
            checksum = new ResumableDownload.Checksum(
                    "SHA-256", "", lfs.path("oid").asText());
        else if (oid.length() == 40) checksum = new ResumableDownload.Checksum("SHA-1", "blob " + size + "\0", oid);
        return new RemoteFile(
                file.path("path").asText(), lfs.has("size") ? lfs.path("size").asLong() : size, checksum);
    }

    private URI nextPage(URI url, HttpHeaders headers) {
        return headers.allValues("link").stream()
                .flatMap(header -> Stream.of(header.split(",")))
                .map(NEXT_LINK::matcher)
                .filter(Matcher::matches)
                .map(matcher -> url.resolve(matcher.group(1)))
                .filter(uri -> DownloadClient.sameOrigin(uri, base))
                .findFirst()
                .orElse(null);
    }

    private static JsonNode parse(byte[] body, URI url) {
        try {
            return Json.MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            throw new UsageException("%s: the response is not a list of files. Is this a model hub or mirror?", url, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Downloads every file whose path passes {@code filter} into {@code folder}. Existing files with the right checksum
     * are kept, incomplete ones are continued.
     *
     * @return the paths of the files
     * @throws UsageException when the server fails, no file passes, or the disk is full
     * @throws dev.mige4j.common.CancelledException when {@code progress} returned false
     * @throws WeightsException when the content of a file differs from the listed size or checksum
     */
    public List<Path> download(Path folder, Predicate<String> filter, ProgressListener progress) {
        List<RemoteFile> files =
                list().stream().filter(file -> filter.test(file.path())).toList();
        if (files.isEmpty())
            throw new UsageException(
                    "%s%s: has none of the requested files.", base, repository == null ? "" : "/" + repository);
        List<Path> paths = new ArrayList<>();
        try {
            Files.createDirectories(folder);
            requireFreeSpace(folder, files);
            for (RemoteFile file : files) paths.add(download(file, resolveTarget(folder, file.path()), progress));
        } catch (ResumableDownload.CorruptDownloadException e) {
            throw new WeightsException("%s", e.getMessage(), e);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(folder, e);
        }
        return paths;
    }

    private static void requireFreeSpace(Path folder, List<RemoteFile> files) throws IOException {
        long requiredBytes = 0;
        for (RemoteFile file : files) {
            Path target = resolveTarget(folder, file.path()), partFile = ResumableDownload.partFile(target);
            if (Files.exists(target)) continue;
            requiredBytes += file.size() - (Files.exists(partFile) ? Math.min(Files.size(partFile), file.size()) : 0);
        }
        long freeBytes = Files.getFileStore(folder).getUsableSpace();
        if (requiredBytes > freeBytes) throw AtomicFile.diskFull(folder, requiredBytes, freeBytes);
    }

    private Path download(RemoteFile file, Path target, ProgressListener progress) throws IOException {
        String url = repository == null ? urlOf(file.path()) : urlOf(repository, "resolve", revision, file.path());
        var download = new ResumableDownload(client, URI.create(url), file.path(), file.size(), file.checksum());
        if (download.isComplete(target)) progress.onProgress(file.path(), file.size(), file.size());
        else download.download(target, progress);
        return target;
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

    /** Throws unless {@code path} is a relative path without {@code ..}, drive names, or control characters. */
    private static String requireSafePath(String path) {
        boolean valid = !path.isEmpty()
                && path.length() < 1000
                && path.chars().noneMatch(c -> c < 32 || c == 127 || "\\:*?\"<>|".indexOf(c) >= 0);
        if (valid)
            for (String segment : path.split("/", -1))
                valid &= !segment.isEmpty() && !segment.equals(".") && !segment.equals("..");
        if (!valid)
            throw new WeightsException(
                    "The server lists a file named '%s', which would be outside the folder; nothing was downloaded.",
                    TensorFile.sanitize(path));
        return path;
    }

    private static Path resolveTarget(Path folder, String path) throws IOException {
        Path target = folder.resolve(requireSafePath(path)).normalize();
        Files.createDirectories(target.getParent());
        if (!target.getParent().toRealPath().startsWith(folder.toRealPath())
                || Files.isSymbolicLink(target)
                || Files.isSymbolicLink(ResumableDownload.partFile(target)))
            throw new WeightsException(
                    "%s: is a symbolic link out of the folder; nothing was downloaded. "
                            + "Remove it, or choose another folder.",
                    target);
        return target;
    }
}
