package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class PrefetcherTest {

    final List<List<String>> batches = new ArrayList<>();

    @Test
    void passesAllItemsOnInOrderInBatches() {
        assertTrue(Prefetcher.forEachBatch(List.of(1, 2, 3, 4, 5), item -> 1, 2, String::valueOf, batches::add));
        assertEquals(List.of(List.of("1", "2"), List.of("3", "4"), List.of("5")), batches);
        assertTrue(Prefetcher.forEachBatch(List.<Integer>of(), item -> 1, 2, String::valueOf, batch -> false));
    }

    @Test
    void fillsBatchesByTheSizeOfTheItems() {
        Prefetcher.forEachBatch(List.of(1, 3, 1, 1, 9, 1), item -> item, 3, String::valueOf, batches::add);
        assertEquals(List.of(List.of("1", "3"), List.of("1", "1", "9"), List.of("1")), batches);
    }

    @Test
    void readsTheNextBatchWhileOneIsProcessed() {
        CountDownLatch secondBatchIsRead = new CountDownLatch(2);
        Prefetcher.forEachBatch(
                List.of(0, 1, 2, 3),
                item -> 1,
                2,
                item -> {
                    if (item >= 2) secondBatchIsRead.countDown();
                    return item;
                },
                batch -> {
                    try {
                        return secondBatchIsRead.await(10, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
        assertEquals(0, secondBatchIsRead.getCount());
    }

    @Test
    void stopsWhenTheProcessorSaysSo() {
        assertFalse(Prefetcher.forEachBatch(List.of(1, 2, 3), item -> 1, 1, String::valueOf, batch -> {
            batches.add(batch);
            return batches.size() < 2;
        }));
        assertEquals(2, batches.size());
    }

    @Test
    void throwsWhatAReaderThrows() {
        var e = assertThrows(
                UsageException.class,
                () -> Prefetcher.forEachBatch(
                        List.of(1, 2),
                        item -> 1,
                        1,
                        item -> {
                            if (item == 2) throw new UsageException("2.png: there is no such file.");
                            return String.valueOf(item);
                        },
                        batches::add));
        assertEquals("2.png: there is no such file.", e.getMessage());
        assertEquals(1, batches.size());
    }

    @Test
    void returnsWhenNoItemIsBeingReadAnyMore() {
        CountDownLatch secondIsBeingRead = new CountDownLatch(1), neverOpened = new CountDownLatch(1);
        AtomicBoolean finished = new AtomicBoolean();
        Prefetcher.forEachBatch(
                List.of(1, 2),
                item -> 1,
                1,
                item -> {
                    if (item == 1) return item;
                    secondIsBeingRead.countDown();
                    try {
                        neverOpened.await();
                    } catch (InterruptedException e) { // when the processor stops: some work cannot
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
                    }
                    finished.set(true);
                    return item;
                },
                batch -> {
                    try {
                        secondIsBeingRead.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return false;
                });
        assertTrue(finished.get());
    }
}
