import dev.mige4j.common.Prefetcher;
import dev.mige4j.eval.embedding.DinoEmbedder;
import dev.mige4j.eval.embedding.ImageEmbedder;
import dev.mige4j.eval.embedding.OpenAiClipEmbedder;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.tensor.Engine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Embeds images with CLIP ViT-B/32 and DINO ViT-S/16; the counterpart of {@code embedding.py}, which makes the images
 * and the weights. Prints the number of images, seconds and processor seconds of each phase alone, then of all, where
 * decoding and embedding overlap as in an evaluation, and the largest difference from the embeddings of that program,
 * relative to the largest value.
 *
 * <p>Usage: java -cp CLASSES EmbeddingSpeed.java FOLDER THREADS BATCH_SIZE
 */
public final class EmbeddingSpeed {

    private static final List<String> NAMES = List.of("clip", "dino");
    private static final int MEASURED_BATCHES = 8; // of each phase alone

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Engine.instance().setNumThreads(Integer.parseInt(arguments[1]));
        int batchSize = Integer.parseInt(arguments[2]);
        List<ImageEmbedder> embedders =
                List.of(OpenAiClipEmbedder.open(folder.resolve("clip")), DinoEmbedder.open(folder.resolve("dino")));
        List<Path> files;
        try (Stream<Path> list = Files.list(folder.resolve("images"))) {
            files = list.sorted().toList();
        }
        phases(files.subList(0, Math.min(batchSize, files.size())), embedders, batchSize, false); // warm-up
        phases(files.subList(0, Math.min(MEASURED_BATCHES * batchSize, files.size())), embedders, batchSize, true);
        all(files, embedders, folder, batchSize);
    }

    /** One phase after another, batch by batch. */
    private static void phases(List<Path> files, List<ImageEmbedder> embedders, int batchSize, boolean print) {
        Stopwatch decode = new Stopwatch(), prepare = new Stopwatch(), clip = new Stopwatch(), dino = new Stopwatch();
        for (int i = 0; i < files.size(); i += batchSize) {
            List<Path> batch = files.subList(i, Math.min(files.size(), i + batchSize));
            decode.start();
            List<Image> images = batch.stream().map(ImageFile::readAsPillow).toList();
            decode.stop();
            prepare.start();
            List<List<Image>> prepared = embedders.stream()
                    .map(embedder -> images.stream().map(embedder::prepare).toList())
                    .toList();
            prepare.stop();
            clip.start();
            embedders.get(0).embedPrepared(prepared.get(0));
            clip.stop();
            dino.start();
            embedders.get(1).embedPrepared(prepared.get(1));
            dino.stop();
        }
        if (!print) return;
        decode.print("decode", files.size());
        prepare.print("prepare", files.size());
        clip.print("CLIP", files.size());
        dino.print("DINO", files.size());
    }

    private static void all(List<Path> files, List<ImageEmbedder> embedders, Path folder, int batchSize)
            throws IOException {
        List<List<float[]>> embeddings = List.of(new ArrayList<>(), new ArrayList<>()); // by embedder
        Stopwatch all = new Stopwatch();
        all.start();
        Prefetcher.<Path, List<Image>>forEachBatch(
                files,
                file -> 1,
                batchSize,
                file -> {
                    Image image = ImageFile.readAsPillow(file);
                    return embedders.stream()
                            .map(embedder -> embedder.prepare(image))
                            .toList();
                },
                batch -> {
                    for (int i = 0; i < embedders.size(); i++) {
                        int index = i;
                        List<Image> prepared =
                                batch.stream().map(images -> images.get(index)).toList();
                        embeddings.get(i).addAll(embedders.get(i).embedPrepared(prepared));
                    }
                    return true;
                });
        all.stop();
        all.print("all", files.size());
        for (int i = 0; i < NAMES.size(); i++) {
            Path expected = folder.resolve(NAMES.get(i) + ".f32");
            if (Files.exists(expected)) compare(NAMES.get(i), expected, embeddings.get(i));
        }
    }

    private static void compare(String name, Path file, List<float[]> embeddings) throws IOException {
        ByteBuffer expected = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        double largest = 0, difference = 0;
        for (float[] embedding : embeddings)
            for (float value : embedding) {
                float other = expected.getFloat();
                largest = Math.max(largest, Math.abs(other));
                difference = Math.max(difference, Math.abs(other - value));
            }
        System.out.printf("difference %s %.1e%n", name, difference / largest);
    }

    /** Adds up elapsed and processor seconds. */
    private static final class Stopwatch {

        private final com.sun.management.OperatingSystemMXBean process =
                ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
        private long nanos, cpuNanos;

        void start() {
            nanos -= System.nanoTime();
            cpuNanos -= process.getProcessCpuTime();
        }

        void stop() {
            nanos += System.nanoTime();
            cpuNanos += process.getProcessCpuTime();
        }

        void print(String phase, int images) {
            System.out.printf("mige4j %s %d %.2f %.2f%n", phase, images, nanos / 1e9, cpuNanos / 1e9);
        }
    }
}
