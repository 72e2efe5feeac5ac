package dev.mige4j.web;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives the body of a request. No thread waits for missing bytes, and memory is used for the bytes that have
 * arrived, not for those that were announced.
 */
final class BodyUpload {

    private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);

    private static final int MIN_BLOCK_BYTES = 8 << 10, MAX_BLOCK_BYTES = 256 << 10;
    /** An upload that is slower on average is ended, {@link #PATIENCE} after it began. */
    private static final int MIN_BYTES_PER_SECOND = 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** Copies of a body that exist at a time: its blocks and the whole, then the whole and the files parsed from it. */
    private static final int COPIES = 2;

    private final Request request;
    private final int maxBytes;
    private final Duration timeLimit;
    private final UploadMemory memory;
    private final long startNanos = System.nanoTime();
    private final CompletableFuture<Void> received = new CompletableFuture<>();
    private volatile List<ByteBuffer> blocks = new ArrayList<>();
    private volatile int size;
    private volatile boolean refused;

    BodyUpload(Request request, int maxBytes, Duration timeLimit, UploadMemory memory) {
        this.request = request;
        this.maxBytes = maxBytes;
        this.timeLimit = timeLimit;
        this.memory = memory;
    }

    /**
     * Starts receiving. The future completes when the body has arrived, or with an {@link ApiException} of status 400
     * when it is incomplete, 408 when it takes too long, 413 when it is too large, or 429 when there is no memory left.
     */
    CompletableFuture<Void> receive() {
        memory.register(this);
        receiveAvailable();
        return received;
    }

    private void receiveAvailable() {
        try {
            receiveChunks();
        } catch (Error e) { // the heap is full: the request must be answered all the same
            LOGGER.error("a request body could not be received", e);
            fail(ApiException.of(e, "-"));
        }
    }

    private void receiveChunks() {
        while (!received.isDone()) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this::receiveAvailable);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                fail(toApiException(chunk.getFailure()));
                return;
            }
            if (chunk.hasRemaining()) append(chunk.getByteBuffer());
            chunk.release();
            if (size > maxBytes) fail(tooLarge(maxBytes));
            else if (refused)
                fail(ApiException.tooManyRequests(
                        2, "The memory limit for request bodies is reached. Send the request again in two seconds."));
            else if (isTooSlow()) fail(tooSlow());
            else if (chunk.isLast()) received.complete(null);
        }
    }

    private boolean isTooSlow() {
        return age().compareTo(timeLimit) > 0
                || (age().compareTo(PATIENCE) > 0 && bytesPerSecond() < MIN_BYTES_PER_SECOND);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time receives
    private void append(ByteBuffer bytes) {
        List<ByteBuffer> blocks = this.blocks;
        while (bytes.hasRemaining() && !refused) {
            if (blocks.isEmpty() || !blocks.get(blocks.size() - 1).hasRemaining()) {
                int length = Math.max(MIN_BLOCK_BYTES, Math.min(size, MAX_BLOCK_BYTES));
                if (size + length > UploadMemory.SMALL_BODY_BYTES) memory.reserve(this, (long) COPIES * length);
                blocks.add(ByteBuffer.allocate(length));
            }
            ByteBuffer block = blocks.get(blocks.size() - 1);
            int count = Math.min(bytes.remaining(), block.remaining());
            block.put(bytes.slice().limit(count));
            bytes.position(bytes.position() + count);
            size += count;
        }
    }

    private void fail(ApiException e) {
        release();
        received.completeExceptionally(e);
    }

    private static ApiException toApiException(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause())
            if (cause instanceof TimeoutException || (cause instanceof HttpException http && http.getCode() == 408))
                return tooSlow();
        return ApiException.of(400, "malformed_body", "The request body is incomplete or not valid HTTP.");
    }

    private static ApiException tooSlow() {
        return ApiException.of(408, "request_timeout", "The request body arrived too slowly.");
    }

    static ApiException tooLarge(int maxBytes) {
        return ApiException.of(
                413,
                "body_too_large",
                "The request body is larger than %d MiB. Send smaller images, or multipart/form-data instead of JSON,"
                        + " whose base64 takes a third more.",
                maxBytes >> 20);
    }

    /** The body, in one piece; call it once. */
    byte[] takeContent() {
        ByteBuffer content = ByteBuffer.allocate(size);
        blocks.forEach(block -> content.put(block.flip()));
        blocks = List.of();
        return content.array();
    }

    /** Releases the memory that is reserved for the body. */
    void release() {
        blocks = List.of();
        memory.release(this);
    }

    // ---- called by UploadMemory

    boolean isReceiving() {
        return !received.isDone();
    }

    Duration age() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    double bytesPerSecond() {
        return size / Math.max(1, age().toMillis() / 1000.0);
    }

    void disconnect() {
        refuse();
        request.getConnectionMetaData().getConnection().getEndPoint().close();
    }

    /** Discards what has arrived; the request gets status 429 when its next bytes arrive. */
    void refuse() {
        refused = true;
        blocks = List.of();
    }
}
