package dev.mige4j.web;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;

/** Reads and decodes image requests within limits on memory, time and concurrent decoding. */
final class RequestReader {

    /** Each decoding can briefly use tens of megabytes. */
    private static final int MAX_CONCURRENT_DECODES = 2;

    private static final int DECODE_WAIT_SECONDS = 20;

    private final JobQueue jobQueue;
    private final ImageGenerator generator;
    private final Limits limits;
    private final MemoryBudget uploadMemory;
    private final Semaphore decodePermits = new Semaphore(MAX_CONCURRENT_DECODES);

    RequestReader(JobQueue jobQueue, ImageGenerator generator, Limits limits) {
        this.jobQueue = jobQueue;
        this.generator = generator;
        this.limits = limits;
        this.uploadMemory = new MemoryBudget(limits.maxMemoryBytes());
    }

    /** Reads the body and decodes its images; rejects the request early if the queue is full. */
    ImageRequest read(Context ctx, ImageRequest.Operation operation) throws IOException {
        jobQueue.checkCapacity();
        int maxBytes = limits.maxBodyBytes();
        long contentLength = ctx.req().getContentLengthLong();
        long reservedBytes = contentLength < 0 ? maxBytes : Math.min(contentLength, maxBytes);
        uploadMemory.acquire(reservedBytes, "request bodies");
        try {
            RequestBody body = readBody(ctx, contentLength, maxBytes);
            if (!decodePermits.tryAcquire(DECODE_WAIT_SECONDS, TimeUnit.SECONDS))
                throw ApiException.tooManyRequests(
                        5, "Too many images are being decoded. Send the request again in five seconds.");
            try {
                return ImageRequest.parse(body, operation, generator, limits);
            } finally {
                decodePermits.release();
            }
        } catch (InterruptedException e) { // flag not restored: the error response must still be written
            throw ApiException.shuttingDown();
        } finally {
            uploadMemory.release(reservedBytes);
        }
    }

    private static RequestBody readBody(Context ctx, long contentLength, int maxBytes) throws IOException {
        try {
            return RequestBody.read(
                    ctx.req().getContentType(), contentLength, ctx.req().getInputStream(), maxBytes);
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
