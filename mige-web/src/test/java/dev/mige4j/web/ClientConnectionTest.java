package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Work for clients that have closed their connection ends. */
@Timeout(30)
class ClientConnectionTest {

    static final String HEALTH = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

    final FakeImageGenerator generator = FakeImageGenerator.blocked();
    final Server server =
            Server.start(ServerConfig.DEFAULT.withPort(0).withLimits(Limits.DEFAULT.withQueueCapacity(1)), generator);
    final TestClient client = new TestClient(server);

    @AfterEach
    void stop() {
        generator.permits.release(1000);
        server.close();
    }

    RawConnection post(String path) throws IOException {
        String body = "{\"prompt\":\"a dog\"}";
        return new RawConnection(server).send(RawConnection.head(path, "application/json", body.length()) + body);
    }

    void awaitStarted(int count) {
        TestClient.await(() -> generator.startedCount.get() >= count);
    }

    @Test
    void cancelsTheRunningRequestOfAGoneClient() throws Exception {
        post("/v1/images/generations").close();
        awaitStarted(1);
        generator.sleepMillis = 300; // a step is longer than it takes to notice the end of the connection
        generator.permits.release(1000);
        while (generator.cancelledCount.get() == 0) {
            assertTrue(generator.stepCount.get() < FakeImageGenerator.STEPS, "the request ran to its end");
            TestClient.sleepBriefly();
        }
    }

    @Test
    void freesThePlaceOfAGoneClientInTheQueue() throws Exception {
        RawConnection running = post("/v1/images/generations");
        awaitStarted(1);
        RawConnection queued = post("/v1/images/generations");
        TestClient.await(() -> client.post("/v1/jobs", Map.of("prompt", "a")).status() == 429);
        queued.close();
        TestClient.await(() -> client.post("/v1/jobs", Map.of("prompt", "a")).status() == 202);
        assertEquals(1, generator.startedCount.get());
        running.close();
    }

    @Test
    void answersAPipelinedRequestAfterTheRunningOne() throws Exception {
        try (RawConnection connection = post("/v1/images/generations")) {
            awaitStarted(1);
            connection.send(HEALTH);
            Thread.sleep(600); // the connection is checked meanwhile
            connection.send(HEALTH);
            generator.permits.release(1000);
            assertTrue(connection.readResponse().contains("b64_json"));
            for (int i = 0; i < 2; i++) assertTrue(connection.readResponse().contains("\"status\":\"ok\""));
        }
    }

    @Test
    void endsTheEventStreamOfAGoneClient() throws Exception {
        String id = client.post("/v1/jobs", Map.of("prompt", "a dog"))
                .json()
                .path("id")
                .asText();
        String request = "GET /v1/jobs/" + id + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
        List<RawConnection> streams = new ArrayList<>();
        for (int i = 0; i < Limits.DEFAULT.maxEventStreams(); i++) {
            streams.add(new RawConnection(server).send(request));
            streams.get(i).readHead();
        }
        for (RawConnection stream : streams) stream.close();
        TestClient.await(
                () -> {
                    try (RawConnection connection = new RawConnection(server).send(request)) {
                        return connection.readHead();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                head -> head.startsWith("HTTP/1.1 200"));
    }
}
