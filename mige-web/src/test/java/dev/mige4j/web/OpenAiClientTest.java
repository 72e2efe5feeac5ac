package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.SseException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.images.ImageEditParams;
import com.openai.models.images.ImageEditStreamEvent;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImageModel;
import com.openai.models.images.ImagesResponse;
import dev.mige4j.image.Image;
import dev.mige4j.task.SubjectEdit;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compatibility with OpenAI's official Java client. */
class OpenAiClientTest {

    static final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    static Server server;
    static OpenAIClient client;

    @BeforeAll
    static void start() {
        server = Server.start(ServerConfig.DEFAULT.withPort(0).withApiKey("sesame"), generator);
        client = newClient("sesame");
    }

    static OpenAIClient newClient(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(server.url() + "v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    static Image firstImage(ImagesResponse response) {
        return read(response.data().orElseThrow().get(0).b64Json().orElseThrow());
    }

    private static Image read(String base64) {
        return Image.read(Base64.getDecoder().decode(base64), "response");
    }

    @Test
    @SuppressWarnings("deprecation") // the client has no other access to additional response fields
    void generatesImages() {
        var response = client.images()
                .generate(ImageGenerateParams.builder()
                        .prompt("a lighthouse")
                        .model("fake")
                        .n(2L)
                        .putAdditionalBodyProperty("seed", JsonValue.from(0x445566))
                        .build());
        assertEquals(2, response.data().orElseThrow().size());
        assertEquals(Image.filled(16, 16, 0x445566), firstImage(response));
        assertEquals(0x445566, response._additionalProperties().get("seed").convert(Long.class));
    }

    @Test
    void editsImage() {
        var response = client.images()
                .edit(ImageEditParams.builder()
                        .image(OpenAiImagesApiTest.ROOM)
                        .prompt("make it night")
                        .model("fake")
                        .build());
        assertEquals(20, firstImage(response).width());
    }

    @Test
    void editsWithSeveralImagesAndMask() {
        List<InputStream> images = List.of(
                new ByteArrayInputStream(OpenAiImagesApiTest.ROOM), new ByteArrayInputStream(OpenAiImagesApiTest.DOG));
        var response = client.images()
                .edit(ImageEditParams.builder()
                        .image(MultipartField.<ImageEditParams.Image>builder()
                                .value(ImageEditParams.Image.ofInputStreams(images))
                                .filename("p.png")
                                .contentType("image/png")
                                .build())
                        .mask(TestClient.png(20, 10, 0xffffff))
                        .prompt("put the <image> on the sofa")
                        .model("fake")
                        .putAdditionalBodyProperty("seed", JsonValue.from(5))
                        .build());
        assertEquals(Image.filled(20, 10, 5), firstImage(response));
        assertTrue(generator.tasks.stream().anyMatch(SubjectEdit.class::isInstance));
    }

    @Test
    @SuppressWarnings("deprecation") // by OpenAI, but still sent by many clients
    void generatesWithTheNamesSizesAndUrlsOfOpenAi() {
        var response = client.images()
                .generate(ImageGenerateParams.builder()
                        .prompt("a lighthouse")
                        .model(ImageModel.DALL_E_3)
                        .size(ImageGenerateParams.Size._1536X1024)
                        .responseFormat(ImageGenerateParams.ResponseFormat.URL)
                        .build());
        String url = response.data().orElseThrow().get(0).url().orElseThrow();
        Image image =
                Image.read(new TestClient(server).get(URI.create(url).getPath()).body(), url);
        assertEquals(1536, image.width());
        assertEquals(ImagesResponse.Size._1536X1024, response.size().orElseThrow());
        assertEquals("gpt-image-1", client.models().retrieve("gpt-image-1").id());
    }

    @Test
    void streamsAGeneratedImage() {
        List<String> types = new ArrayList<>();
        generator.sleepMillis = 50;
        try (var stream = client.images()
                .generateStreaming(ImageGenerateParams.builder()
                        .prompt("a lighthouse")
                        .model(ImageModel.GPT_IMAGE_1_5)
                        .partialImages(1)
                        .size(ImageGenerateParams.Size._1024X1024)
                        .build())) {
            stream.stream().forEach(event -> {
                types.add(event.isGenerationCompleted() ? "completed" : "partial");
                event.generationCompleted()
                        .ifPresent(completed ->
                                assertEquals(1024, read(completed.b64Json()).width()));
                event.generationPartialImage().ifPresent(partial -> assertEquals(0, partial.partialImageIndex()));
            });
        }
        generator.sleepMillis = 0;
        assertEquals(List.of("partial", "completed"), types);
    }

    @Test
    void streamsAnEditedImage() {
        List<ImageEditStreamEvent> events;
        try (var stream = client.images()
                .editStreaming(ImageEditParams.builder()
                        .image(OpenAiImagesApiTest.ROOM)
                        .prompt("make it night")
                        .build())) {
            events = stream.stream().toList();
        }
        assertEquals(
                20, read(events.get(events.size() - 1).asCompleted().b64Json()).width());
    }

    @Test
    void aFailedStreamIsAnException() {
        var params = ImageGenerateParams.builder().prompt("diverge").build();
        try (var stream = client.images().generateStreaming(params)) {
            var e = assertThrows(SseException.class, () -> stream.stream().toList());
            assertTrue(e.getMessage().contains("The denoised latent contains NaN."), e.getMessage());
        }
    }

    @Test
    void listsModels() {
        assertEquals("fake", client.models().list().data().get(0).id());
        assertEquals("mige4j", client.models().retrieve("fake").ownedBy());
    }

    @Test
    void mapsErrorsToClientExceptions() {
        var badRequest = assertThrows(BadRequestException.class, () -> client.images()
                .generate(ImageGenerateParams.builder()
                        .prompt("a")
                        .size(ImageGenerateParams.Size.of("8x8"))
                        .build()));
        assertEquals("size", badRequest.param().orElseThrow());
        assertThrows(NotFoundException.class, () -> client.images()
                .generate(
                        ImageGenerateParams.builder().prompt("a").model("other").build()));
        assertThrows(
                UnauthorizedException.class, () -> newClient("wrong").models().list());
    }

    /** bench/client-load.sh sends 1,000 of 64 clients. */
    @Test
    void losesNoAnswerOf100RequestsOf16Clients() throws InterruptedException {
        var outcome = OpenAiClientLoad.run(server.url(), "sesame", 100, 16);
        assertEquals(List.of(), outcome.lost());
        assertEquals(100, outcome.answers().values().stream().mapToInt(i -> i).sum());
    }
}
