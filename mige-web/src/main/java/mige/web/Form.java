package mige.web;

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

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.util.Promise;

/**
 * What a client sent, whether as {@code multipart/form-data} or as JSON with data URLs: fields of text, and files.
 *
 * <p>Nothing is written to disk and no URL is fetched. Files come under {@code image} (several, in order), {@code mask},
 * {@code source}, or {@code image:NAME} (multipart {@code image[NAME]}, JSON {@code pictures.NAME}).
 */
final class Form {

    /** A file as it came; {@code label} is what messages call it. */
    record File(String label, byte[] bytes) {}

    private static final int MAX_PARTS = 64, MAX_DEPTH = 8;
    private static final Set<String> PICTURES = Set.of("image", "images", "pictures", "mask", "source");

    final Map<String, String> fields = new LinkedHashMap<>();
    final Map<String, List<File>> files = new LinkedHashMap<>();

    /** Reads the body, at most {@code limit} bytes of it. */
    static Form read(String contentType, long contentLength, InputStream body, int limit) throws IOException {
        String type = contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!type.equals("application/json") && !type.equals("multipart/form-data"))
            throw ApiException.of(415, "unsupported_media_type", "The Content-Type is '%s', expected multipart/form-data or application/json.", type);
        if (contentLength > limit) throw tooLarge(limit);
        byte[] bytes = bounded(body, contentLength, limit);
        Form form = new Form();
        if (type.equals("application/json")) form.json(bytes, limit);
        else form.multipart(contentType, bytes);
        return form;
    }

    private static byte[] bounded(InputStream body, long contentLength, int limit) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream((int) Math.max(1024, Math.min(contentLength, limit)));
        byte[] part = new byte[16384];
        for (int n; (n = body.read(part)) >= 0; ) {
            if (all.size() + n > limit) throw tooLarge(limit);
            all.write(part, 0, n);
        }
        return all.toByteArray();
    }

    private static ApiException tooLarge(int limit) {
        return ApiException.of(413, "body_too_large", "The request's body is larger than %d bytes. Send smaller pictures.", limit);
    }

    // ---- multipart

    private void multipart(String contentType, byte[] body) {
        String boundary = MultiPart.extractBoundary(contentType);
        if (boundary == null || boundary.isEmpty()) throw malformed("its Content-Type names no boundary");
        var parser = new MultiPartFormData.Parser(boundary);
        parser.setMaxParts(MAX_PARTS);
        parser.setPartHeadersMaxLength(4096);
        parser.setMaxMemoryFileSize(-1);          // never to disk; the body is bounded already
        parser.setMaxFileSize(-1);
        parser.setMaxLength(-1);
        var parsed = new CompletableFuture<MultiPartFormData.Parts>();
        parser.parse(new ByteBufferContentSource(ByteBuffer.wrap(body)), Promise.Invocable.toPromise(parsed));
        try (var parts = parsed.join()) {
            for (MultiPart.Part part : parts) take(part);
        } catch (CompletionException | IllegalArgumentException | IllegalStateException | IOException e) {
            throw malformed("it is not a whole multipart/form-data body of at most " + MAX_PARTS + " parts");
        }
    }

    private void take(MultiPart.Part part) throws IOException {
        String name = part.getName();
        if (name == null) throw malformed("a part has no name");
        byte[] bytes;
        try (var in = org.eclipse.jetty.io.Content.Source.asInputStream(part.getContentSource())) {
            bytes = in.readAllBytes();
        }
        boolean picture = PICTURES.contains(name.replaceFirst("\\[.*", ""));
        String kind = String.valueOf(part.getHeaders().get("Content-Type"));
        if (part.getFileName() != null || picture && !kind.startsWith("text/") && !(name.equals("source") && kind.equals("null")))
            file(name, bytes);
        else field(name.endsWith("[]") ? name.substring(0, name.length() - 2) : name, new String(bytes, StandardCharsets.UTF_8));
    }

    private void file(String name, byte[] bytes) {
        if (name.equals("image") || name.equals("image[]") || name.equals("images") || name.equals("images[]") || name.matches("image\\[\\d+]"))
            add("image", bytes);
        else if (name.startsWith("image[") && name.endsWith("]")) add("image:" + name.substring(6, name.length() - 1).strip(), bytes);
        else if (name.equals("mask") || name.equals("source")) add(name, bytes);
        else throw ApiException.about(name, 400, "unknown_parameter", "The file '%s' is not known; pictures are called image, image[], image[NAME], source or mask.", shown(name));
    }

    // ---- JSON

    private void json(byte[] body, int limit) {
        JsonNode root = parse(body, limit);
        if (root == null || !root.isObject()) throw malformed("it is not a JSON object");
        root.fields().forEachRemaining(field -> {
            String name = field.getKey();
            JsonNode value = field.getValue();
            if (value.isNull()) return;
            if (!PICTURES.contains(name)) {
                if (!value.isValueNode())
                    throw ApiException.about(name, 400, "invalid_type", "'%s' is not a plain value.", shown(name));
                field(name, value.asText());
            } else if (name.equals("image") || name.equals("images")) {
                for (JsonNode one : value.isArray() ? value : List.of(value)) image(name, one);
            } else if (name.equals("pictures")) {
                if (!value.isObject()) throw ApiException.about(name, 400, "invalid_type", "'pictures' is not an object of names and data URLs.");
                value.fields().forEachRemaining(one -> add("image:" + one.getKey().strip(), decoded(name, url(name, one.getValue()))));
            } else if (name.equals("source") && value.isTextual() && !value.asText().startsWith("data:")) {
                field(name, value.asText());
            } else {
                add(name, decoded(name, url(name, value)));
            }
        });
    }

    private void image(String param, JsonNode one) {
        JsonNode name = one.path("name");
        add(name.isTextual() ? "image:" + name.asText().strip() : "image", decoded(param, url(param, one)));
    }

    private static JsonNode parse(byte[] body, int limit) {
        var factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(limit).maxNestingDepth(MAX_DEPTH).maxNumberLength(64).build()).build();
        try {
            return new ObjectMapper(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).readTree(body);
        } catch (JsonProcessingException e) {
            throw malformed("it is not JSON (" + (e.getLocation() == null ? "it nests too deep or ends too early"
                    : "line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr()) + ")");
        } catch (IOException e) {
            throw malformed("it is not JSON in UTF-8");
        }
    }

    private static String url(String param, JsonNode picture) {
        for (JsonNode value : List.of(picture, picture.path("image_url"), picture.path("image_url").path("url"), picture.path("b64_json")))
            if (value.isTextual()) return value.asText();
        throw ApiException.about(param, 400, "invalid_type", "'%s' holds no picture; give a data URL such as data:image/png;base64,... .", param);
    }

    private static byte[] decoded(String param, String url) {
        if (url.regionMatches(true, 0, "http:", 0, 5) || url.regionMatches(true, 0, "https:", 0, 6) || url.regionMatches(true, 0, "file:", 0, 5))
            throw ApiException.about(param, 400, "urls_not_fetched", "'%s' is an address, and this server fetches none. Send the picture itself as a data URL.", param);
        String data = url;
        if (url.startsWith("data:")) {
            int comma = url.indexOf(',');
            if (comma < 0 || !url.substring(0, comma).endsWith(";base64"))
                throw ApiException.about(param, 400, "invalid_data_url", "'%s' is a data URL without ';base64,'.", param);
            data = url.substring(comma + 1);
        }
        try {
            return Base64.getMimeDecoder().decode(strict(data));
        } catch (IllegalArgumentException e) {
            throw ApiException.about(param, 400, "invalid_base64", "'%s' is not base64.", param);
        }
    }

    private static String strict(String base64) {
        for (int i = 0; i < base64.length(); i++) {
            char c = base64.charAt(i);
            boolean known = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "+/=\r\n".indexOf(c) >= 0;
            if (!known) throw new IllegalArgumentException();
        }
        return base64;
    }

    // ---- both

    private void field(String name, String value) {
        if (fields.putIfAbsent(name, value) != null)
            throw ApiException.about(name, 400, "duplicate_parameter", "'%s' is given twice.", shown(name));
    }

    private void add(String name, byte[] bytes) {
        List<File> all = files.computeIfAbsent(name, n -> new ArrayList<>());
        if (!name.equals("image") && !all.isEmpty())
            throw ApiException.about(name, 400, "duplicate_parameter", "The picture '%s' is given twice.", shown(name));
        all.add(new File(name.equals("image") ? "image " + (all.size() + 1) : name, bytes));
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    List<File> images() {
        return files.getOrDefault("image", List.of());
    }

    Optional<File> file(String name) {
        return files.getOrDefault(name, List.of()).stream().findFirst();
    }

    private static ApiException malformed(String why) {
        return ApiException.of(400, "malformed_body", "The request's body cannot be read: %s.", why);
    }

    /** A client's own text in a message: short, and nothing that could steer a terminal or a page. */
    static String shown(String text) {
        String plain = text.replaceAll("[^\\p{L}\\p{N}\\p{P} ]", "?");
        return plain.length() > 60 ? plain.substring(0, 60) + "…" : plain;
    }
}
