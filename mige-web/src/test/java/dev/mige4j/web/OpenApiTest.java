package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The document describes the routes, the fields of requests, and every response ({@link TestClient} compares them). */
class OpenApiTest {

    static final OpenApiDocument document = OpenApiDocument.SERVED;

    @Test
    void describesExactlyTheServedRoutes() {
        try (Server server = Server.start(ServerConfig.DEFAULT.withPort(0), FakeImageGenerator.unblocked())) {
            Set<String> served = new TreeSet<>(server.registeredRoutes());
            served.removeIf(route -> route.matches("GET /([^/]*\\.(css|svg)|js/.*|examples/.*)?"));
            assertEquals(served, document.operations().keySet());
        }
    }

    @Test
    void describesOnlyFieldsThatExist() {
        try (Server server = Server.start(ServerConfig.DEFAULT.withPort(0), FakeImageGenerator.unblocked())) {
            TestClient client = new TestClient(server);
            for (String path : Set.of("/v1/images/generations", "/v1/images/edits", "/v1/jobs"))
                for (String field : document.fields("POST " + path, "application/json"))
                    assertNotEquals(
                            "unknown_parameter",
                            client.post(path, Map.of(field, 1)).errorCode(),
                            field);
        }
    }
}
