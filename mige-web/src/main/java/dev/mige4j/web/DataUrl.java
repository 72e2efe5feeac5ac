package dev.mige4j.web;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Decodes files that are sent as text: data URLs, and base64 without the head of one. */
final class DataUrl {

    private static final int MAX_HEAD_LENGTH = 1000;

    private DataUrl() {}

    /**
     * Decodes a text without line breaks. Only the result is allocated.
     *
     * @param field the name of the field for error messages
     * @throws ApiException with status 400 when the text is another URL, or not base64
     */
    @SuppressWarnings("ByteBufferBackingArray") // of a buffer that the decoder has just allocated
    static byte[] decode(String field, ByteBuffer text) {
        String head = head(text);
        for (String scheme : List.of("http:", "https:", "file:"))
            if (head.regionMatches(true, 0, scheme, 0, scheme.length()))
                throw ApiException.forParam(
                        field,
                        400,
                        "urls_not_fetched",
                        "'%s' is a URL, which the server does not fetch. Send the image as a data URL.",
                        RequestBody.sanitize(field));
        ByteBuffer base64 = text.slice();
        if (head.regionMatches(true, 0, "data:", 0, 5)) {
            int comma = head.indexOf(',');
            if (comma < 0 || !head.substring(0, comma).endsWith(";base64"))
                throw ApiException.forParam(
                        field,
                        400,
                        "invalid_data_url",
                        "'%s' is a data URL without ';base64,'.",
                        RequestBody.sanitize(field));
            base64.position(comma + 1);
        }
        try {
            ByteBuffer decoded = Base64.getDecoder().decode(base64);
            return decoded.limit() == decoded.capacity()
                    ? decoded.array()
                    : Arrays.copyOf(decoded.array(), decoded.limit());
        } catch (IllegalArgumentException e) {
            throw invalidBase64(field);
        }
    }

    static ApiException invalidBase64(String field) {
        return ApiException.forParam(
                field, 400, "invalid_base64", "'%s' is not valid base64.", RequestBody.sanitize(field));
    }

    /** The beginning of a text, which contains the whole head of a data URL. */
    private static String head(ByteBuffer text) {
        byte[] head = new byte[Math.min(MAX_HEAD_LENGTH, text.remaining())];
        text.get(text.position(), head);
        return new String(head, StandardCharsets.ISO_8859_1);
    }
}
