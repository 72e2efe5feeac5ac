package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DecodeGateTest {

    private static final int LARGE = 10_000_000, SMALL = 2_000_000, TINY = 500_000;

    final MemoryBudget imageMemory = new MemoryBudget(300_000_000);
    final AtomicBoolean stopping = new AtomicBoolean();
    final DecodeGate gate = new DecodeGate(imageMemory, stopping::get, Duration.ofMillis(300));
    final CountDownLatch occupied = new CountDownLatch(1), finish = new CountDownLatch(1);

    private static DecodeGate.Client client(String address) {
        return new DecodeGate.Client(address, () -> false);
    }

    private static DecodeGate.Cost cost(int pixels) {
        return new DecodeGate.Cost(pixels, pixels, pixels);
    }

    private <T> T run(int pixels, String address, Supplier<T> work) {
        try {
            return gate.run(cost(pixels), client(address), ended -> work.get());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static <T> FutureTask<T> start(Supplier<T> work) {
        FutureTask<T> task = new FutureTask<>(work::get);
        new Thread(task).start();
        return task;
    }

    /** Decodes an image of so many pixels until {@link #finish}. */
    private FutureTask<String> occupy(int pixels) {
        FutureTask<String> first = start(() -> run(pixels, "first", () -> {
            occupied.countDown();
            await(finish);
            return "first";
        }));
        await(occupied);
        return first;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void smallImagesDoNotWaitForLargeOnesWhichWaitForEachOther() throws Exception {
        FutureTask<String> first = occupy(LARGE), second = start(() -> run(LARGE, "second", () -> "second"));
        assertEquals("small", run(SMALL, "small", () -> "small"));
        assertFalse(second.isDone());
        finish.countDown();
        assertEquals("first", first.get());
        assertEquals("second", second.get());
    }

    @Test
    void requestsWithoutLargeImagesNeedNoPlace() throws Exception {
        FutureTask<String> large = occupy(LARGE);
        CountDownLatch inside = new CountDownLatch(20), end = new CountDownLatch(1);
        List<FutureTask<String>> tiny = new ArrayList<>();
        for (int i = 0; i < 20; i++)
            tiny.add(start(() -> run(TINY, "first", () -> {
                inside.countDown();
                await(end);
                return "tiny";
            })));
        await(inside); // all at the same time
        imageMemory.acquire(50_000_000, "images");
        assertEquals("none", run(0, "first", () -> "none"));
        end.countDown();
        finish.countDown();
        for (FutureTask<String> task : tiny) assertEquals("tiny", task.get());
        large.get();
    }

    @Test
    void smallImagesOfMuchWorkCountAsLargeOnes() throws Exception {
        FutureTask<String> first = occupy(LARGE);
        var progressive = new DecodeGate.Cost(TINY, TINY, 60L * TINY);
        FutureTask<String> second = start(() -> {
            try {
                return gate.run(progressive, client("second"), ended -> "second");
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Thread.sleep(50);
        assertFalse(second.isDone());
        finish.countDown();
        assertEquals("firstsecond", first.get() + second.get());
    }

    @Test
    void aClientWithManyLargeImagesDelaysOthersByOne() throws Exception {
        FutureTask<String> first = occupy(LARGE);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        List<FutureTask<Boolean>> tasks = new ArrayList<>();
        for (String address : List.of("greedy", "greedy", "greedy", "greedy", "other", "third")) {
            tasks.add(start(() -> run(LARGE, address, () -> order.add(address))));
            Thread.sleep(30);
        }
        finish.countDown();
        for (FutureTask<Boolean> task : tasks) task.get();
        first.get();
        assertEquals(List.of("greedy", "other", "third", "greedy", "greedy", "greedy"), order);
    }

    @Test
    void refusesMoreThanSoManyWaitingRequestsOfOneClient() throws Exception {
        FutureTask<String> first = occupy(LARGE);
        List<FutureTask<String>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++)
            waiting.add(start(() -> {
                try {
                    return run(LARGE, "greedy", () -> "decoded");
                } catch (ApiException e) {
                    return e.status + " " + e.retryAfterSeconds;
                }
            }));
        FutureTask<String> other = start(() -> run(LARGE, "other", () -> "decoded"));
        Thread.sleep(100);
        finish.countDown();
        List<String> answers = new ArrayList<>();
        for (FutureTask<String> task : waiting) answers.add(task.get());
        assertEquals(16, Collections.frequency(answers, "decoded"));
        assertEquals(4, Collections.frequency(answers, "429 5"));
        assertEquals("decoded", other.get());
        first.get();
    }

    @Test
    void endsWorkThatTakesTooLong() {
        ApiException slow =
                assertThrows(ApiException.class, () -> gate.run(cost(LARGE), client("a"), this::untilEnded));
        assertEquals("422 image_too_slow", slow.status + " " + slow.code);
        assertEquals("decoded", run(LARGE, "a", () -> "decoded"));
    }

    @Test
    void endsWorkWhenItsClientHasGone() {
        AtomicBoolean gone = new AtomicBoolean();
        ApiException ended = assertThrows(
                ApiException.class,
                () -> gate.run(cost(LARGE), new DecodeGate.Client("a", gone::get), signal -> {
                    gone.set(true);
                    return untilEnded(signal);
                }));
        assertEquals(499, ended.status);
    }

    @Test
    void endsWorkAndWaitingDuringShutdown() throws Exception {
        FutureTask<ApiException> waiting = new FutureTask<>(
                () -> assertThrows(ApiException.class, () -> gate.run(cost(LARGE), client("b"), ended -> "decoded")));
        ApiException ended = assertThrows(
                ApiException.class,
                () -> gate.run(cost(LARGE), client("a"), signal -> {
                    new Thread(waiting).start();
                    stopping.set(true);
                    return untilEnded(signal);
                }));
        assertEquals("503 503", ended.status + " " + waiting.get().status);
    }

    private String untilEnded(BooleanSupplier ended) {
        while (!ended.getAsBoolean()) Thread.onSpinWait();
        throw new CancelledException("cancelled");
    }

    @Test
    void reservesMemoryWhileImagesAreDecoded() {
        imageMemory.acquire(290_000_000, "images");
        ApiException busy = assertThrows(ApiException.class, () -> run(LARGE, "a", () -> "decoded"));
        assertEquals(429, busy.status);
        imageMemory.release(290_000_000);
        assertThrows(
                IllegalStateException.class,
                () -> run(LARGE, "a", () -> {
                    throw new IllegalStateException("damaged");
                }));
        assertEquals("decoded", run(LARGE, "a", () -> "decoded"));
    }

    @Test
    void refusesImagesForWhichTheHeapIsTooSmall() {
        int pixels = (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory());
        ApiException refused = assertThrows(ApiException.class, () -> run(pixels, "a", () -> "decoded"));
        assertEquals(422, refused.status);
        assertTrue(
                refused.getMessage()
                        .matches("The images have .* megapixels, which needs .* GB of memory, and the Java heap of"
                                + " the server has .*\\. Send smaller images, or start the server with a larger heap:"
                                + " MIGE_HEAP=4g mige serve\\."),
                refused.getMessage());
    }
}
