package dev.mige4j.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.PeerLostException;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class ProcessGroupTest {

    private static final String HOST = "127.0.0.1";

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Calls a function for the ranks 0 and 1 at once, each in a thread of its own. */
    private static <T> CompletableFuture<T>[] both(IntFunction<T> work) {
        CompletableFuture<T>
                first = CompletableFuture.supplyAsync(() -> work.apply(0), task -> new Thread(task).start()),
                second = CompletableFuture.supplyAsync(() -> work.apply(1), task -> new Thread(task).start());
        @SuppressWarnings({"unchecked", "rawtypes"})
        CompletableFuture<T>[] both = new CompletableFuture[] {first, second};
        return both;
    }

    private static <T> CompletableFuture<T>[] inGroup(Function<ProcessGroup, T> work) {
        int port = freePort();
        return both(rank -> {
            try (ProcessGroup group = ProcessGroup.init(HOST, port, rank, 2)) {
                return work.apply(group);
            }
        });
    }

    private static float[] ranks(ProcessGroup group) {
        return new float[] {group.rank() + 1, 10 * (group.rank() + 1)};
    }

    @Test
    void sumsTheTensorsOfAllProcesses() {
        for (var sum : inGroup(group -> {
            Tensor x = Tensor.of(ranks(group), 2);
            group.allReduceSum(x);
            return x.toFloatArray();
        })) assertArrayEquals(new float[] {3, 30}, sum.join());
    }

    @Test
    void replacesTheTensorsByThatOfTheFirstProcess() {
        for (var first : inGroup(group -> {
            Tensor x = Tensor.of(ranks(group), 2);
            group.broadcast(x);
            return x.toFloatArray();
        })) assertArrayEquals(new float[] {1, 10}, first.join());
    }

    @Test
    void aProcessThatIsGoneIsReported() {
        var results = inGroup(group -> {
            if (group.rank() == 1) return "gone";
            return assertThrows(PeerLostException.class, () -> group.allReduceSum(Tensor.zeros(1)))
                    .getMessage();
        });
        String message = results[0].join();
        assertTrue(
                message.matches(
                        "The connection to another process is lost \\(.*\\); start all processes again to go on\\."),
                message);
    }

    private static String refusal(CompletableFuture<?> process) {
        Throwable failure = assertThrows(RuntimeException.class, process::join).getCause();
        return assertThrows(UsageException.class, () -> {
                    throw failure;
                })
                .getMessage();
    }

    @Test
    void processesThatDoNotFitTogetherAreRefused() {
        int port = freePort();
        var sizes = both(rank -> ProcessGroup.init(HOST, port, rank, rank + 2));
        assertEquals("This process is one of 3, the first process one of 2; all must agree.", refusal(sizes[1]));
        assertEquals("A process does not fit to the group; its own message says why.", refusal(sizes[0]));
    }

    @Test
    void aProcessThatStopsBeatingIsLost() throws InterruptedException {
        AtomicLong[] counters = {new AtomicLong(), new AtomicLong()};
        Duration limit = Duration.ofMillis(300);
        try (Heartbeat first = new Heartbeat(0, 2, limit, (r, n) -> counters[r].addAndGet(n))) {
            try (Heartbeat second = new Heartbeat(1, 2, limit, (r, n) -> counters[r].addAndGet(n))) {
                Thread.sleep(2 * limit.toMillis());
                assertEquals(-1, first.lostRank());
                assertEquals(-1, second.lostRank());
            }
            Thread.sleep(2 * limit.toMillis());
            assertEquals(1, first.lostRank());
        }
    }

    @Test
    void anUnknownHostIsNamed() {
        assertEquals(
                "There is no host 'no-such-host.invalid', expected the address of the first machine.",
                assertThrows(UsageException.class, () -> ProcessGroup.init("no-such-host.invalid", 29500, 1, 2))
                        .getMessage());
    }
}
