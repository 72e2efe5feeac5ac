package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DecodeGateTest {

    private static final long LARGE = 10_000_000, SMALL = 1_000_000;

    final MemoryBudget imageMemory = new MemoryBudget(100_000_000);
    final DecodeGate gate = new DecodeGate(imageMemory);

    private static FutureTask<String> start(FutureTask<String> task) {
        new Thread(task).start();
        return task;
    }

    @Test
    void smallImagesDoNotWaitForLargeOnesWhichWaitForEachOther() throws Exception {
        CountDownLatch firstStarted = new CountDownLatch(1), finishFirst = new CountDownLatch(1);
        FutureTask<String> first = start(new FutureTask<>(() -> gate.run(LARGE, () -> {
            firstStarted.countDown();
            await(finishFirst);
            return "first";
        })));
        await(firstStarted);
        FutureTask<String> second = start(new FutureTask<>(() -> gate.run(LARGE, () -> "second")));
        assertEquals("small", gate.run(SMALL, () -> "small"));
        assertFalse(second.isDone());
        finishFirst.countDown();
        assertEquals("first", first.get());
        assertEquals("second", second.get());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void reservesMemoryWhileImagesAreDecoded() throws Exception {
        imageMemory.acquire(90_000_000, "images");
        ApiException busy = assertThrows(ApiException.class, () -> gate.run(LARGE, () -> "decoded"));
        assertEquals(429, busy.status);
        imageMemory.release(90_000_000);
        assertThrows(
                IllegalStateException.class,
                () -> gate.run(LARGE, () -> {
                    throw new IllegalStateException("damaged");
                }));
        assertEquals("decoded", gate.run(LARGE, () -> "decoded"));
    }

    @Test
    void refusesImagesForWhichTheHeapIsTooSmall() {
        long pixels = Runtime.getRuntime().maxMemory();
        ApiException refused = assertThrows(ApiException.class, () -> gate.run(pixels, () -> "decoded"));
        assertEquals(422, refused.status);
        assertTrue(
                refused.getMessage()
                        .matches("The images have .* megapixels, which needs .* GB of memory, and the Java heap of"
                                + " the server has .*\\. Send smaller images, or start the server with a larger heap:"
                                + " MIGE_HEAP=4g mige serve\\."),
                refused.getMessage());
    }
}
