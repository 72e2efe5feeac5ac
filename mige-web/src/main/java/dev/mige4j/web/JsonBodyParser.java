package dev.mige4j.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.mige4j.task.Instruction;
import dev.mige4j.web.RequestBody.UploadedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/**
 * Parses a JSON body in which images are data URLs, base64 strings or references to results. The body is read as a
 * stream of tokens: what is unknown, given twice, too long or too deep is refused where it stands, and images are
 * decoded from the body itself.
 */
final class JsonBodyParser {

    private static final int MAX_DEPTH = 8;
    /** The longest names and numbers. */
    private static final int MAX_TOKEN_LENGTH = 256;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.CHARSET_DETECTION) // UTF-8, so that positions are those of bytes
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Instruction.MAX_LENGTH)
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_TOKEN_LENGTH)
                    .maxNameLength(MAX_TOKEN_LENGTH)
                    .build())
            .build();

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    /** An image, and the name that stands beside it in an object. */
    private record NamedFile(Optional<String> name, UploadedFile file) {}

    private final RequestBody body;
    private final byte[] content;
    /** Index of the first byte after a byte order mark. */
    private final int start;

    private final JsonParser parser;
    private final Set<String> names = new HashSet<>();
    /** The field that is being parsed; null between fields. */
    private String field;

    /** @param content which decoding overwrites */
    JsonBodyParser(RequestBody body, byte[] content) {
        this.body = body;
        this.content = content;
        start = Arrays.mismatch(content, BYTE_ORDER_MARK) == BYTE_ORDER_MARK.length ? BYTE_ORDER_MARK.length : 0;
        try {
            parser = FACTORY.createParser(content, start, content.length - start);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // not thrown for an array
        }
    }

    void parse() {
        try (parser) {
            parseObject();
        } catch (StreamConstraintsException e) {
            String limits = "a name or number of more than " + MAX_TOKEN_LENGTH + " characters, or more than "
                    + MAX_DEPTH + " levels";
            String name = parser.getParsingContext().getCurrentName();
            if (field == null && (name == null || names.contains(name)))
                throw RequestBody.malformed("it has " + limits);
            String culprit = field == null ? name : field; // a number is read with its name
            throw RequestFields.invalidValue(culprit, "'%s' has %s.", RequestBody.sanitize(culprit), limits);
        } catch (JsonProcessingException e) {
            throw RequestBody.malformed("it is not valid JSON in UTF-8"
                    + (e.getLocation() == null
                            ? ""
                            : " (line " + e.getLocation().getLineNr() + ", column "
                                    + e.getLocation().getColumnNr() + ")"));
        } catch (IOException e) {
            throw RequestBody.malformed("it is not JSON in UTF-8");
        }
    }

    private void parseObject() throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) throw RequestBody.malformed("it is not a JSON object");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            field = parser.currentName();
            body.fields().requireKnown(field);
            if (!names.add(field)) throw RequestBody.duplicate(field);
            if (parser.nextToken() != JsonToken.VALUE_NULL) parseField();
            field = null;
        }
        if (parser.nextToken() != null) throw RequestBody.malformed("it continues after the JSON object");
    }

    private void parseField() throws IOException {
        switch (field) {
            case "image", "images" -> parseImages();
            case "named_images" -> parseNamedImages();
            case "mask" -> body.addFile(field, readImage(field).file());
            case "source" -> parseSource();
            case "loras" -> parseLoras();
            default -> body.fields().add(field, readValue());
        }
    }

    /** The source is an image, or the name of one. */
    private void parseSource() throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING || isFile()) {
            body.addFile(field, readImage(field).file());
            return;
        }
        RequestFields.Value value = readValue();
        Optional<byte[]> result = body.findResult(field, value.text());
        if (result.isPresent()) body.addFile(field, new UploadedFile(field, result.get()));
        else body.fields().add(field, value);
    }

    private void parseImages() throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) addImage(field);
        else for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) addImage(field + "[" + i + "]");
    }

    private void addImage(String label) throws IOException {
        NamedFile image = readImage(label);
        if (image.name().isPresent()) body.addNamedImage(image.name().get(), image.file());
        else body.addImage(image.file());
    }

    private void parseNamedImages() throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT)
            throw invalidType(field, "an object of names and data URLs");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            body.addNamedImage(name, readImage(field + "." + name).file());
        }
    }

    private void parseLoras() throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            parseLora(field);
            return;
        }
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) parseLora(field + "[" + i + "]");
    }

    /** Reads a LoRA given as {@code NAME}, as {@code NAME:SCALE}, or as an object. */
    private void parseLora(String label) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            LoraChoice.parse(label, readValue().text()).forEach(body.fields()::addLora);
            return;
        }
        if (parser.currentToken() != JsonToken.START_OBJECT)
            throw invalidType(label, "the name of a LoRA, or an object with name and scale");
        RequestFields.Value name = null, scale = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName(), keyLabel = label + "." + key;
            if (parser.nextToken() == JsonToken.VALUE_NULL) continue;
            switch (key) {
                case "name" -> {
                    if (name != null) throw RequestBody.duplicate(keyLabel);
                    if (parser.currentToken() != JsonToken.VALUE_STRING) throw invalidType(keyLabel, "a string");
                    name = readValue();
                }
                case "scale" -> {
                    if (scale != null) throw RequestBody.duplicate(keyLabel);
                    scale = readValue();
                }
                default ->
                    throw ApiException.forParam(
                            keyLabel,
                            400,
                            "unknown_parameter",
                            "Unknown parameter '%s'. A LoRA has name and scale.",
                            RequestBody.sanitize(keyLabel));
            }
        }
        if (name == null)
            throw ApiException.forParam(
                    label + ".name", 400, "missing_parameter", "The parameter '%s.name' is missing.", label);
        body.fields().addLora(LoraChoice.of(label, name.text(), Optional.ofNullable(scale)));
    }

    /** Reads an image given as a string or in one of the object forms of OpenAI's API. */
    private NamedFile readImage(String label) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING)
            return new NamedFile(Optional.empty(), new UploadedFile(label, readFile(label)));
        if (parser.currentToken() != JsonToken.START_OBJECT)
            throw invalidType(label, "an image as a data URL (data:image/png;base64,...)");
        Optional<String> name = Optional.empty();
        UploadedFile file = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName(), keyLabel = label + "." + key;
            if (parser.nextToken() == JsonToken.VALUE_NULL) continue;
            switch (key) {
                case "image_url", "url", "b64_json" -> {
                    if (file != null) throw RequestBody.duplicate(keyLabel);
                    file = readImage(keyLabel).file();
                }
                case "name" -> {
                    if (parser.currentToken() != JsonToken.VALUE_STRING) throw invalidType(keyLabel, "a string");
                    name = Optional.of(readValue().text());
                }
                case "type", "detail" -> readValue();
                default ->
                    throw ApiException.forParam(
                            keyLabel,
                            400,
                            "unknown_parameter",
                            "Unknown parameter '%s'. An image has image_url or b64_json, and name.",
                            RequestBody.sanitize(keyLabel));
            }
        }
        if (file == null)
            throw ApiException.forParam(
                    label,
                    400,
                    "missing_parameter",
                    "'%s' contains no image, expected image_url or b64_json with a data URL.",
                    RequestBody.sanitize(label));
        return new NamedFile(name, file);
    }

    private byte[] readFile(String label) {
        ByteBuffer text = unescapeString(label);
        Optional<byte[]> result = text.remaining() > ResultImages.MAX_REFERENCE_LENGTH
                ? Optional.empty()
                : body.findResult(
                        label, StandardCharsets.ISO_8859_1.decode(text.slice()).toString());
        return result.orElseGet(() -> DataUrl.decode(label, text));
    }

    private RequestFields.Value readValue() throws IOException {
        JsonToken token = parser.currentToken();
        if (token.isStructStart()) {
            parser.skipChildren();
            return new RequestFields.Value(token == JsonToken.START_ARRAY ? "an array" : "an object", false);
        }
        try {
            return new RequestFields.Value(parser.getText(), token == JsonToken.VALUE_STRING);
        } catch (StreamConstraintsException e) {
            throw RequestFields.tooLong(field, Instruction.MAX_LENGTH);
        }
    }

    private ApiException invalidType(String label, String expected) throws IOException {
        return ApiException.forParam(
                label,
                400,
                "invalid_type",
                "'%s' is %s, expected %s.",
                RequestBody.sanitize(label),
                readValue().found(),
                expected);
    }

    // ---- strings in the body itself

    /** Index in the body of the first byte of the string at the parser. */
    private int stringStart() {
        return start + (int) parser.currentTokenLocation().getByteOffset() + 1;
    }

    /** Whether the string at the parser is a data URL, or too long for a name or a reference. */
    private boolean isFile() {
        int from = stringStart(), length = Math.min(ResultImages.MAX_REFERENCE_LENGTH, content.length - from);
        String head = new String(content, from, length, StandardCharsets.ISO_8859_1);
        return head.startsWith("data:") || head.indexOf('"') < 0;
    }

    /**
     * The string at the parser without its escapes and line breaks. It replaces its JSON form in the body and is padded
     * with spaces, so that the parser goes on behind it and a large image needs no copy.
     */
    private ByteBuffer unescapeString(String label) {
        int from = stringStart(), first = from, to = from;
        for (; from < content.length && content[from] != '"'; from++) {
            byte c = content[from];
            if (c == '\\') {
                c = unescape(from, label);
                from += content[from + 1] == 'u' ? 5 : 1;
                if (c == '\n' || c == '\r') continue;
            }
            content[to++] = c;
        }
        Arrays.fill(content, to, from, (byte) ' ');
        return ByteBuffer.wrap(content, first, to - first);
    }

    /** The character of an escape sequence: a visible one of ASCII, no quotation mark, or a line break. */
    private byte unescape(int at, String label) {
        int type = at + 1 < content.length ? content[at + 1] : 0;
        if (type == '/') return '/';
        if (type == 'n' || type == 'r') return '\n';
        if (type == 'u' && at + 6 <= content.length) {
            String digits = new String(content, at + 2, 4, StandardCharsets.ISO_8859_1);
            int c = digits.chars().allMatch(HexFormat::isHexDigit) ? HexFormat.fromHexDigits(digits) : -1;
            if (c == '\n' || c == '\r' || (c > ' ' && c < 0x7f && c != '"')) return (byte) c;
        }
        throw DataUrl.invalidBase64(label);
    }
}
