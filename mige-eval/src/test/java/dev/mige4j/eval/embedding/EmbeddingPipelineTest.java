package dev.mige4j.eval.embedding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmbeddingPipelineTest {

    /** Embeds an image as the sum of its first byte and an offset. */
    private record FirstByte(int offset, List<Integer> batchSizes) implements ImageEmbedder {
        @Override
        public Image prepare(Image image) {
            return image.crop(0, 0, 1, 1);
        }

        @Override
        public List<float[]> embedPrepared(List<Image> prepared) {
            batchSizes.add(prepared.size());
            return prepared.stream()
                    .map(image -> new float[] {(image.rgb()[0] & 255) + offset})
                    .toList();
        }

        @Override
        public List<float[]> embedImages(List<Image> images) {
            return embedPrepared(images.stream().map(this::prepare).toList());
        }

        @Override
        public String name() {
            return "first byte";
        }
    }

    final List<Integer> batchSizes = new ArrayList<>();
    final List<String> results = new ArrayList<>();
    final EmbeddingPipeline.Listener<Integer> listener = new EmbeddingPipeline.Listener<>() {
        @Override
        public void embedded(Integer item, List<float[]> embeddings) {
            results.add(item + ": " + embeddings.get(0)[0] + ", " + embeddings.get(1)[0]);
        }

        @Override
        public void unreadable(Integer item, UsageException reason) {
            results.add(item + ": " + reason.getMessage());
        }
    };

    private EmbeddingPipeline pipeline(int batchSize) {
        return new EmbeddingPipeline(
                List.of(new FirstByte(0, batchSizes), new FirstByte(100, new ArrayList<>())), batchSize);
    }

    private static Image image(int item) {
        return Image.filled(2, 2, item << 16);
    }

    @Test
    void givesEachItemItsEmbeddingsInOrder() {
        pipeline(3).embed(List.of(5, 4, 3, 2, 1, 0, 7), EmbeddingPipelineTest::image, listener);
        assertEquals(
                List.of(
                        "5: 5.0, 105.0",
                        "4: 4.0, 104.0",
                        "3: 3.0, 103.0",
                        "2: 2.0, 102.0",
                        "1: 1.0, 101.0",
                        "0: 0.0, 100.0",
                        "7: 7.0, 107.0"),
                results);
        assertEquals(List.of(3, 3, 1), batchSizes);
    }

    @Test
    void reportsImagesThatCannotBeReadAndEmbedsTheOthers() {
        pipeline(2)
                .embed(
                        List.of(1, 2, 3, 4),
                        item -> {
                            if (item != 2) throw new UsageException("%d.png: there is no such file.", item);
                            return image(item);
                        },
                        listener);
        assertEquals(
                List.of(
                        "1: 1.png: there is no such file.",
                        "2: 2.0, 102.0",
                        "3: 3.png: there is no such file.",
                        "4: 4.png: there is no such file."),
                results);
        assertEquals(List.of(1), batchSizes, "a batch without readable images is not embedded");
    }

    /** The listener gets the first batch only after the second was read. */
    @Test
    void readsTheNextBatchWhileOneIsEmbedded() {
        CountDownLatch secondBatchIsRead = new CountDownLatch(2);
        List<Integer> items = IntStream.range(0, 4).boxed().toList();
        pipeline(2)
                .embed(
                        items,
                        item -> {
                            if (item >= 2) secondBatchIsRead.countDown();
                            return image(item);
                        },
                        new EmbeddingPipeline.Listener<Integer>() {
                            @Override
                            public void embedded(Integer item, List<float[]> embeddings) {
                                try {
                                    secondBatchIsRead.await();
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                                listener.embedded(item, embeddings);
                            }

                            @Override
                            public void unreadable(Integer item, UsageException reason) {
                                throw reason;
                            }
                        });
        assertEquals(4, results.size());
    }

    @Test
    void passesOtherFailuresOn() {
        var e = assertThrows(IllegalStateException.class, () -> pipeline(2)
                .embed(
                        List.of(1),
                        item -> {
                            throw new IllegalStateException("a bug");
                        },
                        listener));
        assertEquals("a bug", e.getMessage());
    }
}
