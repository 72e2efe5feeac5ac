package dev.mige4j.web;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;

/** Reads and decodes image requests within limits on memory and time. */
final class RequestReader {

    /** Copies of a body that exist while it is parsed: the body, its parts or its JSON, and the files in them. */
    private static final int BODY_COPIES = 3;

    private final JobQueue jobQueue;
    private final ImageGenerator generator;
    private final Limits limits;
    private final DecodeGate decodeGate;
    private final ResultImages results;
    private final MemoryBudget uploadMemory;

    RequestReader(
            JobQueue jobQueue, ImageGenerator generator, Limits limits, DecodeGate decodeGate, ResultImages results) {
        this.jobQueue = jobQueue;
        this.generator = generator;
        this.limits = limits;
        this.decodeGate = decodeGate;
        this.results = results;
        this.uploadMemory = new MemoryBudget(limits.maxMemoryBytes() / 2);
    }

    /** Reads the body and decodes its images; rejects the request early if the queue is full. */
    ImageRequest read(Context ctx, ImageRequest.Operation operation) throws IOException {
        jobQueue.checkCapacity();
        int maxBytes = limits.maxBodyBytes();
        long contentLength = ctx.req().getContentLengthLong();
        long reservedBytes = BODY_COPIES * (contentLength < 0 ? maxBytes : Math.min(contentLength, maxBytes));
        uploadMemory.acquire(reservedBytes, "request bodies");
        try {
            RequestBody body = readBody(ctx, contentLength, maxBytes);
            return ImageRequest.parse(body, operation, generator, limits, decodeGate);
        } catch (InterruptedException e) { // flag not restored: the error response must still be written
            throw ApiException.shuttingDown();
        } finally {
            uploadMemory.release(reservedBytes);
        }
    }

    private RequestBody readBody(Context ctx, long contentLength, int maxBytes) throws IOException {
        try {
            return RequestBody.read(
                    ctx.req().getContentType(), contentLength, ctx.req().getInputStream(), maxBytes, results);
        } catch (IOException | HttpException.RuntimeException e) { // caused by the client, so not status 500
            throw isTimeout(e)
                    ? ApiException.of(408, "request_timeout", "The request body arrived too slowly.")
                    : ApiException.of(400, "malformed_body", "The request body is incomplete or not valid HTTP.");
        }
    }

    private static boolean isTimeout(Throwable e) {
        for (; e != null; e = e.getCause()) {
            if (e instanceof TimeoutException) return true;
            if (e instanceof HttpException http && http.getCode() == 408) return true;
        }
        return false;
    }
}
