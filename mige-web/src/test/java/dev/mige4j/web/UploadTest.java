package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slow and large uploads do not delay other requests, and answers reach clients that are still sending. */
@Timeout(30)
class UploadTest {

    static final String JSON = "application/json", FORM = "multipart/form-data; boundary=x";
    static final String GENERATIONS = "/v1/images/generations";
    static final int MIB = 1 << 20;

    final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    final List<RawConnection> connections = new ArrayList<>();
    Server server = start(Limits.DEFAULT);

    Server start(Limits limits) {
        return Server.start(ServerConfig.DEFAULT.withPort(0).withApiKey("key").withLimits(limits), generator);
    }

    void restart(Limits limits) {
        server.close();
        server = start(limits);
    }

    @AfterEach
    void stop() throws IOException {
        for (RawConnection connection : connections) connection.close();
        generator.permits.release(1000);
        server.close();
    }

    RawConnection connect() throws IOException {
        RawConnection connection = new RawConnection(server);
        connections.add(connection);
        return connection;
    }

    static String head(String path, String contentType, long contentLength, String... headers) {
        String[] withKey = new String[headers.length + 1];
        System.arraycopy(headers, 0, withKey, 1, headers.length);
        withKey[0] = "Authorization: Bearer key";
        return RawConnection.head(path, contentType, contentLength, withKey);
    }

    static String generation(String prompt) {
        String body = "{\"prompt\":\"" + prompt + "\"}";
        return head(GENERATIONS, JSON, body.length()) + body;
    }

    static void assertStatus(int status, String response) {
        assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
    }

    void assertAnotherClientIsServed() throws IOException {
        assertStatus(
                200,
                connect()
                        .send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .readResponse());
        assertStatus(200, connect().send(generation("a dog")).readResponse());
    }

    // ---- answers before the body is read

    @ParameterizedTest
    @CsvSource({
        "401, /v1/images/generations, application/json, Authorization: Bearer wrong",
        "403, /v1/images/generations, application/json, Origin: http://example.com",
        "404, /v1/nothing, application/json, Authorization: Bearer key",
        "405, /v1/models, application/json, Authorization: Bearer key",
        "415, /v1/images/edits, text/plain, Authorization: Bearer key"
    })
    void anAnswerReachesAClientThatReadsAfterSendingItsBody(int status, String path, String contentType, String header)
            throws IOException {
        RawConnection connection = connect().send(RawConnection.head(path, contentType, 12 * MIB, header));
        for (int i = 0; i < 12; i++) connection.send(new byte[MIB]);
        assertStatus(status, connection.readResponse());
        assertStatus(
                200,
                connection
                        .send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .readResponse());
    }

    @Test
    void aFullQueueIsAnsweredToAClientThatIsStillSending() throws Exception {
        restart(Limits.DEFAULT.withQueueCapacity(1));
        generator.permits.drainPermits();
        connect().send(generation("first"));
        TestClient.await(() -> generator.startedCount.get() > 0);
        connect().send(generation("second"));
        RawConnection connection = connect();
        for (String response = ""; !response.startsWith("HTTP/1.1 429"); ) {
            connection.send(head("/v1/images/edits", FORM, 10 * MIB)).send(new byte[10 * MIB]);
            response = connection.readResponse();
        }
    }

    @Test
    void aBodyOverTheLimitIsAnsweredToAClientThatReadsAfterSendingIt() throws Exception {
        RawConnection connection = connect().send(head("/v1/images/edits", FORM, 80 * MIB));
        for (int i = 0; i < 80; i++) connection.send(new byte[MIB]);
        assertStatus(413, connection.readResponse());
        connection.awaitEnd();
    }

    @Test
    void anAnswerReachesJavasHttpClientWhileItIsSending() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + GENERATIONS))
                .header("Content-Type", JSON)
                .version(HttpClient.Version.HTTP_1_1)
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[8 * MIB]))
                .build();
        for (int i = 0; i < 5; i++)
            assertEquals(
                    401,
                    client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
    }

    // ---- Expect: 100-continue

    @Test
    void aBodyOverTheLimitIsRefusedBeforeItIsSent() throws Exception {
        String response = connect()
                .send(head("/v1/images/edits", FORM, 100 * MIB, "Expect: 100-continue"))
                .readResponse();
        assertStatus(413, response);
    }

    @Test
    void aBodyIsAskedForOnlyWhenTheRequestIsAccepted() throws Exception {
        String body = "{\"prompt\":\"a dog\"}";
        assertStatus(
                401,
                connect()
                        .send(RawConnection.head(GENERATIONS, JSON, body.length(), "Expect: 100-continue"))
                        .readResponse());
        RawConnection accepted = connect().send(head(GENERATIONS, JSON, body.length(), "Expect: 100-continue"));
        assertStatus(100, accepted.readResponse());
        assertStatus(200, accepted.send(body).readResponse());
    }

    // ---- slow uploads

    @Test
    void announcedBytesTakeNoMemory() throws Exception {
        restart(Limits.DEFAULT.withMaxMemoryBytes(8 * MIB));
        for (int i = 0; i < 22; i++) connect().send(head("/v1/images/edits", FORM, 60 * MIB) + "--x\r\n");
        assertAnotherClientIsServed();
    }

    @Test
    void theSlowestUploadsAreRefusedWhenMemoryIsUsedUp() throws Exception {
        restart(Limits.DEFAULT.withMaxMemoryBytes(16 * MIB));
        List<RawConnection> slow = new ArrayList<>();
        for (int i = 0; i < 4; i++)
            slow.add(connect().send(head("/v1/images/edits", FORM, 60 * MIB)).send(new byte[MIB / 2]));
        Thread.sleep(1100); // their rate falls below that of the next one
        String prompt = "p".repeat(8 * MIB);
        String body = "{\"prompt\":\"" + prompt + "\"}";
        RawConnection fast = connect().send(head(GENERATIONS, JSON, body.length()) + body);
        assertStatus(400, fast.readResponse()); // received as a whole: the prompt is too long
        for (RawConnection connection : slow)
            assertStatus(429, connection.send("more").readResponse());
        assertAnotherClientIsServed();
    }

    @Test
    void smallRequestsAreServedWhileLargeUploadsUseAllMemory() throws Exception {
        restart(Limits.DEFAULT.withMaxMemoryBytes(8 * MIB));
        for (int i = 0; i < 8; i++)
            connect().send(head("/v1/images/edits", FORM, 60 * MIB)).send(new byte[MIB]);
        assertAnotherClientIsServed();
    }

    @Test
    void anUploadEndsAtItsTimeLimit() throws Exception {
        restart(Limits.DEFAULT.withUploadTimeout(Duration.ofMillis(300)));
        RawConnection slow = connect().send(head("/v1/images/edits", FORM, MIB));
        for (int i = 0; i < 8; i++) {
            slow.send(new byte[10_000]);
            Thread.sleep(50);
        }
        assertStatus(408, slow.readResponse());
    }

    @Test
    void slowUploadsOccupyNoThreads() throws Exception {
        for (int i = 0; i < 300; i++) connect().send(head("/v1/images/edits", FORM, 100_000) + "--x\r\n");
        assertAnotherClientIsServed();
    }

    // ---- many connections

    @Test
    void aNewClientIsServedWhenAllConnectionsWaitForRequests() throws Exception {
        for (int i = 0; i < Server.MAX_CONNECTIONS + 100; i++) connect().send("GET /healthz HTT");
        assertAnotherClientIsServed();
    }

    @Test
    void aNewClientIsServedWhenAllConnectionsUpload() throws Exception {
        for (int i = 0; i < Server.MAX_CONNECTIONS + 100; i++)
            connect().send(head("/v1/images/edits", FORM, 100_000) + "--x\r\n");
        assertAnotherClientIsServed();
    }
}
