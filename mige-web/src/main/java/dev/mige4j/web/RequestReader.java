package dev.mige4j.web;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;

/** Receives, parses and decodes image requests within limits on memory and time. */
final class RequestReader {

    private final JobQueue jobQueue;
    private final OpenAiParser openAiParser;
    private final Limits limits;
    private final DecodeGate decodeGate;
    private final ResultImages results;
    private final UploadMemory uploadMemory;

    RequestReader(
            JobQueue jobQueue, OpenAiParser openAiParser, Limits limits, DecodeGate decodeGate, ResultImages results) {
        this.jobQueue = jobQueue;
        this.openAiParser = openAiParser;
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
        jobQueue.checkCapacity();
        RequestBody.mediaType(ctx.req().getContentType());
        if (ctx.req().getContentLengthLong() > limits.maxBodyBytes()) throw BodyUpload.tooLarge(limits.maxBodyBytes());
        Request request = ServletContextRequest.getServletContextRequest(ctx.req());
        var upload = new BodyUpload(request, limits.maxBodyBytes(), limits.uploadTimeout(), uploadMemory);
        Request.addCompletionListener(request, failure -> upload.release());
        ctx.attribute("upload", upload);
        ctx.future(upload::receive);
    }

    /** Parses the body that {@link #receive} has received, and decodes its images. */
    ImageRequest read(Context ctx, ImageRequest.Operation operation) {
        BodyUpload upload = ctx.attribute("upload");
        try {
            RequestBody body = RequestBody.parse(ctx.req().getContentType(), upload.takeContent(), results);
            return ImageRequest.parse(body, operation, openAiParser, limits, decodeGate, DecodeGate.Client.of(ctx));
        } catch (InterruptedException e) { // flag not restored: the error response must still be written
            throw ApiException.shuttingDown();
        } finally {
            upload.release();
        }
    }
}
