package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.HeapFullException;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.SubjectGeneration;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import org.eclipse.jetty.server.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Errors of the virtual machine, wherever they are thrown, are answered and logged, and the server goes on. */
@Timeout(30)
class ErrorRecoveryTest {

    private static final String GENERATIONS = "/v1/images/generations";

    final FakeImageGenerator generator = FakeImageGenerator.blocked();
    final LogRecorder log = new LogRecorder();
    final Server server = Server.start(ServerConfig.DEFAULT.withPort(0), generator);
    final TestClient client = new TestClient(server);

    @AfterEach
    void stop() {
        generator.error = null;
        generator.permits.release(1_000_000);
        server.close();
        log.close();
    }

    @Test
    void answersErrorsOfTheModel() {
        generator.permits.release(100);
        for (Error error : List.of(new StackOverflowError(), new NoClassDefFoundError("a/B"), new OutOfMemoryError())) {
            generator.error = error;
            var response = client.post(GENERATIONS, Map.of("prompt", "a dog"));
            assertEquals(error instanceof OutOfMemoryError ? 503 : 500, response.status(), response.text());
            assertEquals(error, log.exceptions().get(log.exceptions().size() - 1));
        }
        generator.error = null;
        assertEquals(200, client.post(GENERATIONS, Map.of("prompt", "a dog")).status());
    }

    @Test
    void answersErrorsOfADecoderAndFreesItsPlace() {
        ImageReaderSpi plugin = new FailingDecoder();
        IIORegistry.getDefaultInstance().registerServiceProvider(plugin);
        try {
            byte[] file = FailingDecoder.SIGNATURE.getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 3; i++)
                assertEquals(
                        500,
                        client.postMultipart("/v1/images/edits", "image", file, "prompt", "a")
                                .status());
            assertInstanceOf(StackOverflowError.class, log.exceptions().get(0));
        } finally {
            IIORegistry.getDefaultInstance().deregisterServiceProvider(plugin);
        }
    }

    /** Recognises its own files and overflows the stack when it reads their size. */
    static final class FailingDecoder extends ImageReaderSpi {
        static final String SIGNATURE = "an image that overflows the stack";

        @Override
        public boolean canDecodeInput(Object source) throws IOException {
            return SIGNATURE.equals(((ImageInputStream) source).readLine());
        }

        @Override
        public ImageReader createReaderInstance(Object extension) {
            throw new StackOverflowError();
        }

        @Override
        public String getDescription(Locale locale) {
            return "fails";
        }
    }

    @Test
    void aWorkerGoesOnWhenEvenTheReportOfAFailureFails() throws Exception {
        CountDownLatch reported = new CountDownLatch(2);
        try (JobQueue queue =
                new JobQueue(generator, Limits.DEFAULT, new MemoryBudget(1000), (job, state, duration, error) -> {
                    reported.countDown();
                    throw new OutOfMemoryError("simulated");
                })) {
            generator.error = new OutOfMemoryError("simulated");
            var request = new ImageRequest(
                    new SubjectGeneration(Instruction.of("a dog")),
                    Settings.DEFAULT,
                    List.of(),
                    ImageEncoding.of(ImageFormat.PNG),
                    new OpenAiOptions(false, false, 0, "auto", List.of()),
                    0);
            for (int i = 0; i < 2; i++) {
                Job job = queue.submit(request, true);
                assertEquals(503, job.awaitEnd(Duration.ofSeconds(10)).error().status);
            }
            assertTrue(reported.await(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void aResponseThatCannotBeCompletedDoesNotLookComplete() throws Exception {
        client.post("/v1/jobs", Map.of("prompt", "running"));
        String ahead = client.post("/v1/jobs", Map.of("prompt", "ahead"))
                .json()
                .path("id")
                .asText();
        String last = client.post("/v1/jobs", Map.of("prompt", "last"))
                .json()
                .path("id")
                .asText();
        try (RawConnection events = new RawConnection(server)) {
            events.send("GET /v1/jobs/" + last + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertTrue(events.readHead().startsWith("HTTP/1.1 200"));
            generator.error = new NoClassDefFoundError("a/B");
            client.delete("/v1/jobs/" + ahead); // another position, so another event
            IOException cutOff = assertThrows(IOException.class, events::readToEndOfChunks);
            assertEquals("the server closed the connection", cutOff.getMessage());
        }
        assertTrue(log.exceptions().contains(generator.error));
        generator.error = null;
        assertEquals(200, client.get("/v1/jobs/" + last).status());
    }

    @Test
    void answersABodyForWhichTheHeapIsFull() {
        Request request = (Request) Proxy.newProxyInstance(
                Request.class.getClassLoader(), new Class<?>[] {Request.class}, (proxy, method, arguments) -> {
                    throw new OutOfMemoryError("simulated");
                });
        var upload = new BodyUpload(request, 1000, Duration.ofSeconds(1), new UploadMemory(1000));
        var failure =
                assertThrows(CompletionException.class, () -> upload.receive().join());
        assertEquals(503, ((ApiException) failure.getCause()).status);
    }

    @Test
    void asksToTryAgainWhenTheHeapIsFullForNow() {
        ApiException response = ApiException.of(new HeapFullException("The image needs 1 GB."), "req_1");
        assertEquals(
                "503 10 The image needs 1 GB.",
                response.status + " " + response.retryAfterSeconds + " " + response.getMessage());
    }
}
