package dev.mige4j.web;

import dev.mige4j.common.ByteSize;
import dev.mige4j.common.CancelledException;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Bounds the memory and the processor time of decoding and encoding images outside the job workers. Large images wait
 * for each other, clients in turn; they never delay small ones, and tiny ones do not wait at all.
 */
final class DecodeGate {

    /**
     * What decoding takes.
     *
     * @param pixels of all images
     * @param largest pixels of the largest image
     * @param work time, as a number of pixels, see {@link dev.mige4j.image.ImageHeader#work}
     */
    record Cost(long pixels, long largest, long work) {

        /** The decoded images, with alpha, and copies of the one that is decoded, turned upright or encoded. */
        long bytes() {
            return 4 * pixels + 6 * largest;
        }
    }

    /**
     * Who needs the images.
     *
     * @param address clients with different addresses take turns
     * @param gone whether the client has disconnected, so that nobody needs them any more
     */
    record Client(String address, BooleanSupplier gone) {
        static Client of(Context ctx) {
            return new Client(ctx.req().getRemoteAddr(), ClientConnection.of(ctx)::isClosed);
        }
    }

    /** Images that are decoded in about 10 ms do not wait, those that take less than about 50 not for large ones. */
    private static final long TINY_WORK = 1_000_000, SMALL_WORK = 4_000_000;

    private static final Duration MAX_WAIT = Duration.ofSeconds(20), MAX_TIME = Duration.ofSeconds(30);

    private static final int MAX_WAITING_PER_CLIENT = 16;

    private static final long POLL_NANOS = 50_000_000;

    private final MemoryBudget imageMemory;
    private final BooleanSupplier stopping;
    private final Duration maxTime;
    private final RoundRobinSemaphore largePermits = new RoundRobinSemaphore(1, MAX_WAITING_PER_CLIENT),
            smallPermits =
                    new RoundRobinSemaphore(
                            Math.max(1, Runtime.getRuntime().availableProcessors() / 2), MAX_WAITING_PER_CLIENT);

    /** @param stopping whether the server is shutting down, which ends decoding */
    DecodeGate(MemoryBudget imageMemory, BooleanSupplier stopping) {
        this(imageMemory, stopping, MAX_TIME);
    }

    DecodeGate(MemoryBudget imageMemory, BooleanSupplier stopping, Duration maxTime) {
        this.imageMemory = imageMemory;
        this.stopping = stopping;
        this.maxTime = maxTime;
    }

    /**
     * Runs work on images.
     *
     * @param work gets a signal that becomes true when it should end with a {@link CancelledException}: it took too
     *     long, the client is gone, or the server is shutting down
     * @throws ApiException with status 422 when the heap is too small for the images or they take too long, 429 while
     *     others occupy it, 499 when the client is gone, or 503 during shutdown
     */
    <T> T run(Cost cost, Client client, Function<BooleanSupplier, T> work) throws InterruptedException {
        requireHeap(cost);
        if (cost.work() <= TINY_WORK) return runWithMemory(cost, client, work);
        RoundRobinSemaphore permits = cost.work() <= SMALL_WORK ? smallPermits : largePermits;
        boolean acquired = permits.tryAcquire(
                client.address(), MAX_WAIT, () -> stopping.getAsBoolean() || client.gone.getAsBoolean());
        try {
            checkWanted(client);
            if (!acquired)
                throw ApiException.tooManyRequests(
                        5, "Too many large images are being decoded. Send the request again in five seconds.");
            return runWithMemory(cost, client, work);
        } finally {
            if (acquired) permits.release();
        }
    }

    private static void requireHeap(Cost cost) {
        long heap = Runtime.getRuntime().maxMemory();
        if (cost.bytes() > heap / 2)
            throw ApiException.forParam(
                    "image",
                    422,
                    "image_too_large",
                    "The images have %s, which needs %s of memory, and the Java heap of the server has %s. Send smaller"
                            + " images, or start the server with a larger heap: MIGE_HEAP=4g mige serve.",
                    RequestImages.megapixels(cost.pixels()),
                    ByteSize.format(cost.bytes()),
                    ByteSize.format(heap));
    }

    private <T> T runWithMemory(Cost cost, Client client, Function<BooleanSupplier, T> work) {
        imageMemory.acquire(cost.bytes(), "images");
        try {
            return work.apply(endSignal(client));
        } catch (CancelledException e) {
            checkWanted(client);
            throw ApiException.forParam(
                    "image",
                    422,
                    "image_too_slow",
                    "The images took longer than %d s to decode. Send smaller ones, as baseline JPEG or PNG.",
                    maxTime.toSeconds());
        } finally {
            imageMemory.release(cost.bytes());
        }
    }

    /** Throws if the client is gone or the server is shutting down. */
    private void checkWanted(Client client) {
        if (stopping.getAsBoolean()) throw ApiException.shuttingDown();
        if (client.gone.getAsBoolean()) throw ApiException.clientGone();
    }

    /** True when decoding should end; decoders ask for it often, so it looks at the client only now and then. */
    private BooleanSupplier endSignal(Client client) {
        long start = System.nanoTime();
        long[] nextPoll = {start};
        return () -> {
            long now = System.nanoTime();
            if (now < nextPoll[0]) return false;
            nextPoll[0] = now + POLL_NANOS;
            return now - start > maxTime.toNanos() || stopping.getAsBoolean() || client.gone.getAsBoolean();
        };
    }
}
