package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langchain4j.model.openai.OpenAiImageModel;
import dev.mige4j.image.Image;
import java.net.URI;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.openai.OpenAiImageOptions;

/** The clients that LangChain4j and Spring AI have for OpenAI's API, with their defaults. */
@Tag("slow") // the frameworks take seconds to start
class FrameworkClientTest {

    static Server server;

    @BeforeAll
    static void start() {
        server = Server.start(ServerConfig.DEFAULT.withPort(0).withApiKey("sesame"), FakeImageGenerator.unblocked());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static OpenAiImageModel langChain(String model) {
        return OpenAiImageModel.builder()
                .baseUrl(server.url() + "v1")
                .apiKey("sesame")
                .modelName(model)
                .maxRetries(0)
                .build();
    }

    private static org.springframework.ai.openai.OpenAiImageModel spring(OpenAiImageOptions.Builder options) {
        return org.springframework.ai.openai.OpenAiImageModel.builder()
                .options(options.baseUrl(server.url() + "v1").apiKey("sesame").build())
                .build();
    }

    private static Image decode(String base64) {
        return Image.read(Base64.getDecoder().decode(base64), "the image");
    }

    private static Image fetch(URI url) {
        return Image.read(new TestClient(server).get(url.getPath()).body(), "the URL");
    }

    @Test
    void langChain4jGetsFilesAndUrls() {
        assertEquals(
                16,
                decode(langChain("gpt-image-1")
                                .generate("a lighthouse")
                                .content()
                                .base64Data())
                        .width());
        assertEquals(
                16,
                fetch(langChain("dall-e-3").generate("a lighthouse").content().url())
                        .width());
        assertEquals(
                2,
                langChain("gpt-image-1-mini")
                        .generate("a lighthouse", 2)
                        .content()
                        .size());
    }

    @Test
    void langChain4jEditsWithAMask() {
        var image = dev.langchain4j.data.image.Image.builder()
                .base64Data(Base64.getEncoder().encodeToString(OpenAiImagesApiTest.ROOM))
                .mimeType("image/png")
                .build();
        var model = langChain("gpt-image-1");
        assertEquals(
                20,
                decode(model.edit(image, "make it night").content().base64Data())
                        .width());
        assertEquals(
                20,
                decode(model.edit(image, image, "make it night").content().base64Data())
                        .width());
    }

    @Test
    void springAiGetsFilesAndUrls() {
        var result = spring(OpenAiImageOptions.builder()).call(new ImagePrompt("a lighthouse"));
        assertEquals(16, decode(result.getResult().getOutput().getB64Json()).width());
        var options = OpenAiImageOptions.builder()
                .model("dall-e-3")
                .width(1024)
                .height(1024)
                .style("vivid");
        var output = spring(options)
                .call(new ImagePrompt("a lighthouse"))
                .getResult()
                .getOutput();
        assertEquals(1024, fetch(URI.create(output.getUrl())).width());
    }
}
