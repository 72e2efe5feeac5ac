package dev.mige4j.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.util.Promise;

/**
 * What a client sent, whether as {@code multipart/form-data} or as JSON with data URLs: fields of text, and files.
 *
 * <p>Nothing is written to disk and no URL is fetched. Files come under {@code image} (several, in order),
 * {@code mask}, {@code source}, or {@code image:NAME} (multipart {@code image[NAME]}, JSON {@code pictures.NAME}).
 */
final class RequestBody {

    /** A file as it came; {@code label} is what messages call it. */
    record UploadedFile(String label, byte[] bytes) {}

    private static final int MAX_PARTS = 64, MAX_JSON_DEPTH = 8;
    private static final Set<String> IMAGE_FIELDS = Set.of("image", "images", "pictures", "mask", "source");

    final Map<String, String> fields = new LinkedHashMap<>();
    final Map<String, List<UploadedFile>> files = new LinkedHashMap<>();

    /** Reads the body, at most {@code limit} bytes of it. */
    static RequestBody read(String contentType, long contentLength, InputStream body, int limit) throws IOException {
        String mediaType =
                contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!mediaType.equals("application/json") && !mediaType.equals("multipart/form-data"))
            throw ApiException.of(
                    415,
                    "unsupported_media_type",
                    "The Content-Type is '%s', expected multipart/form-data or application/json.",
                    mediaType);
        if (contentLength > limit) throw bodyTooLarge(limit);
        byte[] bytes = readBounded(body, contentLength, limit);
        RequestBody requestBody = new RequestBody();
        if (mediaType.equals("application/json")) requestBody.parseJson(bytes, limit);
        else requestBody.parseMultipart(contentType, bytes);
        return requestBody;
    }

    private static byte[] readBounded(InputStream body, long contentLength, int limit) throws IOException {
        ByteArrayOutputStream buffer = new ByteArrayOutputStream((int) Math.max(1024, Math.min(contentLength, limit)));
        byte[] chunk = new byte[16384];
        for (int count; (count = body.read(chunk)) >= 0; ) {
            if (buffer.size() + count > limit) throw bodyTooLarge(limit);
            buffer.write(chunk, 0, count);
        }
        return buffer.toByteArray();
    }

    private static ApiException bodyTooLarge(int limit) {
        return ApiException.of(
                413, "body_too_large", "The request's body is larger than %d bytes. Send smaller pictures.", limit);
    }

    // ---- multipart

    private void parseMultipart(String contentType, byte[] body) {
        String boundary = MultiPart.extractBoundary(contentType);
        if (boundary == null || boundary.isEmpty()) throw malformedBody("its Content-Type names no boundary");
        var parser = new MultiPartFormData.Parser(boundary);
        parser.setMaxParts(MAX_PARTS);
        parser.setPartHeadersMaxLength(4096);
        parser.setMaxMemoryFileSize(-1); // never to disk; the body is bounded already
        parser.setMaxFileSize(-1);
        parser.setMaxLength(-1);
        var partsFuture = new CompletableFuture<MultiPartFormData.Parts>();
        parser.parse(new ByteBufferContentSource(ByteBuffer.wrap(body)), Promise.Invocable.toPromise(partsFuture));
        try (var parts = partsFuture.join()) {
            for (MultiPart.Part part : parts) addPart(part);
        } catch (CompletionException | IllegalArgumentException | IllegalStateException | IOException e) {
            throw malformedBody("it is not a whole multipart/form-data body of at most " + MAX_PARTS + " parts");
        }
    }

    private void addPart(MultiPart.Part part) throws IOException {
        String name = part.getName();
        if (name == null) throw malformedBody("a part has no name");
        byte[] bytes;
        try (var in = org.eclipse.jetty.io.Content.Source.asInputStream(part.getContentSource())) {
            bytes = in.readAllBytes();
        }
        boolean isImageField = IMAGE_FIELDS.contains(name.replaceFirst("\\[.*", ""));
        String contentType = String.valueOf(part.getHeaders().get("Content-Type"));
        if (part.getFileName() != null
                || isImageField
                        && !contentType.startsWith("text/")
                        && !(name.equals("source") && contentType.equals("null"))) file(name, bytes);
        else
            addField(
                    name.endsWith("[]") ? name.substring(0, name.length() - 2) : name,
                    new String(bytes, StandardCharsets.UTF_8));
    }

    private void file(String name, byte[] bytes) {
        if (name.equals("image")
                || name.equals("image[]")
                || name.equals("images")
                || name.equals("images[]")
                || name.matches("image\\[\\d+]")) addFile("image", bytes);
        else if (name.startsWith("image[") && name.endsWith("]"))
            addFile("image:" + name.substring(6, name.length() - 1).strip(), bytes);
        else if (name.equals("mask") || name.equals("source")) addFile(name, bytes);
        else
            throw ApiException.forParam(
                    name,
                    400,
                    "unknown_parameter",
                    "The file '%s' is not known; pictures are called image, image[], image[NAME], source or mask.",
                    sanitize(name));
    }

    // ---- JSON

    private void parseJson(byte[] body, int limit) {
        JsonNode root = readTree(body, limit);
        if (root == null || !root.isObject()) throw malformedBody("it is not a JSON object");
        root.fields().forEachRemaining(field -> {
            String name = field.getKey();
            JsonNode value = field.getValue();
            if (value.isNull()) return;
            if (!IMAGE_FIELDS.contains(name)) {
                if (!value.isValueNode())
                    throw ApiException.forParam(
                            name, 400, "invalid_type", "'%s' is not a plain value.", sanitize(name));
                addField(name, value.asText());
            } else if (name.equals("image") || name.equals("images")) {
                for (JsonNode element : value.isArray() ? value : List.of(value)) addJsonImage(name, element);
            } else if (name.equals("pictures")) {
                if (!value.isObject())
                    throw ApiException.forParam(
                            name, 400, "invalid_type", "'pictures' is not an object of names and data URLs.");
                value.fields()
                        .forEachRemaining(element -> addFile(
                                "image:" + element.getKey().strip(),
                                decodeDataUrl(name, extractDataUrl(name, element.getValue()))));
            } else if (name.equals("source")
                    && value.isTextual()
                    && !value.asText().startsWith("data:")) {
                addField(name, value.asText());
            } else {
                addFile(name, decodeDataUrl(name, extractDataUrl(name, value)));
            }
        });
    }

    private void addJsonImage(String param, JsonNode element) {
        JsonNode name = element.path("name");
        addFile(
                name.isTextual() ? "image:" + name.asText().strip() : "image",
                decodeDataUrl(param, extractDataUrl(param, element)));
    }

    private static JsonNode readTree(byte[] body, int limit) {
        var factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(limit)
                        .maxNestingDepth(MAX_JSON_DEPTH)
                        .maxNumberLength(64)
                        .build())
                .build();
        try {
            return new ObjectMapper(factory)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readTree(body);
        } catch (JsonProcessingException e) {
            throw malformedBody("it is not JSON ("
                    + (e.getLocation() == null
                            ? "it nests too deep or ends too early"
                            : "line " + e.getLocation().getLineNr() + ", column "
                                    + e.getLocation().getColumnNr())
                    + ")");
        } catch (IOException e) {
            throw malformedBody("it is not JSON in UTF-8");
        }
    }

    private static String extractDataUrl(String param, JsonNode node) {
        for (JsonNode value :
                List.of(node, node.path("image_url"), node.path("image_url").path("url"), node.path("b64_json")))
            if (value.isTextual()) return value.asText();
        throw ApiException.forParam(
                param,
                400,
                "invalid_type",
                "'%s' holds no picture; give a data URL such as data:image/png;base64,... .",
                param);
    }

    private static byte[] decodeDataUrl(String param, String url) {
        if (url.regionMatches(true, 0, "http:", 0, 5)
                || url.regionMatches(true, 0, "https:", 0, 6)
                || url.regionMatches(true, 0, "file:", 0, 5))
            throw ApiException.forParam(
                    param,
                    400,
                    "urls_not_fetched",
                    "'%s' is an address, and this server fetches none. Send the picture itself as a data URL.",
                    param);
        String data = url;
        if (url.startsWith("data:")) {
            int comma = url.indexOf(',');
            if (comma < 0 || !url.substring(0, comma).endsWith(";base64"))
                throw ApiException.forParam(
                        param, 400, "invalid_data_url", "'%s' is a data URL without ';base64,'.", param);
            data = url.substring(comma + 1);
        }
        try {
            return Base64.getMimeDecoder().decode(requireBase64(data));
        } catch (IllegalArgumentException e) {
            throw ApiException.forParam(param, 400, "invalid_base64", "'%s' is not base64.", param);
        }
    }

    private static String requireBase64(String base64) {
        for (int i = 0; i < base64.length(); i++) {
            char c = base64.charAt(i);
            boolean valid =
                    c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "+/=\r\n".indexOf(c) >= 0;
            if (!valid) throw new IllegalArgumentException();
        }
        return base64;
    }

    // ---- both

    private void addField(String name, String value) {
        if (fields.putIfAbsent(name, value) != null)
            throw ApiException.forParam(name, 400, "duplicate_parameter", "'%s' is given twice.", sanitize(name));
    }

    private void addFile(String name, byte[] bytes) {
        List<UploadedFile> existing = files.computeIfAbsent(name, n -> new ArrayList<>());
        if (!name.equals("image") && !existing.isEmpty())
            throw ApiException.forParam(
                    name, 400, "duplicate_parameter", "The picture '%s' is given twice.", sanitize(name));
        existing.add(new UploadedFile(name.equals("image") ? "image " + (existing.size() + 1) : name, bytes));
    }

    Optional<String> formParam(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    List<UploadedFile> images() {
        return files.getOrDefault("image", List.of());
    }

    Optional<UploadedFile> file(String name) {
        return files.getOrDefault(name, List.of()).stream().findFirst();
    }

    private static ApiException malformedBody(String reason) {
        return ApiException.of(400, "malformed_body", "The request's body cannot be read: %s.", reason);
    }

    /** A client's own text in a message: short, and nothing that could steer a terminal or a page. */
    static String sanitize(String text) {
        String sanitized = text.replaceAll("[^\\p{L}\\p{N}\\p{P} ]", "?");
        return sanitized.length() > 60 ? sanitized.substring(0, 60) + "…" : sanitized;
    }
}
