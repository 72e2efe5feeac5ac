package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.web.TestClient.TestResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every field with every kind of bad value, in JSON and in forms, and the spellings of good ones. */
class RequestValidationTest {

    static final String EDITS = "/v1/images/edits", GENERATIONS = "/v1/images/generations";
    static final byte[] ROOM = TestClient.png(20, 10, 0xeeeeee);
    static final String ROOM_URL = TestClient.dataUrl(ROOM);
    static final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    static Server server;
    static TestClient client;

    @BeforeAll
    static void start() {
        server = Server.start(ServerConfig.DEFAULT.withPort(0), generator);
        client = new TestClient(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static Settings lastSettings() {
        return generator.settings.get(generator.settings.size() - 1);
    }

    static TestResponse postJson(String path, String body) {
        return client.post(path, "application/json", body.getBytes(StandardCharsets.UTF_8));
    }

    /** Posts a form of parts that are given with their headers and content. */
    static TestResponse postParts(String path, String... parts) {
        String body = Stream.of(parts)
                .map(part -> "--B\r\nContent-Disposition: form-data; " + part + "\r\n")
                .reduce("", String::concat);
        return client.post(
                path, "multipart/form-data; boundary=B", (body + "--B--\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    static String param(TestResponse response) {
        return response.json().path("error").path("param").asText();
    }

    static void assertRefused(String field, String expected, TestResponse response) {
        assertEquals(400, response.status(), response.text());
        assertEquals(field, param(response), response.text());
        String message = response.errorMessage();
        assertTrue(message.startsWith("'" + field + "' ") && message.contains(expected), message);
        assertTrue(message.length() < 300, message);
    }

    // ---- bad values

    /** A field, what is expected of it, and values that are refused in JSON; strings of them are refused in forms. */
    record BadValues(String field, String expected, List<String> json) {
        BadValues(String field, String expected, String... json) {
            this(field, expected, List.of(json));
        }
    }

    static final List<BadValues> BAD_VALUES = List.of(
            new BadValues("n", "a whole number from 1 to 10", "0", "11", "-1", "1.5", "\"x\"", "\"1,000\""),
            new BadValues("steps", "a whole number from 2 to 200", "1", "201", "2.5", "\"ten\"", "\"0x10\""),
            new BadValues("guidance", "a number from 0 to 100", "-0.1", "100.5", "\"7,5\"", "\"NaN\""),
            new BadValues("image_guidance", "a number from 0 to 100", "-1", "1e3", "\"Infinity\""),
            new BadValues(
                    "seed",
                    "a whole number",
                    "0.5",
                    "\"one\"",
                    "9223372036854775808",
                    "-9223372036854775809",
                    "\"18446744073709551615\""),
            new BadValues("first_index", "a whole number from 0 to 1000000", "-1", "1000001"),
            new BadValues("output_compression", "a whole number from 0 to 100", "-1", "101", "\"high\""),
            new BadValues("faithful", "true or false", "2", "\"yes!\"", "\"null\""),
            new BadValues("fast", "true or false", "-1", "\"t\"", "\"2\""),
            new BadValues("region", "auto or everywhere", "1", "\"left\"", "\"AUTO \""),
            new BadValues("stream", "true or false", "2", "\"sse\""),
            new BadValues("partial_images", "a whole number from 0 to 3", "-1", "4", "0.5", "\"few\""),
            new BadValues("response_format", "b64_json or url", "1", "\"png\""),
            new BadValues("background", "auto or opaque or transparent", "1", "\"white\""),
            new BadValues("output_format", "jpeg or png or webp", "1", "\"gif\""));

    static List<Arguments> badJsonValues() {
        List<Arguments> rows = new ArrayList<>();
        for (BadValues bad : BAD_VALUES) {
            Stream.concat(
                            bad.json().stream(),
                            Stream.of("[]", "[1]", "{}", "{\"a\":[1]}", "1e999999999", "\"" + "9".repeat(200) + "\""))
                    .forEach(value -> rows.add(Arguments.of(bad.field(), value, bad.expected())));
            if (!bad.expected().equals("true or false")) rows.add(Arguments.of(bad.field(), "true", bad.expected()));
        }
        for (String field : List.of("prompt", "model", "size"))
            for (String value : List.of("1", "true", "[]", "{}", "[\"a\"]"))
                rows.add(Arguments.of(field, value, "expected a string"));
        return rows;
    }

    @ParameterizedTest
    @MethodSource("badJsonValues")
    void namesTheFieldAndItsBoundsInJson(String field, String value, String expected) {
        String prompt = field.equals("prompt") ? "" : "\"prompt\":\"a dog\",";
        assertRefused(field, expected, postJson(GENERATIONS, "{" + prompt + "\"" + field + "\":" + value + "}"));
    }

    static List<Arguments> badFormValues() {
        List<Arguments> rows = new ArrayList<>();
        for (BadValues bad : BAD_VALUES)
            Stream.concat(bad.json().stream(), Stream.of("1e999999999", "[]", "{\"a\":1}", "\u00e9", "9".repeat(200)))
                    .forEach(value -> rows.add(Arguments.of(bad.field(), value.replace("\"", ""), bad.expected())));
        return rows;
    }

    @ParameterizedTest
    @MethodSource("badFormValues")
    void namesTheFieldAndItsBoundsInForms(String field, String value, String expected) {
        assertRefused(field, expected, client.postMultipart(GENERATIONS, "prompt", "a dog", field, value));
    }

    @Test
    void boundsTheLengthOfTexts() {
        for (int length : new int[] {Instruction.MAX_LENGTH + 1, 200_000}) {
            for (String prompt :
                    List.of("a".repeat(length), "<image> ".repeat(length / 8 + 1), "\u00e9".repeat(length))) {
                String expected = "has more than " + Instruction.MAX_LENGTH + " characters. Shorten it.";
                assertRefused("prompt", expected, client.post(GENERATIONS, Map.of("prompt", prompt)));
                assertRefused("prompt", expected, client.postMultipart(GENERATIONS, "prompt", prompt));
            }
            String text = "a".repeat(length);
            assertRefused("model", "has more than", client.post(GENERATIONS, Map.of("prompt", "a", "model", text)));
            assertRefused("size", "has more than", client.postMultipart(GENERATIONS, "prompt", "a", "size", text));
            assertRefused("n", "256 characters", postJson(GENERATIONS, "{\"n\":" + "9".repeat(length) + "}"));
        }
        assertEquals(
                200,
                client.postMultipart(GENERATIONS, "prompt", "a".repeat(Instruction.MAX_LENGTH))
                        .status());
    }

    @Test
    void refusesTextsOfAnotherEncoding() {
        String notUtf8 = "'prompt' has bytes that are not valid UTF-8. Send it in UTF-8.";
        assertEquals(
                notUtf8,
                postParts(GENERATIONS, "name=\"prompt\"\r\n\r\nna\u00efve").errorMessage());
        assertEquals(
                "The request body cannot be parsed: it is not valid JSON in UTF-8 (line 1, column 14).",
                client.post(
                                GENERATIONS,
                                "application/json",
                                "{\"prompt\":\"na\u00efve\"}".getBytes(StandardCharsets.ISO_8859_1))
                        .errorMessage()
                        .replaceAll("column \\d+", "column 14"));
        assertEquals(
                400,
                client.post(GENERATIONS, "application/json", "{\"prompt\":\"a\"}".getBytes(StandardCharsets.UTF_16LE))
                        .status());
        var unknown = postParts(GENERATIONS, "name=\"prompt\"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\na");
        assertEquals(
                "'prompt' has the charset 'utf-7', which the server does not know. Send it in UTF-8.",
                unknown.errorMessage());
        assertEquals("prompt", param(unknown));
    }

    @Test
    void readsTheCharsetOfAForm() {
        for (String[] parts : new String[][] {
            {"name=\"_charset_\"\r\n\r\niso-8859-1", "name=\"prompt\"\r\n\r\nna\u00efve"},
            {"name=\"prompt\"\r\n\r\nna\u00efve", "name=\"_charset_\"\r\n\r\nISO-8859-1"},
            {"name=\"prompt\"\r\nContent-Type: text/plain; charset=\"ISO-8859-1\"\r\n\r\nna\u00efve"},
            {"name=\"prompt\"\r\nContent-Type: text/plain;charset=utf-8\r\n\r\nna\u00c3\u00afve"}
        }) {
            var response = postParts(GENERATIONS, parts);
            assertEquals(200, response.status(), response.text());
            assertEquals(
                    "na\u00efve",
                    generator
                            .tasks
                            .get(generator.tasks.size() - 1)
                            .instruction()
                            .text());
        }
    }

    // ---- good values

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            true, true
            "true", true
            "True", true
            "TRUE", true
            1, true
            "1", true
            "on", true
            false, false
            "False", false
            0, false
            "off", false
            null, false
            """)
    void readsBooleansAsClientsWriteThem(String json, boolean expected) {
        assertEquals(
                200,
                postJson(GENERATIONS, "{\"prompt\":\"a\",\"fast\":" + json + "}")
                        .status());
        assertEquals(expected, lastSettings().fast());
        if (json.equals("null")) return;
        assertEquals(
                200,
                client.postMultipart(GENERATIONS, "prompt", "a", "fast", json.replace("\"", ""))
                        .status());
        assertEquals(expected, lastSettings().fast());
    }

    @Test
    void emptyFormFieldsAndUnfilledFilesAreAbsent() {
        String[] parts = Stream.concat(
                        Stream.of("prompt=a dog", "image=")
                                .map(part -> part.split("=", 2))
                                .limit(1),
                        Stream.of("n", "steps", "seed", "size", "fast", "model", "output_format", "region", "source")
                                .map(name -> new String[] {name, ""}))
                .map(part -> "name=\"" + part[0] + "\"\r\n\r\n" + part[1])
                .toArray(String[]::new);
        String[] withFiles = Arrays.copyOf(parts, parts.length + 3);
        String unfilled = "; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        withFiles[parts.length] = "name=\"image\"" + unfilled;
        withFiles[parts.length + 1] = "name=\"image[]\"" + unfilled;
        withFiles[parts.length + 2] = "name=\"mask\"" + unfilled;
        var response = postParts(GENERATIONS, withFiles);
        assertEquals(200, response.status(), response.text());
        var missing = postParts(GENERATIONS, "name=\"prompt\"\r\n\r\n");
        assertEquals("The parameter 'prompt' is missing.", missing.errorMessage());
        assertEquals("prompt", param(missing));
        var emptyFile = postParts(EDITS, "name=\"prompt\"\r\n\r\na", "name=\"image\"; filename=\"a.png\"\r\n\r\n");
        assertEquals("image", param(emptyFile));
    }

    // ---- images

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "image":BAD                                              | image
            "image":[ROOM,BAD]                                       | image[1]
            "images":[{"image_url":ROOM},{"image_url":BAD}]          | images[1].image_url
            "images":[{"image_url":{"url":BAD,"detail":"auto"}}]     | images[0].image_url.url
            "image":[{"name":"teapot","b64_json":BAD}]               | image[0].b64_json
            "image":ROOM,"named_images":{"teapot":BAD}               | named_images.teapot
            "image":ROOM,"mask":BAD                                  | mask
            "image":ROOM,"mask":{"image_url":BAD}                    | mask.image_url
            "source":{"image_url":BAD}                               | source.image_url
            """)
    void namesTheImageAsJsonDoes(String fields, String param) {
        String truncated = TestClient.dataUrl(Arrays.copyOf(ROOM, 40)),
                text = base64("hello"),
                huge = base64(ServerRobustnessTest.png(100_000, 10, new byte[0]));
        for (String bad :
                List.of(truncated, text, huge, "data:image/png;base64,@@@@", "data:,a", "http://h/a.png", "/x y")) {
            var response = postJson(
                    EDITS,
                    "{\"prompt\":\"a <image:teapot>\","
                            + fields.replace("BAD", "\"" + bad + "\"").replace("ROOM", "\"" + ROOM_URL + "\"") + "}");
            assertEquals(param, param(response), response.text());
            assertTrue(response.errorMessage().contains(param), response.text());
        }
        for (String bad : List.of("5", "true", "[]", "{}", "{\"image_url\":5}", "{\"file_id\":\"f\"}")) {
            var response = postJson(
                    EDITS,
                    "{\"prompt\":\"a <image:teapot>\","
                            + fields.replace("BAD", bad).replace("ROOM", "\"" + ROOM_URL + "\"") + "}");
            assertEquals(400, response.status(), response.text());
            assertEquals(param.split("[.\\[]")[0], param(response).split("[.\\[]")[0]);
        }
    }

    static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    static String base64(byte[] content) {
        return Base64.getEncoder().encodeToString(content);
    }

    @ParameterizedTest
    @CsvSource({
        "image, image",
        "image[], image[0]",
        "image[0], image[0]",
        "images, images",
        "image[teapot], image[teapot]",
        "source, source",
        "mask, mask"
    })
    void namesTheImageAsTheFormDoes(String field, String param) {
        for (byte[] bad : List.of(
                Arrays.copyOf(ROOM, 40),
                "hello".getBytes(StandardCharsets.UTF_8),
                ServerRobustnessTest.png(100_000, 10, new byte[0]))) {
            var response = client.postMultipart(EDITS, field, bad, "prompt", "a");
            assertTrue(response.status() == 422 || response.status() == 415, response.text());
            assertEquals(param, param(response));
            assertTrue(response.errorMessage().contains(param), response.text());
        }
        var second = client.postMultipart(EDITS, "image", ROOM, "image", Arrays.copyOf(ROOM, 40), "prompt", "a");
        assertEquals("image[1]", param(second));
    }

    @Test
    void refusesWhatIsUnknownOrGivenTwice() {
        for (String[] row : new String[][] {
            {"{\"prompt\":\"a\",\"prompt\":\"b\"}", "prompt", "duplicate_parameter"},
            {"{\"prompt\":\"a\",\"image\":null,\"image\":null}", "image", "duplicate_parameter"},
            {
                "{\"prompt\":\"a\",\"image\":{\"url\":\"" + ROOM_URL + "\",\"image_url\":\"\"}}",
                "image.image_url",
                "duplicate_parameter"
            },
            {
                "{\"named_images\":{\"a\":\"" + ROOM_URL + "\",\"a\":\"" + ROOM_URL + "\"}}",
                "named_images.a",
                "duplicate_parameter"
            },
            {"{\"size_\":1", "size_", "unknown_parameter"},
            {"{\"image\":{\"file_id\":1", "image.file_id", "unknown_parameter"},
            {"{\"image\":[" + "\"AAAA\",".repeat(6), "image[5]", "invalid_value"}
        }) {
            var response = postJson(GENERATIONS, row[0]);
            assertEquals(row[2], response.errorCode(), response.text());
            assertEquals(row[1], param(response));
        }
        assertEquals(
                "invalid_type",
                postParts(EDITS, "name=\"image\"\r\nContent-Type: text/plain\r\n\r\nroom.png")
                        .errorCode());
    }

    @Test
    void nullIsAbsent() {
        var response = postJson(
                EDITS,
                "{\"prompt\":\"a\",\"n\":null,\"size\":null,\"fast\":null,\"mask\":null,\"named_images\":null,"
                        + "\"image\":{\"name\":null,\"file_id\":null,\"url\":null,\"b64_json\":\"" + base64(ROOM)
                        + "\"}}");
        assertEquals(200, response.status(), response.text());
    }

    @Test
    void theSourceIsAnImageOrTheNameOfOne() {
        byte[] large = TestClient.png(1000, 1000, 0xeeeeee);
        for (String source : List.of(TestClient.dataUrl(ROOM), base64(large))) {
            assertEquals(
                    200,
                    client.post(EDITS, Map.of("prompt", "a", "source", source)).status());
        }
        var unknown = client.post(EDITS, Map.of("prompt", "a", "source", "teapot"));
        assertEquals("source", param(unknown));
        var longName = client.post(
                EDITS, Map.of("prompt", "a", "image", ROOM_URL, "named_images", Map.of("t".repeat(101), ROOM_URL)));
        assertEquals("named_images." + "t".repeat(101), param(longName));
        assertTrue(longName.errorMessage().contains("more than 100 characters"), longName.text());
    }

    @ParameterizedTest
    @CsvSource({"/,\\/", "i,\\u0069", "+,\\u002b", "/,\\u002F", "QU,QU\\n", "lF,lF\\r\\n"})
    void readsBase64WithTheEscapesOfJson(String text, String escaped) {
        String url = TestClient.dataUrl(ROOM),
                body = "{\"image\":\"" + url.replace(text, escaped) + "\",\"prompt\":\"a\"}";
        var response = postJson(EDITS, "\uFEFF" + body);
        assertEquals(200, response.status(), response.text());
        assertEquals(
                20,
                generator
                        .tasks
                        .get(generator.tasks.size() - 1)
                        .source()
                        .orElseThrow()
                        .width());
    }
}
