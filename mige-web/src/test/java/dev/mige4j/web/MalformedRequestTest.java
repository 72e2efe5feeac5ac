package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that are rejected before any route is called get errors in OpenAI's format, too. */
@Timeout(30)
class MalformedRequestTest {

    static final String JSON = "Content-Type: application/json";

    final Server server = Server.start(ServerConfig.DEFAULT.withPort(0), FakeImageGenerator.unblocked());

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "400, GARBAGE, Host: localhost",
        "400, GET / HTTP/1.1, X: no host",
        "400, GET /../etc/passwd HTTP/1.1, Host: localhost",
        "400, GET /%zz HTTP/1.1, Host: localhost",
        "400, GET http://example.com/healthz HTTP/1.1, Host: localhost",
        "400, POST /v1/jobs HTTP/1.1, Host: localhost|Transfer-Encoding: unknown",
        "400, POST /v1/jobs HTTP/1.1, Host: localhost|Content-Length: 5|Content-Length: 6",
        "400, POST /v1/jobs HTTP/1.1, Host: localhost|Content-Length: 5|Transfer-Encoding: chunked",
        "400, POST /v1/jobs HTTP/1.1, Host: localhost|Content-Length: -1",
        "404, OPTIONS * HTTP/1.1, Host: localhost",
        "405, TRACE / HTTP/1.1, Host: localhost",
        "405, CONNECT localhost:80 HTTP/1.1, Host: localhost",
        "405, PROPFIND / HTTP/1.1, Host: localhost",
        "417, POST /v1/jobs HTTP/1.1, Host: localhost|Content-Length: 2|Expect: unknown",
        "426, PRI * HTTP/2.0, ''",
        "505, GET / HTTP/9.9, Host: localhost"
    })
    void answersInOpenAisFormat(int status, String requestLine, String headers) throws IOException {
        assertError(
                status,
                requestLine + "\r\n" + headers.replace("|", "\r\n") + (headers.isEmpty() ? "\r\n" : "\r\n\r\n"));
    }

    @ParameterizedTest
    @CsvSource({"414, /%s, short", "431, /, %s"})
    void answersHeadsThatAreTooLong(int status, String path, String header) throws IOException {
        String tooLong = "a".repeat(20_000);
        assertError(
                status,
                "GET " + path.formatted(tooLong) + " HTTP/1.1\r\nHost: localhost\r\nX: " + header.formatted(tooLong)
                        + "\r\n\r\n");
    }

    private void assertError(int status, String request) throws IOException {
        try (RawConnection connection = new RawConnection(server)) {
            String response = connection.send(request).readResponse();
            assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
            assertTrue(response.contains(JSON), response);
            assertFalse(response.contains("jetty"), response);
            String body = response.substring(response.indexOf("\r\n\r\n") + 4);
            var error = TestClient.JSON.readTree(body).path("error");
            assertTrue(error.path("message").asText().length() > 10, response);
            assertEquals(
                    status < 500 ? "invalid_request_error" : "server_error",
                    error.path("type").asText());
        }
    }
}
