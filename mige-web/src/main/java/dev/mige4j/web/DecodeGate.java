package dev.mige4j.web;

import dev.mige4j.common.ByteSize;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Bounds the memory and the processor time of decoding and encoding images outside the job workers. Large images wait
 * for each other, and never delay small ones.
 */
final class DecodeGate {

    /** Decoding an image of more pixels can take seconds. */
    private static final long SMALL_PIXELS = 4_000_000;

    /** The decoded image, and a copy while it is turned upright or encoded. */
    private static final int BYTES_PER_PIXEL = 6;

    private static final int WAIT_SECONDS = 20;

    private final MemoryBudget imageMemory;
    private final Semaphore smallPermits = new Semaphore(2, true), largePermits = new Semaphore(1, true);

    DecodeGate(MemoryBudget imageMemory) {
        this.imageMemory = imageMemory;
    }

    /**
     * Runs work on images of {@code pixels} in total.
     *
     * @throws ApiException with status 422 when the heap is too small for them, or 429 while others occupy it
     */
    <T> T run(long pixels, Supplier<T> work) throws InterruptedException {
        long bytes = BYTES_PER_PIXEL * pixels, heap = Runtime.getRuntime().maxMemory();
        if (bytes > heap / 2)
            throw ApiException.forParam(
                    "image",
                    422,
                    "image_too_large",
                    "The images have %s, which needs %s of memory, and the Java heap of the server has %s. Send smaller"
                            + " images, or start the server with a larger heap: MIGE_HEAP=4g mige serve.",
                    RequestImages.megapixels(pixels),
                    ByteSize.format(bytes),
                    ByteSize.format(heap));
        Semaphore permits = pixels <= SMALL_PIXELS ? smallPermits : largePermits;
        if (!permits.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS))
            throw ApiException.tooManyRequests(
                    5, "Too many large images are being decoded. Send the request again in five seconds.");
        try {
            imageMemory.acquire(bytes, "images");
            try {
                return work.get();
            } finally {
                imageMemory.release(bytes);
            }
        } finally {
            permits.release();
        }
    }
}
