package dev.mige4j.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.mige4j.common.Json;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.Recipe;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.jetty.io.EofException;

/**
 * Streams an image as the server-sent events of OpenAI's API: up to {@code partial_images} previews, spread evenly over
 * the work, then the image. An error after the start of the stream is the event {@code error}. The job is cancelled
 * when the client has gone.
 */
final class ImageEventStream {

    /** After so much time without an event a comment is sent, so that proxies keep the connection. */
    private static final Duration KEEP_ALIVE_INTERVAL = Duration.ofSeconds(10);

    private static final Duration CONNECTION_CHECK_INTERVAL = Duration.ofMillis(250);

    /** Each event is written to a stream that stays open. */
    private static final ObjectWriter JSON = Json.MAPPER.writer().without(JsonGenerator.Feature.AUTO_CLOSE_TARGET);

    /**
     * An event; those fields that OpenAI's API always has and this model has not are {@code auto}. {@code seed},
     * {@code recipe} and {@code notices} are extensions.
     *
     * @param b64Json the image file as text or bytes, which are written as base64
     * @param size that of the image or, of a preview, the one that was asked
     */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ImageEvent(
            String type,
            Object b64Json,
            long createdAt,
            String size,
            String quality,
            String background,
            String outputFormat,
            Integer partialImageIndex,
            Long seed,
            Recipe recipe,
            List<String> notices) {}

    private final JobQueue jobQueue;
    private final ResponseMemory responseMemory;

    ImageEventStream(JobQueue jobQueue, ResponseMemory responseMemory) {
        this.jobQueue = jobQueue;
        this.responseMemory = responseMemory;
    }

    /** Submits a job and writes its events until it ends; blocks the calling thread. */
    void stream(Context ctx, ImageRequest request) throws IOException, InterruptedException {
        Job job = jobQueue.submit(request, false);
        try {
            JobEventStream.writeHead(ctx);
            String operation = request.task().source().isPresent() ? "image_edit" : "image_generation";
            OutputStream out = ctx.res().getOutputStream();
            Job.Snapshot end = sendPartialImages(out, operation, job, request, ClientConnection.of(ctx));
            if (end.error() != null) write(out, "error", end.error().body());
            else {
                responseMemory.register(ctx, end.result().totalBytes());
                write(out, operation + ".completed", completed(operation, end.result()));
            }
        } catch (IOException e) {
            jobQueue.cancel(job);
            throw e;
        }
    }

    /** Writes previews while the job runs, and returns its end. */
    private static Job.Snapshot sendPartialImages(
            OutputStream out, String operation, Job job, ImageRequest request, ClientConnection client)
            throws IOException, InterruptedException {
        int count = request.openAiOptions().partialImages(), sent = 0;
        String lastPreview = null;
        Job.Snapshot snapshot = count > 0 ? job.snapshotForViewer() : job.snapshot();
        long lastWriteNanos = System.nanoTime();
        while (!snapshot.state().isTerminal()) {
            if (client.isClosed()) throw new EofException("The client has closed the connection.");
            String preview = snapshot.preview();
            boolean due = sent < count && snapshot.fraction() * (count + 1) >= sent + 1;
            if (due && preview != null && !preview.equals(lastPreview)) {
                lastPreview = preview;
                String type = operation + ".partial_image";
                write(out, type, partial(type, preview, sent++, request));
                lastWriteNanos = System.nanoTime();
            } else if (System.nanoTime() - lastWriteNanos >= KEEP_ALIVE_INTERVAL.toNanos()) {
                JobEventStream.write(out, ": keep-alive\n\n");
                lastWriteNanos = System.nanoTime();
            }
            snapshot = sent < count
                    ? job.awaitChange(snapshot.version(), CONNECTION_CHECK_INTERVAL)
                    : job.awaitChangeWithoutPreview(snapshot.version(), CONNECTION_CHECK_INTERVAL);
        }
        return snapshot;
    }

    private static ImageEvent partial(String type, String preview, int index, ImageRequest request) {
        return new ImageEvent(
                type,
                preview.substring(preview.indexOf(',') + 1), // of the data URL
                Instant.now().getEpochSecond(),
                request.settings().size().map(ImageSize::toString).orElse("auto"),
                "auto",
                request.openAiOptions().background(),
                OutputParser.outputFormat(request.encoding()),
                index,
                null,
                null,
                null);
    }

    private static ImageEvent completed(String operation, Job.Result result) {
        return new ImageEvent(
                operation + ".completed",
                result.files().get(0),
                Instant.now().getEpochSecond(),
                result.size(),
                "auto",
                result.background(),
                OutputParser.outputFormat(result.encoding()),
                null,
                result.seed(),
                result.recipes().get(0),
                result.notices());
    }

    private static void write(OutputStream out, String event, Object data) throws IOException {
        out.write(("event: " + event + "\ndata: ").getBytes(StandardCharsets.UTF_8));
        JSON.writeValue(out, data);
        JobEventStream.write(out, "\n\n");
    }
}
