package mige.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import com.fasterxml.jackson.databind.JsonNode;
import mige.image.Picture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs over HTTP, on a model that makes one step for each permit. */
@Timeout(20)
class JobsTest {

    final FakeModel model = FakeModel.held();
    final List<String> log = java.util.Collections.synchronizedList(new ArrayList<>());
    Server server;
    Client client;

    void start(Limits limits) {
        server = Server.start(ServerConfig.DEFAULT.withPort(0).withLimits(limits).withLog(log::add), model);
        client = new Client(server);
    }

    @AfterEach void stop() {
        model.permits.release(1_000_000);
        server.close();
    }

    /** On a thread of its own: the common pool has one thread on a small machine. */
    static <T> CompletableFuture<T> later(java.util.function.Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, task -> new Thread(task).start());
    }

    String submit(String prompt) {
        var answer = client.post("/v1/jobs", Map.of("prompt", prompt, "seed", 7));
        assertEquals(202, answer.status(), answer.text());
        assertEquals("/v1/jobs/" + answer.json().path("id").asText(), answer.header("Location"));
        return answer.json().path("id").asText();
    }

    @Test void tellsWhatAJobDoes() {
        start(Limits.DEFAULT);
        String first = submit("a"), second = submit("b"), third = submit("c");
        client.await(first, "running");
        assertEquals(List.of(0, 1), List.of(client.job(second).path("position").asInt(), client.job(third).path("position").asInt()));
        model.permits.release(2);
        for (JsonNode job = client.job(first); job.path("step").asInt() < 2; job = client.job(first)) Client.pause();
        JsonNode job = client.job(first);
        assertEquals("denoising", job.path("stage").asText());
        assertEquals(5, job.path("of").asInt());
        assertTrue(job.path("seconds_left").isNumber());
        model.permits.release(100);
        JsonNode done = client.await(third, "done");
        assertEquals(7, done.path("result").path("seed").asInt());
        var picture = client.get(done.path("result").path("pictures").path(0).path("url").asText());
        assertEquals("image/png", picture.header("Content-Type"));
        assertEquals(Picture.filled(16, 16, 7), Picture.read(picture.bytes(), "answer"));
        assertEquals(404, client.get("/v1/jobs/" + third + "/pictures/1").status());
    }

    @Test void showsAPreviewToThoseWhoLook() {
        start(Limits.DEFAULT);
        String id = submit("a");
        client.await(id, "running");
        model.permits.release(1);
        JsonNode job = client.job(id);
        for (; job.path("preview").isMissingNode(); job = client.job(id)) Client.pause();
        assertTrue(job.path("preview").asText().startsWith("data:image/png;base64,"));
    }

    @Test void cancelsOneJobAtItsNextStepAndNoOther() {
        start(Limits.DEFAULT);
        String first = submit("a"), second = submit("b"), third = submit("c");
        client.await(first, "running");
        assertEquals(200, client.delete("/v1/jobs/" + second).status());
        assertEquals("cancelled", client.job(second).path("state").asText());
        client.delete("/v1/jobs/" + first);
        model.permits.release(1);
        client.await(first, "cancelled");
        assertEquals(1, model.steps.get());
        model.permits.release(5);
        client.await(third, "done");
        assertEquals(2, model.begun.get());
    }

    @Test void refusesWhenTheQueueIsFullAndTakesAgainLater() {
        start(Limits.DEFAULT.withQueue(2));
        String first = submit("a");
        client.await(first, "running");
        String second = submit("b");
        submit("c");
        var refused = client.post("/v1/jobs", Map.of("prompt", "d"));
        assertEquals(429, refused.status());
        assertEquals("rate_limit_error", refused.json().path("error").path("type").asText());
        assertTrue(Integer.parseInt(refused.header("Retry-After")) >= 1);
        assertEquals(429, client.post("/v1/images/generations", Map.of("prompt", "d")).status());
        model.permits.release(5);
        client.await(second, "running");
        submit("d");
    }

    @Test void endsWhatTakesTooLong() {
        model.sleepMillis = 30;
        model.permits.release(1000);
        start(Limits.DEFAULT.withJobTime(Duration.ofMillis(50)));
        JsonNode job = client.await(submit("a"), "failed");
        assertEquals("time_limit", job.path("error").path("code").asText());
        assertEquals(504, client.post("/v1/images/generations", Map.of("prompt", "a")).status());
    }

    @Test void forgetsResultsAfterTheirTimeAndBeyondTheirSize() {
        model.permits.release(1000);
        start(Limits.DEFAULT.withKept(Duration.ofMillis(300), 20_000));
        String first = submit("a"), second = submit("b"), third = submit("c");
        client.await(third, "done");
        assertEquals(404, client.get("/v1/jobs/" + first).status());
        assertEquals(200, client.get("/v1/jobs/" + second).status());
        for (long until = System.nanoTime() + 5_000_000_000L; client.get("/v1/jobs/" + third).status() != 404; Client.pause()) assertTrue(System.nanoTime() < until);
    }

    @Test void forgetsAFinishedJobWhenAsked() {
        model.permits.release(1000);
        start(Limits.DEFAULT);
        String id = submit("a");
        client.await(id, "done");
        assertEquals(200, client.delete("/v1/jobs/" + id).status());
        assertEquals(404, client.get("/v1/jobs/" + id).status());
        assertEquals(404, client.delete("/v1/jobs/" + id).status());
    }

    @Test void tellsEveryChangeAsAnEvent() throws Exception {
        start(Limits.DEFAULT);
        String id = submit("a");
        var events = later(() -> client.get("/v1/jobs/" + id + "/events"));
        client.await(id, "running");
        for (int step = 0; step < 5; step++) {
            Thread.sleep(60);
            model.permits.release();
        }
        String text = events.join().text();
        assertEquals("text/event-stream;charset=utf-8", events.join().header("Content-Type").toLowerCase(java.util.Locale.ROOT));
        assertTrue(text.startsWith("event: ") && text.contains("event: running\ndata: {\"id\":\"" + id) && text.contains("event: done\n"), text);
        assertTrue(client.get("/v1/jobs/" + id + "/events").text().startsWith("event: done\n"));
    }

    @Test void failsAJobWithoutHarmToTheNext() {
        model.permits.release(1000);
        start(Limits.DEFAULT);
        String bad = submit("explode"), good = submit("a");
        assertEquals("internal_error", client.await(bad, "failed").path("error").path("code").asText());
        client.await(good, "done");
        assertTrue(log.stream().anyMatch(line -> line.contains("\"fault\":\"java.lang.IllegalStateException: secret")), "the log tells what the answer hides");
    }

    @Test void letsARunningJobEndAndGivesBackTheOthersWhenItStops() throws Exception {
        start(Limits.DEFAULT);
        var running = later(() -> client.post("/v1/images/generations", Map.of("prompt", "a")));
        while (model.begun.get() == 0) Client.pause();
        var waiting = later(() -> client.post("/v1/images/generations", Map.of("prompt", "b")));
        while (!client.get("/metrics").text().contains("mige_jobs_queued 1.0")) Client.pause();
        Thread stop = new Thread(server::close);
        stop.start();
        assertEquals(503, waiting.join().status());
        assertEquals("server_stopping", waiting.join().code());
        assertEquals(503, client.get("/readyz").status());
        assertEquals(503, client.post("/v1/jobs", Map.of("prompt", "c")).status());
        model.permits.release(5);
        assertEquals(200, running.join().status());
        stop.join(5000);
        assertFalse(stop.isAlive());
    }

    @Test void cancelsWhatRunsTooLongAfterTheStop() {
        model.sleepMillis = 50;
        model.permits.release(1_000_000);
        start(Limits.DEFAULT.withGrace(Duration.ofMillis(100)));
        var running = later(() -> client.post("/v1/images/generations", Map.of("prompt", "a", "steps", 200)));
        while (model.steps.get() == 0) Client.pause();
        server.close();
        assertEquals(1, model.cancelled.get());
        assertEquals(503, running.join().status());
    }
}
