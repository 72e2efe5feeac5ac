package dev.mige4j.eval.embedding;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Embeds many images by several embedders, in batches: while one batch is embedded, the next is read, decoded and
 * prepared by other threads. An image that cannot be read is reported and does not stop the others.
 */
public final class EmbeddingPipeline {

    private static final int BATCH_SIZE = 32;

    /** Receives the result of each item, in order, on the thread that runs the pipeline. */
    public interface Listener<T> {
        /**
         * An image was embedded.
         *
         * @param embeddings one of each embedder, in their order
         */
        void embedded(T item, List<float[]> embeddings);

        /** An image is missing or damaged. */
        void unreadable(T item, UsageException reason);
    }

    /** An image prepared for each embedder, or the reason why there is none. */
    private record Prepared<T>(T item, List<Image> images, UsageException failure) {}

    private final List<ImageEmbedder> embedders;
    private final int batchSize;

    /** With batches of {@value #BATCH_SIZE} images. */
    public EmbeddingPipeline(List<? extends ImageEmbedder> embedders) {
        this(embedders, BATCH_SIZE);
    }

    /** With batches of another size. */
    public EmbeddingPipeline(List<? extends ImageEmbedder> embedders, int batchSize) {
        this.embedders = List.copyOf(embedders);
        this.batchSize = batchSize;
    }

    /**
     * Embeds the images of all items. Returns when the listener has received all results.
     *
     * @param reader decodes the image of an item, on several threads at a time; a {@link UsageException} makes it
     *     unreadable
     */
    public <T> void embed(List<? extends T> items, Function<? super T, Image> reader, Listener<? super T> listener) {
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), task -> {
                    Thread thread = new Thread(task, "mige-image-reader");
                    thread.setDaemon(true);
                    return thread;
                });
        try {
            List<Future<Prepared<T>>> next = prepareBatch(threads, items, 0, reader);
            for (int start = batchSize; !next.isEmpty(); start += batchSize) {
                List<Future<Prepared<T>>> current = next;
                next = prepareBatch(threads, items, start, reader);
                embedBatch(current, listener);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private <T> List<Future<Prepared<T>>> prepareBatch(
            ExecutorService threads, List<? extends T> items, int start, Function<? super T, Image> reader) {
        List<Future<Prepared<T>>> batch = new ArrayList<>();
        for (int i = start; i < Math.min(items.size(), start + batchSize); i++) {
            T item = items.get(i);
            batch.add(threads.submit(() -> prepare(item, reader)));
        }
        return batch;
    }

    private <T> Prepared<T> prepare(T item, Function<? super T, Image> reader) {
        try {
            Image image = reader.apply(item);
            return new Prepared<>(
                    item,
                    embedders.stream().map(embedder -> embedder.prepare(image)).toList(),
                    null);
        } catch (UsageException e) {
            return new Prepared<>(item, List.of(), e);
        }
    }

    private <T> void embedBatch(List<Future<Prepared<T>>> batch, Listener<? super T> listener) {
        List<Prepared<T>> prepared =
                batch.stream().map(EmbeddingPipeline::await).toList();
        List<Prepared<T>> readable =
                prepared.stream().filter(image -> image.failure == null).toList();
        List<List<float[]>> embeddings = new ArrayList<>(); // by embedder, of the readable images
        for (int i = 0; i < embedders.size() && !readable.isEmpty(); i++) {
            int index = i;
            embeddings.add(embedders
                    .get(i)
                    .embedPrepared(readable.stream()
                            .map(image -> image.images.get(index))
                            .toList()));
        }
        int position = 0;
        for (Prepared<T> image : prepared) {
            if (image.failure != null) {
                listener.unreadable(image.item, image.failure);
                continue;
            }
            int row = position++;
            listener.embedded(
                    image.item, embeddings.stream().map(rows -> rows.get(row)).toList());
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) throw failure;
            if (e.getCause() instanceof Error error) throw error;
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("The embedding of images was interrupted.");
        }
    }
}
