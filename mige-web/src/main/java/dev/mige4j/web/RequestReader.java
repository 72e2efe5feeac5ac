package dev.mige4j.web;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;

/** Receives, parses and decodes requests with images within limits on memory and time. */
final class RequestReader {

    private final JobQueue jobQueue;
    private final TrainingJobs trainingJobs;
    private final OpenAiParser openAiParser;
    private final LoraParser loraParser;
    private final Limits limits;
    private final DecodeGate decodeGate;
    private final ResultImages results;
    private final UploadMemory uploadMemory;

    RequestReader(
            JobQueue jobQueue,
            TrainingJobs trainingJobs,
            OpenAiParser openAiParser,
            LoraParser loraParser,
            Limits limits,
            DecodeGate decodeGate,
            ResultImages results) {
        this.jobQueue = jobQueue;
        this.trainingJobs = trainingJobs;
        this.openAiParser = openAiParser;
        this.loraParser = loraParser;
        this.limits = limits;
        this.decodeGate = decodeGate;
        this.results = results;
        this.uploadMemory = new UploadMemory(limits.maxMemoryBytes() / 2);
    }

    /**
     * Receives the body of a POST request; its route is called when the body has arrived. Requests that will fail
     * anyway are rejected before.
     */
    void receive(Context ctx) {
        if (!ctx.method().equals(HandlerType.POST)) return;
        if (ctx.path().equals(Routes.TRAININGS)) trainingJobs.checkCapacity();
        else jobQueue.checkCapacity();
        RequestBody.mediaType(ctx.req().getContentType());
        if (ctx.req().getContentLengthLong() > limits.maxBodyBytes()) throw BodyUpload.tooLarge(limits.maxBodyBytes());
        Request request = ServletContextRequest.getServletContextRequest(ctx.req());
        var upload = new BodyUpload(request, limits.maxBodyBytes(), limits.uploadTimeout(), uploadMemory);
        Request.addCompletionListener(request, failure -> upload.release());
        ctx.attribute("upload", upload);
        ctx.future(upload::receive);
    }

    /** Parses a received body of a request for images, and decodes those that it contains. */
    ImageRequest read(Context ctx, ImageRequest.Operation operation) {
        return read(
                ctx,
                (contentType, content, client) -> ImageRequest.parse(
                        RequestBody.parse(contentType, content, results),
                        operation,
                        openAiParser,
                        loraParser,
                        limits,
                        decodeGate,
                        client));
    }

    /** Parses a received body of a request for the training of a LoRA, and decodes its images. */
    TrainingRequest readTraining(Context ctx) {
        return read(
                ctx,
                (contentType, content, client) -> TrainingRequest.parse(
                        RequestBody.parseTraining(contentType, content, results), limits, decodeGate, client));
    }

    @FunctionalInterface
    private interface BodyParser<T> {
        T parse(String contentType, byte[] content, DecodeGate.Client client) throws InterruptedException;
    }

    /** Parses the body that {@link #receive} has received. */
    private static <T> T read(Context ctx, BodyParser<T> parser) {
        BodyUpload upload = ctx.attribute("upload");
        try {
            return parser.parse(ctx.req().getContentType(), upload.takeContent(), DecodeGate.Client.of(ctx));
        } catch (InterruptedException e) { // flag not restored: the error response must still be written
            throw ApiException.shuttingDown();
        } finally {
            upload.release();
        }
    }
}
