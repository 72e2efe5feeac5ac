package dev.mige4j.web;

import dev.mige4j.task.Instruction;
import dev.mige4j.web.RequestBody.UploadedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.MimeTypes;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.util.Promise;

/** Parses a {@code multipart/form-data} body (RFC 7578) with Jetty's parser, in memory. */
final class MultipartBodyParser {

    private static final int MAX_PARTS = 64;
    private static final int MAX_PART_HEADER_BYTES = 4096;
    /** Enough for the longest prompt in any charset. */
    private static final int MAX_TEXT_BYTES = 4 * Instruction.MAX_LENGTH;
    /** The field with the charset of all parts that state none. */
    private static final String CHARSET_FIELD = "_charset_";

    private static final Pattern POSITIONAL_IMAGE = Pattern.compile("(images?)(\\[\\])?|image\\[\\d+]");
    private static final Pattern NAMED_IMAGE = Pattern.compile("image\\[(.*)]", Pattern.DOTALL);

    private final RequestBody body;
    private Charset defaultCharset = StandardCharsets.UTF_8;

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
            for (MultiPart.Part part : parts)
                if (CHARSET_FIELD.equals(part.getName()))
                    defaultCharset = charset(CHARSET_FIELD, text(part, content(part)));
            for (MultiPart.Part part : parts) addPart(part);
        } catch (CompletionException | IllegalArgumentException | IllegalStateException | IOException e) {
            throw RequestBody.malformed(
                    "it is not a complete multipart/form-data body with at most " + MAX_PARTS + " parts");
        }
    }

    private void addPart(MultiPart.Part part) throws IOException {
        String name = part.getName();
        if (name == null) throw RequestBody.malformed("a part has no name");
        if (name.equals(CHARSET_FIELD)) return;
        byte[] content = content(part);
        Optional<byte[]> result = findResult(part, content);
        if (result.isPresent()) addFile(name, result.get());
        else if (isFile(part)) {
            boolean isUnfilled = content.length == 0
                    && (part.getFileName() == null || part.getFileName().isEmpty());
            if (!isUnfilled) addFile(name, content);
        } else {
            String field = name.endsWith("[]") ? name.substring(0, name.length() - 2) : name;
            if (isImageField(field) && !field.equals("source"))
                throw ApiException.forParam(
                        name, 400, "invalid_type", "'%s' is text, expected a file.", RequestBody.sanitize(name));
            body.fields().requireKnown(field);
            if (content.length == 0) return;
            String value = text(part, content);
            if (field.equals("loras")) LoraChoice.parse(name, value).forEach(body.fields()::addLora);
            else body.fields().add(field, new RequestFields.Value(value, true));
        }
    }

    private static byte[] content(MultiPart.Part part) throws IOException {
        if (part.getLength() > MAX_TEXT_BYTES && !isFile(part))
            throw RequestFields.tooLong(part.getName(), Instruction.MAX_LENGTH);
        byte[] content = new byte[Math.toIntExact(part.getLength())];
        try (InputStream in = Content.Source.asInputStream(part.getContentSource())) {
            in.readNBytes(content, 0, content.length);
        }
        return content;
    }

    /** The retained result that the text of an image field refers to. */
    private Optional<byte[]> findResult(MultiPart.Part part, byte[] content) {
        boolean maybeReference = part.getFileName() == null
                && isImageField(part.getName())
                && content.length <= ResultImages.MAX_REFERENCE_LENGTH;
        return maybeReference
                ? body.findResult(part.getName(), new String(content, StandardCharsets.ISO_8859_1))
                : Optional.empty();
    }

    private static boolean isImageField(String name) {
        return RequestBody.IMAGE_FIELDS.contains(name.replaceFirst("\\[.*", ""));
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

    private void addFile(String name, byte[] content) {
        Matcher positional = POSITIONAL_IMAGE.matcher(name), named = NAMED_IMAGE.matcher(name);
        if (positional.matches()) body.addImage(new UploadedFile(positionalLabel(positional), content));
        else if (named.matches()) body.addNamedImage(named.group(1), new UploadedFile(name, content));
        else if (name.equals("mask") || name.equals("source")) body.addFile(name, new UploadedFile(name, content));
        else
            throw ApiException.forParam(
                    name,
                    400,
                    "unknown_parameter",
                    "Unknown file parameter '%s'. Use image, image[], image[NAME], source or mask.",
                    RequestBody.sanitize(name));
    }

    /** The name of a positional image, with its index if there may be several. */
    private String positionalLabel(Matcher name) {
        int index = body.images().size();
        boolean isOnly = name.group(2) == null && index == 0;
        return name.group(1) == null || isOnly ? name.group() : name.group(1) + "[" + index + "]";
    }

    // ---- text

    private String text(MultiPart.Part part, byte[] content) {
        String name = part.getName();
        Charset charset = Optional.ofNullable(
                        MimeTypes.getCharsetFromContentType(part.getHeaders().get("Content-Type")))
                .map(stated -> charset(name, stated))
                .orElse(defaultCharset);
        try {
            return charset.newDecoder().decode(ByteBuffer.wrap(content)).toString();
        } catch (CharacterCodingException e) {
            throw RequestFields.invalidValue(
                    name,
                    "'%s' has bytes that are not valid %s. Send it in UTF-8.",
                    RequestBody.sanitize(name),
                    charset.name());
        }
    }

    private static Charset charset(String param, String name) {
        try {
            return Charset.forName(name.strip());
        } catch (IllegalArgumentException e) {
            throw RequestFields.invalidValue(
                    param,
                    "'%s' has the charset '%s', which the server does not know. Send it in UTF-8.",
                    RequestBody.sanitize(param),
                    RequestBody.sanitize(name));
        }
    }
}
