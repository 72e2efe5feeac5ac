package dev.mige4j.web;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.util.Promise;

/** Parses a {@code multipart/form-data} body with Jetty's parser, in memory. */
final class MultipartBodyParser {

    private static final int MAX_PARTS = 64;
    private static final int MAX_PART_HEADER_BYTES = 4096;
    private static final Pattern POSITIONAL_IMAGE = Pattern.compile("images?(\\[\\])?|image\\[\\d+]");
    private static final Pattern NAMED_IMAGE = Pattern.compile("image\\[(.*)]", Pattern.DOTALL);

    private final RequestBody body;

    MultipartBodyParser(RequestBody body) {
        this.body = body;
    }

    void parse(String contentType, byte[] content) {
        String boundary = MultiPart.extractBoundary(contentType);
        if (boundary == null || boundary.isEmpty()) throw RequestBody.malformed("the Content-Type has no boundary");
        var parser = new MultiPartFormData.Parser(boundary);
        parser.setMaxParts(MAX_PARTS);
        parser.setPartHeadersMaxLength(MAX_PART_HEADER_BYTES);
        parser.setMaxMemoryFileSize(-1); // never to disk; the size of the body is limited already
        parser.setMaxFileSize(-1);
        parser.setMaxLength(-1);
        var partsFuture = new CompletableFuture<MultiPartFormData.Parts>();
        parser.parse(new ByteBufferContentSource(ByteBuffer.wrap(content)), Promise.Invocable.toPromise(partsFuture));
        try (var parts = partsFuture.join()) {
            for (MultiPart.Part part : parts) addPart(part);
        } catch (CompletionException | IllegalArgumentException | IllegalStateException | IOException e) {
            throw RequestBody.malformed(
                    "it is not a complete multipart/form-data body with at most " + MAX_PARTS + " parts");
        }
    }

    private void addPart(MultiPart.Part part) throws IOException {
        String name = part.getName();
        if (name == null) throw RequestBody.malformed("a part has no name");
        byte[] content;
        try (InputStream in = Content.Source.asInputStream(part.getContentSource())) {
            content = in.readAllBytes();
        }
        boolean maybeReference =
                part.getFileName() == null && isImageField(name) && content.length <= ResultImages.MAX_REFERENCE_LENGTH;
        Optional<byte[]> result =
                maybeReference ? body.findResult(name, new String(content, StandardCharsets.UTF_8)) : Optional.empty();
        if (result.isPresent()) addFile(name, result.get());
        else if (isFile(part)) addFile(name, content);
        else
            body.addField(
                    name.endsWith("[]") ? name.substring(0, name.length() - 2) : name,
                    new String(content, StandardCharsets.UTF_8));
    }

    /**
     * Whether a part is a file: it has a file name, or it is an image field without a text type. A {@code source}
     * without any type is the name of an image.
     */
    private static boolean isFile(MultiPart.Part part) {
        if (part.getFileName() != null) return true;
        if (!isImageField(part.getName())) return false;
        String contentType = part.getHeaders().get("Content-Type");
        return contentType == null ? !part.getName().equals("source") : !contentType.startsWith("text/");
    }

    private static boolean isImageField(String name) {
        return RequestBody.IMAGE_FIELDS.contains(name.replaceFirst("\\[.*", ""));
    }

    private void addFile(String name, byte[] content) {
        Matcher named = NAMED_IMAGE.matcher(name);
        if (POSITIONAL_IMAGE.matcher(name).matches()) body.addImage(content);
        else if (named.matches()) body.addNamedImage(named.group(1).strip(), content);
        else if (name.equals("mask") || name.equals("source")) body.addFile(name, content);
        else
            throw ApiException.forParam(
                    name,
                    400,
                    "unknown_parameter",
                    "Unknown file parameter '%s'. Use image, image[], image[NAME], source or mask.",
                    RequestBody.sanitize(name));
    }
}
