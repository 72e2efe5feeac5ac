package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The document describes the routes, the fields of requests, and every response ({@link TestClient} compares them). */
class OpenApiTest {

    static final OpenApiDocument document = OpenApiDocument.SERVED;

    @Test
    void describesExactlyTheServedRoutes() {
        try (Server server = Server.start(ServerConfig.DEFAULT.withPort(0), FakeImageGenerator.unblocked())) {
            Set<String> served = new TreeSet<>(server.registeredRoutes());
            served.removeIf(route -> route.startsWith("HEAD ")); // as GET
            served.removeIf(route -> route.matches("GET /([^/]*\\.(css|svg)|js/.*|examples/.*)?"));
            assertEquals(served, document.operations().keySet());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/images/generations", "/v1/images/edits", "/v1/jobs"})
    void describesExactlyTheAcceptedFields(String path) {
        Set<String> accepted = RequestFields.names();
        if (path.endsWith("/generations")) accepted.removeAll(Set.of("source", "mask"));
        assertEquals(accepted, document.fields("POST " + path, "application/json"));
        accepted.removeAll(Set.of("images", "named_images"));
        accepted.addAll(Set.of("image[]", "^image\\[.+\\]$"));
        assertEquals(accepted, document.fields("POST " + path, "multipart/form-data"));
    }
}
