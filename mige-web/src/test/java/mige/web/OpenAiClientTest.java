package mige.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Base64;
import java.util.List;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.images.ImageEditParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import mige.image.Picture;
import mige.task.SubjectEdit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The official Java client over a real socket. */
class OpenAiClientTest {

    static final FakeModel model = FakeModel.free();
    static Server server;
    static OpenAIClient client;

    @BeforeAll static void start() {
        server = Server.start(ServerConfig.DEFAULT.withPort(0).withApiKey("sesame"), model);
        client = client("sesame");
    }

    static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder().baseUrl(server.url() + "v1").apiKey(key).maxRetries(0).build();
    }

    @AfterAll static void stop() {
        client.close();
        server.close();
    }

    static Picture first(ImagesResponse response) {
        return Picture.read(Base64.getDecoder().decode(response.data().orElseThrow().get(0).b64Json().orElseThrow()), "answer");
    }

    @Test void generates() {
        var response = client.images().generate(ImageGenerateParams.builder().prompt("a lighthouse").model("fake").n(2L)
                .putAdditionalBodyProperty("seed", JsonValue.from(0x445566)).build());
        assertEquals(2, response.data().orElseThrow().size());
        assertEquals(Picture.filled(16, 16, 0x445566), first(response));
        assertEquals(0x445566, response._additionalProperties().get("seed").convert(Long.class));
    }

    @Test void edits() {
        var response = client.images().edit(ImageEditParams.builder().image(ImagesTest.ROOM).prompt("make it night").model("fake").build());
        assertEquals(20, first(response).width());
    }

    @Test void editsWithSeveralPicturesAndAMask() {
        List<InputStream> pictures = List.of(new ByteArrayInputStream(ImagesTest.ROOM), new ByteArrayInputStream(ImagesTest.DOG));
        var response = client.images().edit(ImageEditParams.builder()
                .image(MultipartField.<ImageEditParams.Image>builder().value(ImageEditParams.Image.ofInputStreams(pictures)).filename("p.png").contentType("image/png").build())
                .mask(Client.png(20, 10, 0xffffff)).prompt("put the <image> on the sofa").model("fake").putAdditionalBodyProperty("seed", JsonValue.from(5)).build());
        assertEquals(Picture.filled(20, 10, 5), first(response));
        assertTrue(model.tasks.stream().anyMatch(SubjectEdit.class::isInstance));
    }

    @Test void lists() {
        assertEquals("fake", client.models().list().data().get(0).id());
        assertEquals("mige4j", client.models().retrieve("fake").ownedBy());
    }

    @Test void understandsTheErrors() {
        var bad = assertThrows(BadRequestException.class, () -> client.images().generate(ImageGenerateParams.builder().prompt("a").size(ImageGenerateParams.Size._1024X1024).build()));
        assertEquals("size", bad.param().orElseThrow());
        assertThrows(NotFoundException.class, () -> client.images().generate(ImageGenerateParams.builder().prompt("a").model("other").build()));
        assertThrows(UnauthorizedException.class, () -> client("wrong").models().list());
    }
}
