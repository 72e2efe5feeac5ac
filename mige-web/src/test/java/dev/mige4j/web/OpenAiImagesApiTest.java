package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The images API: accepted requests and error messages. */
class OpenAiImagesApiTest {

    static final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    static final byte[] DOG = TestClient.png(8, 6, 0x804020),
            ROOM = TestClient.png(20, 10, 0xeeeeee),
            CAT = TestClient.png(5, 5, 0x102030);
    static final String EDITS = "/v1/images/edits", GENERATIONS = "/v1/images/generations";
    static Server server, strictServer;
    static TestClient client, strictClient;

    @BeforeAll
    static void start() {
        server = Server.start(ServerConfig.DEFAULT.withPort(0), generator);
        client = new TestClient(server);
        strictServer = Server.start(
                ServerConfig.DEFAULT.withPort(0).withCompatibility(new OpenAiCompatibility(true, List.of())),
                generator);
        strictClient = new TestClient(strictServer);
    }

    @AfterAll
    static void stop() {
        server.close();
        strictServer.close();
    }

    static Task lastTask() {
        return generator.tasks.get(generator.tasks.size() - 1);
    }

    static Settings lastSettings() {
        return generator.settings.get(generator.settings.size() - 1);
    }

    @Test
    void generatesImageFromText() {
        var response = client.post(
                GENERATIONS,
                Map.of(
                        "prompt",
                        "a lighthouse",
                        "seed",
                        0x112233,
                        "n",
                        2,
                        "model",
                        "fake",
                        "size",
                        "16x16",
                        "response_format",
                        "b64_json"));
        assertEquals(200, response.status(), response.text());
        assertEquals(2, response.json().path("data").size());
        byte[] png = Base64.getDecoder()
                .decode(response.json().path("data").path(0).path("b64_json").asText());
        assertEquals(Image.filled(16, 16, 0x112233), Image.read(png, "response"));
        assertEquals(
                "a lighthouse",
                Recipe.fromPngText(ImageFile.textChunks(png, "response")).instruction());
        assertEquals(0x112233, response.json().path("seed").asLong());
        assertInstanceOf(SubjectGeneration.class, lastTask());
    }

    @ParameterizedTest
    @CsvSource({"png,100,PNG", "jpeg,0,JPEG", "jpeg,80,JPEG", "webp,,WEBP", "webp,100,WEBP"})
    void writesTheRequestedFormatWithTheRecipe(String outputFormat, Integer compression, ImageFormat format) {
        Map<String, Object> fields =
                new LinkedHashMap<>(Map.of("prompt", "a lighthouse", "output_format", outputFormat));
        if (compression != null) fields.put("output_compression", compression);
        var response = client.post(GENERATIONS, fields);
        assertEquals(outputFormat, response.json().path("output_format").asText(), response.text());
        byte[] file = Base64.getDecoder()
                .decode(response.json().path("data").path(0).path("b64_json").asText());
        assertEquals(Optional.of(format), ImageFormat.detect(file));
        assertEquals("a lighthouse", Recipe.read(file, "response").instruction());
    }

    @Test
    void givesNotices() {
        generator.notices = List.of("The model does not know photographs.");
        try {
            var response = client.post(GENERATIONS, Map.of("prompt", "a lighthouse", "n", 2));
            assertEquals(
                    "[\"The model does not know photographs.\"]",
                    response.json().path("notices").toString());
        } finally {
            generator.notices = List.of();
        }
    }

    @Test
    void saysThatJpegHasNoTransparency() throws Exception {
        BufferedImage cutOut = new BufferedImage(20, 10, BufferedImage.TYPE_INT_ARGB);
        var png = new ByteArrayOutputStream();
        ImageIO.write(cutOut, "png", png);
        var mask = Image.filled(20, 10, 0).paste(Image.filled(5, 10, 0xffffff), 0, 0);
        for (String format : List.of("jpeg", "png")) {
            var response = client.postMultipart(
                    EDITS,
                    "image",
                    png.toByteArray(),
                    "mask",
                    mask.toPng(),
                    "prompt",
                    "make it red",
                    "output_format",
                    format);
            assertEquals(
                    format.equals("png")
                            ? "[]"
                            : "[\"JPEG has no transparency, so the transparent part is white. Request PNG or WebP to"
                                    + " keep it.\"]",
                    response.json().path("notices").toString());
        }
    }

    @Test
    void choosesAndReportsRandomSeed() {
        long seed = client.post(GENERATIONS, Map.of("prompt", "a lighthouse"))
                .json()
                .path("seed")
                .asLong(-1);
        assertTrue(seed >= 0 && seed < 1L << 31);
        assertEquals(seed, lastSettings().seed());
    }

    @Test
    void unusableWeightsAreStatus500WithTheReason() {
        var response = client.post(GENERATIONS, Map.of("prompt", "diverge"));
        assertEquals(500, response.status());
        assertEquals("invalid_weights", response.errorCode());
        assertEquals("The denoised latent contains NaN.", response.errorMessage());
    }

    @Test
    void minusOneIsARandomSeed() {
        long seed = client.post(GENERATIONS, Map.of("prompt", "a lighthouse", "seed", -1))
                .json()
                .path("seed")
                .asLong(-1);
        assertTrue(seed >= 0, "the seed that was used is reported");
        assertEquals(seed, lastSettings().seed());
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -2, (1L << 53) + 1, Long.MAX_VALUE})
    void keepsSeedsOf64Bits(long seed) {
        for (Object sent : List.of(seed, Long.toString(seed))) {
            var response = client.post(GENERATIONS, Map.of("prompt", "a lighthouse", "seed", sent));
            assertEquals(seed, response.json().path("seed").asLong());
            assertEquals(seed, response.json().at("/data/0/recipe/seed").asLong());
            assertEquals(seed, lastSettings().seed());
        }
    }

    @Test
    void acceptsWholeNumbersInAnyJsonForm() {
        String body = "{\"prompt\":\"a\",\"steps\":2e1,\"n\":2.0,\"first_index\":\" 3 \",\"seed\":null}";
        var response = client.post(GENERATIONS, "application/json", body.getBytes(StandardCharsets.UTF_8));
        assertEquals(200, response.status(), response.text());
        assertEquals(20, lastSettings().steps().getAsInt());
        assertEquals(4, response.json().at("/data/1/recipe/index").asInt());
    }

    @Test
    void acceptsDataUrlImages() {
        client.post(
                GENERATIONS,
                Map.of(
                        "prompt",
                        "a <image:dog> beside <image>",
                        "image",
                        TestClient.dataUrl(CAT),
                        "named_images",
                        Map.of("dog", TestClient.dataUrl(DOG))));
        assertEquals(
                List.of(Image.read(DOG, "dog"), Image.read(CAT, "cat")),
                lastTask().instruction().images());
    }

    @Test
    void editsFirstImage() {
        var response = client.postMultipart(
                EDITS,
                "image",
                ROOM,
                "prompt",
                "make it night",
                "steps",
                "3",
                "guidance",
                "4.5",
                "image_guidance",
                "1.5");
        assertEquals(200, response.status(), response.text());
        assertInstanceOf(InstructionEdit.class, lastTask());
        assertEquals("make it night", lastTask().instruction().text());
        assertEquals(20, lastTask().source().orElseThrow().width());
        assertEquals(
                List.of(3, 4.5, 1.5),
                List.of(
                        lastSettings().steps().getAsInt(),
                        lastSettings().guidance().getAsDouble(),
                        lastSettings().imageGuidance().getAsDouble()));
    }

    @Test
    void fillsPlaceholdersWithRemainingImages() {
        client.postMultipart(EDITS, "image[]", ROOM, "image[]", DOG, "prompt", "put a <image> on the sofa");
        assertEquals(
                List.of(Image.read(DOG, "dog")),
                assertInstanceOf(SubjectEdit.class, lastTask()).instruction().images());
        client.postMultipart(EDITS, "image[]", ROOM, "image[]", DOG, "prompt", "in <image> put a <image> on the sofa");
        assertEquals(
                List.of(Image.read(ROOM, "room"), Image.read(DOG, "dog")),
                lastTask().instruction().images());
        client.postMultipart(EDITS, "image[]", ROOM, "image[]", DOG, "prompt", "put this on the sofa");
        assertEquals(
                "put this on the sofa <imagehere>", lastTask().instruction().text());
    }

    @Test
    void resolvesNamedImagesAndSource() {
        client.postMultipart(
                EDITS,
                "image[room]",
                ROOM,
                "image[dog]",
                DOG,
                "source",
                "room",
                "prompt",
                "put <image:dog> into <image:room>");
        assertEquals(
                Image.read(ROOM, "room"),
                assertInstanceOf(SubjectEdit.class, lastTask()).sourceImage());
        client.postMultipart(
                EDITS, "image[room]", ROOM, "image[dog]", DOG, "source", "room", "prompt", "add a <image:dog>");
        assertEquals(List.of(Image.read(DOG, "dog")), lastTask().instruction().images());
        client.post(
                EDITS,
                Map.of(
                        "source",
                        TestClient.dataUrl(ROOM),
                        "images",
                        List.of(Map.of("image_url", TestClient.dataUrl(DOG))),
                        "prompt",
                        "add a <image>"));
        assertEquals(Image.read(ROOM, "room"), lastTask().source().orElseThrow());
    }

    @Test
    void readsAlphaAndLightMasks() throws Exception {
        BufferedImage alphaMask = new BufferedImage(20, 10, BufferedImage.TYPE_INT_ARGB);
        for (int x = 0; x < 10; x++)
            for (int y = 0; y < 10; y++) alphaMask.setRGB(x, y, 0xff000000); // the right half is transparent
        var png = new ByteArrayOutputStream();
        ImageIO.write(alphaMask, "png", png);
        byte[] lightMask = Image.filled(20, 10, 0)
                .paste(Image.filled(10, 10, 0xffffff), 10, 0)
                .toPng(Map.of());
        for (byte[] mask : List.of(png.toByteArray(), lightMask)) {
            var response =
                    client.postMultipart(EDITS, "image", ROOM, "mask", mask, "prompt", "make it red", "seed", 0xff0000);
            Image result = Image.read(
                    Base64.getDecoder()
                            .decode(response.json()
                                    .path("data")
                                    .path(0)
                                    .path("b64_json")
                                    .asText()),
                    "response");
            assertEquals(Image.filled(10, 10, 0xeeeeee), result.crop(0, 0, 10, 10));
            assertEquals(Image.filled(10, 10, 0xff0000), result.crop(10, 0, 10, 10));
        }
        client.postMultipart(EDITS, "image", ROOM, "region", "auto", "prompt", "make it red");
        assertEquals(Optional.of(Region.AUTO), lastSettings().region());
    }

    @Test
    void refusesAMaskOfAnotherShape() {
        var response = client.postMultipart(
                EDITS, "image", ROOM, "mask", TestClient.png(10, 20, 0xffffff), "prompt", "make it red");
        assertEquals(400, response.status());
        assertEquals("mask", response.json().path("error").path("param").asText());
        assertEquals(
                "The mask has 10 x 20 pixels, but the source has 20 x 10, upright. Give a mask of the size or at least"
                        + " the shape of the source.",
                response.errorMessage());
    }

    @Test
    void listsModel() {
        var modelInfo = client.get("/v1/models").json().path("data").path(0);
        assertEquals("fake", modelInfo.path("id").asText());
        assertEquals(16, modelInfo.path("mige").path("size").asInt());
        assertEquals(
                5,
                modelInfo
                        .path("mige")
                        .path("defaults")
                        .path("edit")
                        .path("steps")
                        .asInt());
        assertEquals(
                "{\"name\":\"TIFF\",\"media_type\":\"image/tiff\",\"extensions\":[\"tif\",\"tiff\"]}",
                modelInfo.path("mige").path("input_formats").path(5).toString());
        assertEquals("fake", client.get("/v1/models/fake").json().path("id").asText());
        assertEquals("model_not_found", client.get("/v1/models/other").errorCode());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                      | 400 | prompt | The parameter 'prompt' is missing.
            {"prompt":"a","n":11}                   | 400 | n      | 'n' is 11, expected a whole number from 1 to 10.
            {"prompt":"a","n":"x"}                  | 400 | n      | 'n' is 'x', expected a whole number from 1 to 10.
            {"prompt":"a","n":0}                    | 400 | n      | 'n' is 0, expected a whole number from 1 to 10.
            {"prompt":"a","steps":201}              | 400 | steps  | 'steps' is 201, expected a whole number \
            from 2 to 200.
            {"prompt":"a","steps":"ten"}            | 400 | steps  | 'steps' is 'ten', expected a whole number \
            from 2 to 200.
            {"prompt":"a","steps":1.5}              | 400 | steps  | 'steps' is 1.5, expected a whole number \
            from 2 to 200.
            {"prompt":"a","steps":true}             | 400 | steps  | 'steps' is true, expected a whole number \
            from 2 to 200.
            {"prompt":"a","guidance":"7,5"}         | 400 | guidance | 'guidance' is '7,5', expected a number \
            from 0 to 100 with a decimal point: 7.5.
            {"prompt":"a","guidance":"NaN"}         | 400 | guidance | 'guidance' is 'NaN', expected a number \
            from 0 to 100.
            {"prompt":"a","first_index":-1}         | 400 | first_index | 'first_index' is -1, expected a whole \
            number from 0 to 1000000.
            {"prompt":"a","seed":9223372036854775808} | 400 | seed | 'seed' is 9223372036854775808, expected a \
            whole number from -9223372036854775808 to 9223372036854775807.
            {"prompt":"a","size":"1024x1024"}       | 400 | size   | 'size' is '1024x1024', expected auto or 16x16, \
            the image size of the model.
            {"prompt":"a","model":"dall-e-3"}       | 404 | model  | There is no model 'dall-e-3'. \
            The model is 'fake'; mige serve --model-alias NAME adds a name for it.
            {"prompt":"a","response_format":"url"}  | 400 | response_format | 'response_format' is 'url', expected \
            b64_json.
            {"prompt":"a","output_format":"gif"}    | 400 | output_format | 'output_format' is 'gif', expected \
            jpeg or png or webp.
            {"prompt":"a","output_compression":101} | 400 | output_compression | 'output_compression' is 101, \
            expected a whole number from 0 to 100.
            {"prompt":"a","output_compression":50}  | 400 | output_compression | PNG has no loss, so that \
            'output_compression' 50 needs 'output_format' jpeg or webp.
            {"prompt":"a","background":"transparent"} | 400 | background | 'background' is 'transparent', expected \
            auto or opaque.
            {"prompt":"a","stream":true}            | 400 | stream | 'stream' is true, expected false.
            {"prompt":"a <image>"}                  | 400 | prompt | The instruction has 1 <image> placeholder but \
            0 images were given. Give one image per placeholder.
            {"prompt":"a","image":"http://h/a.png"} | 400 | image  | 'image' is a URL, which the server does not \
            fetch. Send the image as a data URL.
            {"prompt":"a","image":"file:///etc/x"}  | 400 | image  | 'image' is a URL, which the server does not \
            fetch. Send the image as a data URL.
            {"prompt":"a","image":"data:image/png;base64,@"} | 400 | image | 'image' is not valid base64.
            {"prompt":"a","image":"aGVsbG8="}       | 415 | image | image: is a text ("hello"), expected a PNG, \
            JPEG, GIF, BMP, WebP or TIFF image; download the file again.
            {"prompt":"a","image":5}                | 400 | image  | 'image' is 5, expected an image \
            as a data URL (data:image/png;base64,...).
            {"prompt":"a","guidance":1e9}           | 400 | guidance | 'guidance' is 1e9, expected a number \
            from 0 to 100.
            {"prompt":"a \\ud800 tree"}            | 400 | prompt | 'prompt' has half of a surrogate pair, which is no \
            character. Send it in UTF-8.
            {"prompt":"a","fast":true,"faithful":true} | 400 | fast | 'faithful' and 'fast' are both set, but the \
            reference has no fast sampling; remove one of them.
            {"prompt":"a","region":"auto"}          | 400 | region | 'mask' and 'region' apply to edits only. \
            Send a source image or omit them.
            {"prompt":["a"]}                        | 400 | prompt | 'prompt' is an array, expected a string.
            {"prompt":"confuse me"}                 | 400 |        | The mask is dark everywhere.
            []                                      | 400 |        | The request body cannot be parsed: \
            it is not a JSON object.
            {"prompt":                              | 400 |        | The request body cannot be parsed: \
            it is not valid JSON in UTF-8 (line 1, column 11).
            {"prompt":"a","step":20}                | 400 | step   | Unknown parameter 'step'. The parameters are \
            faithful, fast, first_index, guidance, image, image_guidance, images, loras, mask, model, n, \
            named_images, output_compression, output_format, prompt, region, seed, size, source, steps.
            """)
    void rejectsInvalidRequestsWithOpenAiErrors(String body, int status, String param, String message) {
        var response = strictClient.post(GENERATIONS, "application/json", body.getBytes(StandardCharsets.UTF_8));
        assertEquals(message, response.errorMessage());
        assertEquals(status, response.status());
        assertEquals(
                param == null ? "" : param,
                response.json().path("error").path("param").asText());
        assertEquals(
                "invalid_request_error",
                response.json().path("error").path("type").asText());
    }

    @Test
    void rejectsUnsupportedBodies() {
        assertEquals(
                415,
                client.post(GENERATIONS, "text/plain", "a dog".getBytes(StandardCharsets.UTF_8))
                        .status());
        assertEquals(
                400,
                client.post(EDITS, "multipart/form-data", "a dog".getBytes(StandardCharsets.UTF_8))
                        .status());
        assertEquals(
                "missing_parameter",
                client.postMultipart(EDITS, "prompt", "make it night").errorCode());
        assertEquals(
                "duplicate_parameter",
                client.postMultipart(EDITS, "image", ROOM, "prompt", "a", "prompt", "b")
                        .errorCode());
        assertEquals(
                "unknown_parameter",
                client.postMultipart(EDITS, "image", ROOM, "prompt", "a", "../../etc/passwd", DOG)
                        .errorCode());
    }

    @Test
    void namesTheRemedyWhenTheHeapIsTooSmall() {
        var failedJob = client.post(GENERATIONS, Map.of("prompt", "starve"));
        assertEquals("out_of_memory", failedJob.errorCode());
        assertTrue(failedJob.errorMessage().contains("MIGE_HEAP=4g mige serve"), failedJob.errorMessage());
        generator.heapIsFull = true;
        var failedRequest = client.post("/v1/jobs", Map.of("prompt", "a dog"));
        generator.heapIsFull = false;
        assertEquals("503 503", failedJob.status() + " " + failedRequest.status());
        assertEquals("10 10", failedJob.header("Retry-After") + " " + failedRequest.header("Retry-After"));
        assertEquals(failedJob.errorCode(), failedRequest.errorCode());
        assertEquals(200, client.post(GENERATIONS, Map.of("prompt", "a dog")).status());
    }

    @Test
    void failureDoesNotAffectNextRequest() {
        for (String prompt : List.of("explode", "starve")) {
            var response = client.post(GENERATIONS, Map.of("prompt", prompt));
            assertEquals(prompt.equals("starve") ? 503 : 500, response.status());
            assertEquals(
                    "server_error", response.json().path("error").path("type").asText());
            assertFalse(
                    response.text().contains("secret")
                            || response.text().contains("Exception")
                            || response.text().contains("at dev.mige4j"),
                    response.text());
            assertEquals(
                    200, client.post(GENERATIONS, Map.of("prompt", "a dog")).status());
        }
    }
}
