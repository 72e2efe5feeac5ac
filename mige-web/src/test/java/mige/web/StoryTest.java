package mige.web;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

import mige.image.Picture;
import mige.image.PictureFile;
import mige.pipeline.Mige;
import mige.pipeline.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The three tasks over HTTP with a real, tiny model of random weights. */
@Timeout(60)
class StoryTest {

    static byte[] sample(String name) throws IOException {
        try (InputStream in = Mige.class.getResourceAsStream("/mige/samples/" + name + ".png")) {
            return in.readAllBytes();
        }
    }

    @Test void makesChangesAndComposesPicturesThatCanBeMadeAgain() throws Exception {
        try (Mige mige = Mige.random(1); Server server = Server.start(ServerConfig.DEFAULT.withPort(0), mige)) {
            Client client = new Client(server);
            List<Object[]> requests = List.of(
                    new Object[] {"prompt", "a <image:dog> on a beach", "image[dog]", sample("dog"), "seed", 3},
                    new Object[] {"prompt", "make it night", "source", sample("meadow"), "seed", 3},
                    new Object[] {"prompt", "replace the apple with the <image>", "source", sample("table"), "image", sample("teapot"), "seed", 3});
            List<String> tasks = List.of("subject", "edit", "subject_edit");
            for (int i = 0; i < requests.size(); i++) {
                byte[] first = made(client, requests.get(i)), second = made(client, requests.get(i));
                assertArrayEquals(first, second);
                assertEquals(tasks.get(i), Recipe.fromText(PictureFile.texts(first, "answer")).task());
                assertEquals(i == 0 ? mige.size() : 256, Picture.read(first, "answer").width());
            }
        }
    }

    static byte[] made(Client client, Object[] request) {
        var job = client.form("/v1/jobs", request);
        assertEquals(202, job.status(), job.text());
        var done = client.await(job.json().path("id").asText(), "done");
        return client.get(done.path("result").path("pictures").path(0).path("url").asText()).bytes();
    }

    @Test void tellsTheModelsOwnDefaults() {
        try (Mige mige = Mige.random(1); Server server = Server.start(ServerConfig.DEFAULT.withPort(0), mige)) {
            var facts = new Client(server).get("/v1/models/" + mige.name()).json().path("mige");
            assertEquals(Map.of("hash", mige.hash(), "size", mige.size()), Map.of("hash", facts.path("hash").asText(), "size", facts.path("size").asInt()));
        }
    }
}
