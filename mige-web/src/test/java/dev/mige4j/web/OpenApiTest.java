package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The document describes the routes and the fields of requests; {@link TestClient} compares each response with it. */
class OpenApiTest {

    static final String GENERATIONS = "/v1/images/generations", EDITS = "/v1/images/edits", JOBS = "/v1/jobs";
    static final String JSON = "application/json", FORM = "multipart/form-data";

    static final OpenApiDocument document = OpenApiDocument.SERVED;
    static Server server;
    static TestClient client;

    @BeforeAll
    static void start() {
        server = Server.start(ServerConfig.DEFAULT.withPort(0), FakeImageGenerator.unblocked());
        client = new TestClient(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void describesExactlyTheServedRoutes() {
        Set<String> served = new TreeSet<>(server.registeredRoutes());
        served.removeIf(route -> route.startsWith("HEAD ")); // as GET
        served.removeIf(route -> route.matches("GET /([^/]*\\.(css|svg)|js/.*|examples/.*)?"));
        assertEquals(served, document.operations().keySet());
    }

    @Test
    void namesEveryOperationOnce() {
        List<String> ids = document.operations().values().stream()
                .map(operation -> operation.path("operationId").asText())
                .toList();
        assertEquals(ids.size(), Set.copyOf(ids).size(), ids::toString);
        assertTrue(ids.stream().allMatch(id -> id.matches("[a-z][A-Za-z]+")), ids::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {GENERATIONS, EDITS, JOBS})
    void describesExactlyTheAcceptedFields(String path) {
        Set<String> accepted = new RequestFields().names();
        if (path.equals(GENERATIONS)) accepted.removeAll(Set.of("source", "mask"));
        assertEquals(accepted, document.fields("POST " + path, JSON));

        accepted.remove("named_images");
        assertTrue(accepted.containsAll(document.fields("POST " + path, FORM)));
        accepted.addAll(Set.of("image[]", "image[0]", "images[]", "image[pot]"));
        for (String name : accepted) assertTrue(document.hasField("POST " + path, FORM, name), name);
        for (String name : Set.of("named_images", "pot", "mask[]"))
            assertEquals(false, document.hasField("POST " + path, FORM, name), name);
    }

    @Test
    void describesExactlyTheAcceptedFieldsOfATraining() {
        Set<String> accepted = RequestFields.ofTraining().names();
        assertEquals(accepted, document.fields("POST " + Routes.TRAININGS, JSON));
        accepted.remove("named_images");
        assertTrue(accepted.containsAll(document.fields("POST " + Routes.TRAININGS, FORM)));
        accepted.addAll(Set.of("image[]", "image[0]", "images[]", "image[left]", "image[left-mask]"));
        for (String name : accepted) assertTrue(document.hasField("POST " + Routes.TRAININGS, FORM, name), name);
        for (String name : Set.of("named_images", "mask", "source"))
            assertEquals(false, document.hasField("POST " + Routes.TRAININGS, FORM, name), name);
    }

    @ParameterizedTest
    @ValueSource(strings = {GENERATIONS, EDITS, JOBS})
    void acceptsItsDefaultsAndExamples(String path) {
        Map<String, Object> request = document.defaults("POST " + path);
        request.put("prompt", "make it night");
        if (path.equals(EDITS)) request.put("image", TestClient.dataUrl(TestClient.png(8, 8, 7)));
        assertEquals(path.equals(JOBS) ? 202 : 200, client.post(path, request).status());

        JsonNode content = document.operations().get("POST " + path).at("/requestBody/content");
        for (JsonNode example : content.path(JSON).path("examples")) {
            var response = client.post(path, example.path("value"));
            assertEquals(path.equals(JOBS) ? 202 : 200, response.status(), response::text);
        }
    }
}
