package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Causes every status that the document describes for an operation; {@link TestClient} compares the responses. */
class OpenApiStatusTest {

    static final String GENERATIONS = "/v1/images/generations", EDITS = "/v1/images/edits", JOBS = "/v1/jobs";
    static final Set<String> POSTS = Set.of(GENERATIONS, EDITS, JOBS),
            ALL_POSTS = Set.of(GENERATIONS, EDITS, JOBS, Routes.TRAININGS);
    static final String JSON = "application/json", FORM = "multipart/form-data; boundary=x";

    /** Statuses that take a wrong Host header, a result of many megapixels, or a shutdown at the same moment. */
    static final Set<String> UNCAUSED = Set.of(
            "GET /v1/jobs/{id}/images/{index} 403",
            "GET /v1/jobs/{id}/images/{index} 422",
            "GET /v1/jobs/{id}/images/{index} 429",
            "GET /v1/jobs/{id}/images/{index} 503");

    final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    final FakeLoraTrainer trainer = FakeLoraTrainer.unblocked();
    final LogRecorder log = new LogRecorder();
    final List<AutoCloseable> opened = new ArrayList<>();
    Server server;
    TestClient client;

    @AfterEach
    void stop() throws Exception {
        generator.permits.release(1_000_000);
        for (AutoCloseable connection : opened) connection.close();
        server.close();
        log.close();
    }

    void start(ServerConfig config) {
        if (server != null) server.close();
        server = Server.start(config.withPort(0), generator, Optional.of(trainer));
        client = new TestClient(server);
    }

    void start(Limits limits) {
        start(ServerConfig.DEFAULT.withLimits(limits));
    }

    /** A valid request, and a change to it. */
    static Map<String, Object> request(String field, Object value) {
        return Map.of(
                "prompt", "a dog", "image", TestClient.dataUrl(TestClient.png(8, 8, 7)), "steps", 2, field, value);
    }

    static Map<String, Object> request() {
        return request("seed", 7);
    }

    TestClient.TestResponse train(String name) {
        return client.postMultipart(Routes.TRAININGS, TrainingTest.form(name, 3));
    }

    String finishedJob() {
        String id = client.post(JOBS, request()).json().path("id").asText();
        client.awaitState(id, "succeeded");
        return id;
    }

    @Test
    void causesEveryDescribedStatus() throws Exception {
        OpenApiDocument.SERVED.answers.clear();
        start(Limits.DEFAULT);
        succeed();
        refuseInvalidRequests();
        fail();
        refuseStrangers();
        refuseTooMany();
        takeTooLong();
        shutDown();

        Set<String> described = new TreeSet<>();
        OpenApiDocument.SERVED.operations().forEach((name, operation) -> operation
                .path("responses")
                .fieldNames()
                .forEachRemaining(status -> described.add(name + " " + status)));
        described.removeAll(UNCAUSED);
        described.removeAll(OpenApiDocument.SERVED.answers); // which has described ones only
        assertEquals(Set.of(), described, "not caused");
    }

    void succeed() {
        String model = client.get("/v1/models").json().at("/data/0/id").asText();
        client.get("/v1/models/" + model);
        client.get("/v1/loras");
        client.post(GENERATIONS, request());
        client.post(EDITS, request("stream", true));
        String job = finishedJob();
        client.get(JOBS + "/" + job + "/events");
        client.get(JOBS + "/" + job + "/images/0?output_format=webp");
        client.get(JOBS + "/" + job + "/images/0?output_format=gif");
        client.delete(JOBS + "/" + job);
        String training = train("my-mug").json().path("id").asText();
        TestClient.await(() -> trainer.exists("my-mug"));
        client.get(Routes.TRAININGS + "/" + training);
        client.delete(Routes.TRAININGS + "/" + training);
        for (String path : List.of("/healthz", "/readyz", "/metrics")) client.get(path);
        client.get("/openapi.json", "If-None-Match", client.get("/openapi.json").header("ETag"));
    }

    void refuseInvalidRequests() {
        client.get("/v1/models/nothing");
        for (String path : List.of("", "/events", "/images/0")) client.get(JOBS + "/nothing" + path);
        client.delete(JOBS + "/nothing");
        client.get(Routes.TRAININGS + "/nothing");
        client.delete(Routes.TRAININGS + "/nothing");
        train("my-mug");
        client.post(Routes.TRAININGS, Map.of("name", "mug", "image", "/v1/jobs/nothing/images/0"));
        train("my mug");
        byte[] corrupt = TestClient.png(8, 8, 7);
        corrupt[50] ^= 1;
        for (String path : POSTS) {
            client.post(path, request("n", 99));
            client.post(path, request("model", "nothing"));
            client.postMultipart(path, "prompt", "a dog", "image", corrupt);
        }
        client.postMultipart(Routes.TRAININGS, "name", "mug", "image", corrupt, "image", corrupt, "image", corrupt);
        for (String path : ALL_POSTS) {
            client.post(path, FORM, new byte[Limits.DEFAULT.maxBodyBytes() + 1]);
            client.post(path, "text/plain", new byte[1]);
        }
    }

    void fail() {
        for (String path : Set.of(GENERATIONS, EDITS))
            client.post(path, Map.of("prompt", "explode", "image", request().get("image")));
        generator.heapIsFull = true;
        client.post(JOBS, request());
        generator.heapIsFull = false;
    }

    void refuseStrangers() {
        for (String operation : OpenApiDocument.SERVED.operations().keySet())
            send(operation, "Origin", "http://elsewhere.example");
        start(ServerConfig.DEFAULT.withApiKey("sesame"));
        for (String operation : OpenApiDocument.SERVED.operations().keySet())
            send(operation, "Authorization", "Bearer wrong");
    }

    private void send(String operation, String header, String value) {
        String[] methodAndPath = operation.split(" ", 2);
        String path = methodAndPath[1].replaceAll("\\{\\w+}", "0");
        switch (methodAndPath[0]) {
            case "GET" -> client.get(path, header, value);
            case "DELETE" -> client.delete(path, header, value);
            default -> client.post(path, request(), header, value);
        }
    }

    void refuseTooMany() throws IOException {
        start(Limits.DEFAULT.withQueueCapacity(1));
        generator.permits.drainPermits();
        int started = generator.startedCount.get();
        String job = client.post(JOBS, request()).json().path("id").asText();
        TestClient.await(() -> generator.startedCount.get() > started);
        client.post(JOBS, request());
        for (String path : POSTS) client.post(path, request());
        trainer.permits.drainPermits();
        train("first");
        train("second");
        trainer.permits.release(1_000_000);
        for (int i = 0; i < Limits.DEFAULT.maxEventStreams(); i++) {
            RawConnection stream = new RawConnection(server);
            opened.add(stream);
            stream.send("GET " + JOBS + "/" + job + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .readHead();
        }
        client.get(JOBS + "/" + job + "/events");
        generator.permits.release(1_000_000);
    }

    void takeTooLong() {
        start(Limits.DEFAULT.withJobTimeout(Duration.ofMillis(20)).withUploadTimeout(Duration.ofMillis(50)));
        generator.sleepMillis = 30;
        for (String path : Set.of(GENERATIONS, EDITS)) client.post(path, request());
        for (String path : ALL_POSTS) client.postChunked(path, JSON, new SlowStream());
        generator.sleepMillis = 0;
    }

    /** Five bytes, one in 50 ms. */
    private static final class SlowStream extends ByteArrayInputStream {
        private SlowStream() {
            super(new byte[5]);
        }

        @Override
        public synchronized int read(byte[] buffer, int offset, int length) {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return super.read(buffer, offset, Math.min(1, length));
        }
    }

    void shutDown() {
        start(Limits.DEFAULT);
        generator.permits.drainPermits();
        int started = generator.startedCount.get();
        client.post(JOBS, request());
        TestClient.await(() -> generator.startedCount.get() > started);
        CompletableFuture<Void> shutdown = CompletableFuture.runAsync(server::close);
        TestClient.await(() -> client.get("/readyz").status() != 200);
        for (String path : POSTS) client.post(path, request());
        train("late");
        generator.permits.release(1_000_000);
        shutdown.join();
    }
}
