package dev.mige4j.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** Parses a JSON body in which images are data URLs, base64 strings or paths of results. */
final class JsonBodyParser {

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE) // the size of the body is limited already
                    .maxNestingDepth(8)
                    .maxNumberLength(64)
                    .build())
            .build();

    /** Base64 with line breaks. The MIME decoder permits these, but also ignores all other characters. */
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/=\\r\\n]*+");

    private final RequestBody body;

    JsonBodyParser(RequestBody body) {
        this.body = body;
    }

    void parse(byte[] content) {
        JsonNode root = readTree(content);
        if (root == null || !root.isObject()) throw RequestBody.malformed("it is not a JSON object");
        root.properties().forEach(property -> {
            if (!property.getValue().isNull()) addProperty(property.getKey(), property.getValue());
        });
    }

    private static JsonNode readTree(byte[] content) {
        try (JsonParser parser = FACTORY.createParser(content)) {
            return Json.MAPPER.readTree(parser);
        } catch (JsonProcessingException e) {
            throw RequestBody.malformed(
                    e.getLocation() == null
                            ? "it is not valid JSON"
                            : "it is not valid JSON (line " + e.getLocation().getLineNr() + ", column "
                                    + e.getLocation().getColumnNr() + ")");
        } catch (IOException e) {
            throw RequestBody.malformed("it is not UTF-8");
        }
    }

    private void addProperty(String name, JsonNode value) {
        if (!RequestBody.IMAGE_FIELDS.contains(name)) {
            if (!value.isValueNode()) throw invalidType(name, "'%s' must be a string, number or boolean.");
            body.addField(name, value.asText());
        } else if (name.equals("image") || name.equals("images")) {
            for (JsonNode element : value.isArray() ? value : List.of(value)) addImage(name, element);
        } else if (name.equals("named_images")) {
            if (!value.isObject()) throw invalidType(name, "'%s' must be an object of names and data URLs.");
            value.properties()
                    .forEach(image -> body.addNamedImage(image.getKey().strip(), decode(name, image.getValue())));
        } else if (name.equals("source")
                && value.isTextual()
                && !value.asText().startsWith("data:")
                && body.findResult(name, value.asText()).isEmpty()) {
            body.addField(name, value.asText());
        } else {
            body.addFile(name, decode(name, value));
        }
    }

    private void addImage(String param, JsonNode element) {
        JsonNode name = element.path("name");
        byte[] content = decode(param, element);
        if (name.isTextual()) body.addNamedImage(name.asText().strip(), content);
        else body.addImage(content);
    }

    /** Decodes an image given as a string or in one of the object forms of OpenAI's API. */
    private byte[] decode(String param, JsonNode node) {
        for (JsonNode value :
                List.of(node, node.path("image_url"), node.path("image_url").path("url"), node.path("b64_json")))
            if (value.isTextual())
                return body.findResult(param, value.asText()).orElseGet(() -> decodeDataUrl(param, value.asText()));
        throw invalidType(param, "'%s' contains no image. Send a data URL such as data:image/png;base64,... .");
    }

    private static byte[] decodeDataUrl(String param, String url) {
        for (String scheme : List.of("http:", "https:", "file:"))
            if (url.regionMatches(true, 0, scheme, 0, scheme.length()))
                throw ApiException.forParam(
                        param,
                        400,
                        "urls_not_fetched",
                        "'%s' is a URL, which the server does not fetch. Send the image as a data URL.",
                        RequestBody.sanitize(param));
        String base64 = url;
        if (url.startsWith("data:")) {
            int comma = url.indexOf(',');
            if (comma < 0 || !url.substring(0, comma).endsWith(";base64"))
                throw ApiException.forParam(
                        param,
                        400,
                        "invalid_data_url",
                        "'%s' is a data URL without ';base64,'.",
                        RequestBody.sanitize(param));
            base64 = url.substring(comma + 1);
        }
        try {
            if (BASE64.matcher(base64).matches()) return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            // reported below
        }
        throw ApiException.forParam(
                param, 400, "invalid_base64", "'%s' is not valid base64.", RequestBody.sanitize(param));
    }

    private static ApiException invalidType(String param, String format) {
        return ApiException.forParam(param, 400, "invalid_type", format, RequestBody.sanitize(param));
    }
}
