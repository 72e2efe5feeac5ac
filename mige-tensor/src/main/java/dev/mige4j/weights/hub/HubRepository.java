package dev.mige4j.weights.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.common.http.DownloadClient;
import dev.mige4j.common.http.ReconnectingInputStream;
import dev.mige4j.common.http.ResumableDownload;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of a model on a hub or a mirror.
 *
 * <pre>
 *   hub      {endpoint}/api/models/{name}/tree/{revision}?recursive=true     names, sizes, SHA-256
 *            {endpoint}/{name}/resolve/{revision}/{file}                     contents
 *   mirror   {endpoint}/index.json    [{"path": "vae.safetensors", "size": 123, "sha256": "..."}]
 *            {endpoint}/{path}
 * </pre>
 */
final class HubRepository {

    private static final int MAX_LIST_BYTES = 64 << 20, MAX_PAGES = 200;
    private static final Pattern NEXT_LINK = Pattern.compile("\\s*<([^>]+)>.*rel=\"?next\"?.*");

    private final URI endpoint;
    private final String name; // null: a mirror
    private final String revision;
    private final String token;
    private final DownloadClient client;

    /**
     * @param name {@code OWNER/NAME} on a hub, null on a mirror
     * @param revision a branch, tag or commit on a hub, null on a mirror
     * @param token access token, null for none
     * @throws UsageException when an argument is malformed
     */
    HubRepository(URI endpoint, String name, String revision, String token, DownloadClient.Options options) {
        if (endpoint.getHost() == null
                || !("http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme())))
            throw new UsageException(
                    "%s is not the address of a server, expected one such as https://example.org", endpoint);
        if (name != null && (!name.matches("[\\w.-]+/[\\w.-]+") || name.contains("..")))
            throw new UsageException("'%s' is not a repository, expected OWNER/NAME", name);
        if (name != null && (!revision.matches("[\\w./-]+") || revision.contains("..")))
            throw new UsageException("'%s' is not a revision, expected a branch, tag or commit", revision);
        this.endpoint = endpoint;
        this.name = name;
        this.revision = revision;
        this.token = token;
        this.client = name == null
                ? new DownloadClient(options)
                : new DownloadClient(
                        options,
                        new DownloadClient.Server(
                                endpoint, token, new HubRefusals(endpoint, name, revision, token != null)));
    }

    HubRepository withOptions(DownloadClient.Options options) {
        return new HubRepository(endpoint, name, revision, token, options);
    }

    /** {@code OWNER/NAME}, or the address of the mirror. */
    String name() {
        return name == null ? endpoint.toString() : name;
    }

    /**
     * The files on the server.
     *
     * @throws UsageException when the server cannot be reached or has no such repository
     * @throws WeightsException when it lists an unsafe file name or a file without a size
     */
    List<RemoteFile> list() {
        List<RemoteFile> files = name == null ? listMirror() : listHub();
        for (RemoteFile file : files) {
            requireSafePath(file.path());
            if (file.size() < 0)
                throw new WeightsException(
                        "%s: does not list the size of '%s'.", endpoint, TensorFile.sanitize(file.path()));
        }
        return files;
    }

    private List<RemoteFile> listMirror() {
        List<RemoteFile> files = new ArrayList<>();
        URI url = urlOf("index.json");
        for (JsonNode file : parse(client.get(url, MAX_LIST_BYTES).body(), url)) {
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
        URI next = URI.create(urlOf("api", "models", name, "tree", revision) + "?recursive=true");
        for (int page = 0; next != null; page++) {
            if (page == MAX_PAGES)
                throw new UsageException("%s: lists more than %d pages of files; it is not a model", name, MAX_PAGES);
            URI url = next;
            DownloadClient.Response response = client.get(url, MAX_LIST_BYTES);
            for (JsonNode file : parse(response.body(), url))
                if ("file".equals(file.path("type").asText())) files.add(hubFile(file));
            next = nextPage(url, response.headers());
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
        URI next = headers.allValues("link").stream()
                .flatMap(header -> Stream.of(header.split(",")))
                .map(NEXT_LINK::matcher)
                .filter(Matcher::matches)
                .map(matcher -> url.resolve(matcher.group(1)))
                .findFirst()
                .orElse(null);
        if (next != null && !DownloadClient.sameOrigin(next, endpoint))
            throw new UsageException(
                    "%s: its list of %s continues on %s, but a list must come from one server. Choose another hub"
                            + " (HF_ENDPOINT).",
                    endpoint, name, next.getHost());
        return next;
    }

    private static JsonNode parse(byte[] body, URI url) {
        try {
            JsonNode list = Json.MAPPER.readTree(body);
            if (list.isArray()) return list;
            if (list.path("files").isArray()) return list.path("files");
        } catch (JsonProcessingException e) {
            // reported below
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new UsageException("%s: the response is not a list of files. Is this a model hub or mirror?", url);
    }

    /** The content of a file from {@code offset} to {@code end}, exclusive; connects at the first read. */
    InputStream open(RemoteFile file, long offset, long end) {
        return new ReconnectingInputStream(client, urlOf(file), file.path(), file.size(), file.checksum(), offset, end);
    }

    ResumableDownload download(RemoteFile file) {
        return new ResumableDownload(client, urlOf(file), file.path(), file.size(), file.checksum());
    }

    private URI urlOf(RemoteFile file) {
        return name == null ? urlOf(file.path()) : urlOf(name, "resolve", revision, file.path());
    }

    private URI urlOf(String... parts) {
        String path = Stream.of(parts)
                .flatMap(segments -> Stream.of(segments.split("/")))
                .map(segment ->
                        URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
        String prefix = endpoint.toString();
        return URI.create(prefix + (prefix.endsWith("/") ? "" : "/") + path);
    }

    /** Throws unless {@code path} is a relative path without {@code ..}, drive names, or control characters. */
    static void requireSafePath(String path) {
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
    }
}
