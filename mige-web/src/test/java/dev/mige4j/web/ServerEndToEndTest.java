package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.SampleImage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The three tasks over HTTP with a tiny model with random weights. */
@Timeout(60)
class ServerEndToEndTest {

    static byte[] readSample(String name) {
        return SampleImage.named(name).png();
    }

    @Test
    void generatesEditsAndComposesReproducibly() throws Exception {
        try (Mige mige = Mige.random(1);
                Server server = Server.start(ServerConfig.DEFAULT.withPort(0), mige)) {
            TestClient client = new TestClient(server);
            List<Object[]> requests = List.of(
                    new Object[] {"prompt", "a <image:dog> on a beach", "image[dog]", readSample("dog"), "seed", 3},
                    new Object[] {"prompt", "make it night", "source", readSample("meadow"), "seed", 3},
                    new Object[] {
                        "prompt",
                        "replace the apple with the <image>",
                        "source",
                        readSample("table"),
                        "image",
                        readSample("teapot"),
                        "seed",
                        3
                    });
            List<String> expectedTasks = List.of("subject", "edit", "subject_edit");
            for (int i = 0; i < requests.size(); i++) {
                byte[] first = submitAndDownload(client, requests.get(i)),
                        second = submitAndDownload(client, requests.get(i));
                assertArrayEquals(first, second);
                assertEquals(
                        expectedTasks.get(i),
                        Recipe.fromPngText(ImageFile.textChunks(first, "response"))
                                .task());
                assertEquals(
                        i == 0 ? mige.imageSize() : 256,
                        Image.read(first, "response").width());
            }
        }
    }

    static byte[] submitAndDownload(TestClient client, Object[] request) {
        var job = client.postMultipart("/v1/jobs", request);
        assertEquals(202, job.status(), job.text());
        var succeeded = client.awaitState(job.json().path("id").asText(), "succeeded");
        return client.get(succeeded
                        .path("result")
                        .path("images")
                        .path(0)
                        .path("url")
                        .asText())
                .body();
    }

    @Test
    void reportsModelHashAndSize() {
        try (Mige mige = Mige.random(1);
                Server server = Server.start(ServerConfig.DEFAULT.withPort(0), mige)) {
            var details = new TestClient(server)
                    .get("/v1/models/" + mige.name())
                    .json()
                    .path("mige");
            assertEquals(
                    Map.of("hash", mige.modelHash(), "size", mige.imageSize()),
                    Map.of(
                            "hash",
                            details.path("hash").asText(),
                            "size",
                            details.path("size").asInt()));
        }
    }
}
