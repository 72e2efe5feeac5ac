package dev.mige4j.web;

import static dev.mige4j.web.OpenAiImagesApiTest.DOG;
import static dev.mige4j.web.OpenAiImagesApiTest.EDITS;
import static dev.mige4j.web.OpenAiImagesApiTest.GENERATIONS;
import static dev.mige4j.web.OpenAiImagesApiTest.ROOM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of OpenAI's API with their defaults: the shapes of their requests, and the fields that they read. */
class OpenAiCompatibilityTest {

    static final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    static Server server, strictServer;
    static TestClient client, strictClient;

    @BeforeAll
    static void start() {
        server = Server.start(
                ServerConfig.DEFAULT
                        .withPort(0)
                        .withCompatibility(new OpenAiCompatibility(false, List.of("my/model:1"))),
                generator);
        client = new TestClient(server);
        strictServer = Server.start(
                ServerConfig.DEFAULT.withPort(0).withCompatibility(new OpenAiCompatibility(true, List.of("alias"))),
                generator);
        strictClient = new TestClient(strictServer);
    }

    @AfterAll
    static void stop() {
        server.close();
        strictServer.close();
    }

    /** The image of the answer that a client reads in one way. */
    private static Image readImage(JsonNode response, String field) {
        JsonNode data = response.path("data").path(0);
        assertEquals(1, data.has("url") ? data.has("b64_json") ? 2 : 1 : data.has("b64_json") ? 1 : 0, "one of both");
        String value = data.path(field).asText();
        if (field.equals("b64_json")) return Image.read(Base64.getDecoder().decode(value), "response");
        assertTrue(value.startsWith("http://127.0.0.1:" + client.port + "/v1/jobs/job_"), value);
        return Image.read(client.get(value.substring(value.indexOf("/v1/"))).body(), "URL");
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            openai, only a prompt   | {"prompt":"a cat"}                                       | b64_json | 16x16
            openai-java, npm, python | {"model":"gpt-image-1.5","prompt":"a cat"}               | b64_json | 16x16
            openai, newest          | {"model":"gpt-image-2.5-flare-2026-09-08","prompt":"a cat","size":"auto",\
            "quality":"xhigh","moderation":"low","user":"u1","safety_identifier":"s"}            | b64_json | 16x16
            openai, WebP            | {"model":"chatgpt-image-latest","prompt":"a cat","output_format":"webp",\
            "output_compression":80,"background":"opaque","partial_images":2}                    | b64_json | 16x16
            openai, nulls           | {"model":"gpt-image-1","prompt":"a cat","n":null,"size":null,"background":null,\
            "stream":null,"response_format":null}                                                | b64_json | 16x16
            openai, DALL-E 3        | {"model":"dall-e-3","prompt":"a cat","style":"natural","quality":"hd"} \
            | url | 16x16
            Open WebUI, DALL-E      | {"model":"dall-e-2","prompt":"a cat","n":1,"size":"512x512",\
            "response_format":"b64_json"}                                                        | b64_json | 512x512
            Open WebUI, GPT         | {"model":"gpt-image-1","prompt":"a cat","n":1,"size":"1024x1024"} \
            | b64_json | 1024x1024
            LibreChat, GPT          | {"model":"gpt-image-1","prompt":"a cat","n":1,"background":"auto",\
            "output_format":"png","quality":"auto","size":"auto"}                                | b64_json | 16x16
            LibreChat, DALL-E       | {"model":"dall-e-3","quality":"standard","style":"vivid","size":"1792x1024",\
            "prompt":"a cat","n":1}                                                              | url      | 1792x1024
            LiteLLM                 | {"model":"gpt-image-1","prompt":"a cat","n":1,"quality":"high",\
            "size":"1536x1024","user":"me"}                                                      | b64_json | 1536x1024
            Spring AI 2             | {"prompt":"a cat","model":"gpt-image-1-mini"}              | b64_json | 16x16
            Spring AI 1             | {"prompt":"a cat","model":"dall-e-3","n":1,"response_format":"b64_json",\
            "size":"1024x1792","style":"vivid","quality":"standard"}                             | b64_json | 1024x1792
            LangChain4j             | {"model":"dall-e-3","prompt":"a cat","n":1,"size":"1024x1024",\
            "quality":"hd"}                                                                      | url      | 1024x1024
            LangChain4j, GPT        | {"model":"gpt-image-1-mini","prompt":"a cat","n":1,"output_format":"png",\
            "moderation":"auto","background":"auto"}                                             | b64_json | 16x16
            LangChain, Python       | {"prompt":"a cat","model":"dall-e-2","n":1,"quality":"standard",\
            "size":"1024x1024"}                                                                  | url      | 1024x1024
            an alias                | {"model":"my/model:1","prompt":"a cat","response_format":"url"} | url   | 16x16
            """)
    void generatesForEveryClient(String name, String request, String field, String size) {
        var response = client.post(GENERATIONS, "application/json", request.getBytes(StandardCharsets.UTF_8));
        assertEquals(200, response.status(), response.text());
        JsonNode json = response.json();
        Image image = readImage(json, field);
        assertEquals(size, image.width() + "x" + image.height());
        assertEquals(size, json.path("size").asText());
        assertTrue(json.path("created").isIntegralNumber());
        assertTrue(json.path("background").asText().equals("opaque")
                && json.path("usage").isMissingNode());
        boolean otherModel = request.contains("model");
        assertEquals(otherModel, json.path("notices").toString().contains("is answered by 'fake'"), json.toString());
    }

    /** A file of a form. */
    private record Part(String name, String fileName, String type, byte[] content) {}

    private static TestClient.TestResponse edit(Map<String, String> fields, Part... files) throws IOException {
        var body = new ByteArrayOutputStream();
        for (var field : fields.entrySet())
            body.write(("--b\r\nContent-Disposition: form-data; name=\"" + field.getKey() + "\"\r\n\r\n"
                            + field.getValue() + "\r\n")
                    .getBytes(StandardCharsets.UTF_8));
        for (Part file : files) {
            body.write(("--b\r\nContent-Disposition: form-data; name=\"" + file.name() + "\"; filename=\""
                            + file.fileName() + "\"\r\nContent-Type: " + file.type() + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            body.write(file.content());
            body.write("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.write("--b--\r\n".getBytes(StandardCharsets.UTF_8));
        return client.post(EDITS, "multipart/form-data; boundary=b", body.toByteArray());
    }

    private static void assertEdited(String size, TestClient.TestResponse response) {
        assertEquals(200, response.status(), response.text());
        Image image = readImage(response.json(), "b64_json");
        assertEquals(size, image.width() + "x" + image.height());
    }

    @Test
    void editsForEveryClient() throws IOException {
        byte[] webp = Image.read(ROOM, "room").toBytes(ImageEncoding.of(ImageFormat.WEBP), Map.of());
        Part room = new Part("image", "image.png", "image/png", ROOM);
        // openai-python sends the types by the names of the files; without a size the result has that of the source
        assertEdited("20x10", edit(Map.of("model", "gpt-image-1", "prompt", "make it night"), room));
        assertEdited(
                "20x10",
                edit(
                        Map.of("prompt", "put it there", "input_fidelity", "high", "size", "auto", "n", "1"),
                        new Part("image[]", "room.webp", "image/webp", webp),
                        new Part("image[]", "dog.png", "application/octet-stream", DOG),
                        new Part("mask", "mask.png", "image/png", TestClient.png(20, 10, 0xffffff))));
        // Open WebUI
        assertEdited(
                "512x512",
                edit(
                        Map.of("model", "gpt-image-1.5", "prompt", "make it night", "n", "1", "size", "512x512"),
                        new Part("image[]", "a.png", "image/png", ROOM)));
        // LibreChat
        assertEdited(
                "20x10",
                edit(
                        Map.of("model", "gpt-image-1", "prompt", "make it night", "quality", "auto", "size", "auto"),
                        new Part("image[]", "photo", "image/webp", webp)));
        // LiteLLM
        assertEdited(
                "1024x1024",
                edit(
                        Map.of("model", "gpt-image-1", "prompt", "make it night", "size", "1024x1024", "user", "me"),
                        new Part("image[]", "/tmp/room.png", "image/png", ROOM)));
        // OpenAI's edits as JSON
        String url = "data:image/webp;base64," + Base64.getEncoder().encodeToString(webp);
        assertEdited(
                "20x10",
                client.post(
                        EDITS,
                        Map.of(
                                "model",
                                "gpt-image-2",
                                "prompt",
                                "make it night",
                                "images",
                                List.of(Map.of("image_url", url)))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt-image-1",
                "gpt-image-1-mini",
                "gpt-image-1.5",
                "gpt-image-2-2026-04-21",
                "chatgpt-image-latest",
                "dall-e-2",
                "dall-e-3",
                "my/model:1",
                "fake"
            })
    void retrievesTheModelUnderEachOfItsNames(String name) {
        JsonNode model = client.get("/v1/models/" + name.replace("/", "%2F")).json();
        assertEquals(name, model.path("id").asText());
        assertEquals("fake", model.path("mige").path("name").asText());
        assertEquals(
                1, client.get("/v1/models").json().path("data").size(), "the list has the model under its own name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-4o", "flux", "dall-e-", "gpt-image", "DALL-E-3", "gpt-image-1/../x"})
    void otherNamesAreNoModels(String name) {
        var response = client.post(GENERATIONS, Map.of("prompt", "a", "model", name));
        assertEquals(404, response.status());
        assertTrue(
                response.errorMessage()
                        .endsWith(" The model is 'fake'; mige serve --model-alias NAME adds a name for it."),
                response.errorMessage());
    }

    @ParameterizedTest
    @CsvSource({"0x0", "8x8", "5000x64", "big", "1024", "1024x1024x3", "-1x5", "99999999999x1"})
    void refusesImpossibleSizes(String size) {
        var response = client.post(GENERATIONS, Map.of("prompt", "a", "size", size));
        assertEquals(400, response.status());
        assertEquals("size", response.json().at("/error/param").asText());
    }

    @Test
    void saysThatABackgroundCannotBeTransparent() {
        var response = client.post(GENERATIONS, Map.of("prompt", "a", "background", "transparent"));
        assertEquals(200, response.status());
        assertEquals("opaque", response.json().path("background").asText());
        assertEquals(
                "The model cannot make transparent backgrounds, so the image is opaque.",
                response.json().path("notices").path(0).asText());
    }

    @Test
    void aResultUrlHasTheFormatOfTheResult() {
        var response = client.post(
                GENERATIONS, Map.of("prompt", "a", "response_format", "url", "output_format", "jpeg", "n", 2));
        String url = response.json().at("/data/1/url").asText();
        var file = client.get(url.substring(url.indexOf("/v1/")));
        assertEquals("image/jpeg", file.header("Content-Type"));
        assertTrue(url.endsWith("/images/1"), url);
    }

    @Test
    void aStrictServerRefusesWhatTheModelCannotDo() {
        for (var field : Map.of(
                        "model", "gpt-image-1",
                        "size", "1024x1024",
                        "response_format", "url",
                        "background", "transparent",
                        "stream", true,
                        "partial_images", 1)
                .entrySet()) {
            var response = strictClient.post(GENERATIONS, Map.of("prompt", "a", field.getKey(), field.getValue()));
            assertEquals(field.getKey().equals("model") ? 404 : 400, response.status(), field.toString());
            assertEquals(field.getKey(), response.json().at("/error/param").asText(), response.text());
        }
        var response = strictClient.post(
                GENERATIONS,
                Map.of("prompt", "a", "model", "alias", "size", "16x16", "background", "opaque", "partial_images", 0));
        assertEquals(200, response.status(), response.text());
    }

    @Test
    void aStrictServerRefusesAMaskOfAnotherSize() {
        Object[] request = {"prompt", "a", "image", ROOM, "mask", TestClient.png(40, 20, 0xffffff)};
        var response = strictClient.postMultipart(EDITS, request);
        assertEquals(
                "The mask has 40 x 20 pixels, but the source has 20 x 10. Send a mask of the same size.",
                response.errorMessage());
        assertEquals(200, client.postMultipart(EDITS, request).status());
        assertEquals(
                400,
                client.postMultipart(EDITS, "prompt", "a", "image", ROOM, "mask", TestClient.png(40, 40, 0xffffff))
                        .status(),
                "a mask of another shape");
    }

    @Test
    void anAliasIsAName() {
        assertThrows(UsageException.class, () -> new OpenAiCompatibility(false, List.of("two words")));
        assertFalse(OpenAiCompatibility.DEFAULT.strict());
    }
}
