package dev.mige4j.cli;

import dev.mige4j.image.Image;
import dev.mige4j.train.teach.Teaching;
import dev.mige4j.train.teach.TeachingConfig;
import dev.mige4j.train.teach.TeachingListener;
import dev.mige4j.web.LoraTrainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * Trains the LoRAs that clients of {@code mige serve} ask for, with {@link Teaching}.
 *
 * <p>The images of a subject, and all that is made of them, are in a hidden folder beside the LoRAs while it is
 * trained, and are deleted after the training, whatever its end.
 */
final class TeachingTrainer implements LoraTrainer {

    private static final String ENDING = ".safetensors";
    private static final int MAX_LABEL_LENGTH = 40;

    private final Path folder;
    private final Path model;
    private final Path corpus;

    /**
     * Trainer for a folder.
     *
     * @param folder of the LoRAs
     * @param model folder of the base model; null: the embedded model
     * @param corpus folder of the corpus' drawings, which may be missing
     */
    TeachingTrainer(Path folder, Path model, Path corpus) {
        this.folder = folder;
        this.model = model;
        this.corpus = corpus;
    }

    @Override
    public boolean exists(String name) {
        return Files.exists(fileOf(name));
    }

    private Path fileOf(String name) {
        return folder.resolve(name + ENDING);
    }

    @Override
    public List<String> train(Subject subject, Duration budget, Listener listener) {
        Path work = folder.resolve("." + subject.name() + ".training");
        deleteRecursively(work); // of a server that was killed
        try {
            Path images = Files.createDirectories(work.resolve("images"));
            writeImages(subject, images);
            TeachingConfig config =
                    TeachingConfig.of(subject.name(), subject.style()).withMinutes(budget.toMillis() / 60_000.0);
            return Teaching.run(
                            new Teaching.Paths(images, model, corpus, fileOf(subject.name()), work.resolve("run")),
                            config,
                            new ProgressForwarder(listener))
                    .notices();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deleteRecursively(work);
        }
    }

    /** Names of clients become file names without anything that could be a path. */
    private static void writeImages(Subject subject, Path folder) throws IOException {
        Map<String, String> names = new LinkedHashMap<>();
        for (String label : subject.images().keySet()) {
            String plain = label.replaceAll("[^A-Za-z0-9]+", "-");
            String shortened = plain.substring(0, Math.min(plain.length(), MAX_LABEL_LENGTH));
            names.put(label, String.format(Locale.ROOT, "%02d-%s", names.size() + 1, shortened));
        }
        for (var image : subject.images().entrySet()) write(folder, names.get(image.getKey()), image.getValue());
        for (var mask : subject.masks().entrySet()) write(folder, names.get(mask.getKey()) + "-mask", mask.getValue());
    }

    private static void write(Path folder, String name, Image image) throws IOException {
        Files.write(folder.resolve(name + ".png"), image.toPng(Map.of()));
    }

    private static void deleteRecursively(Path folder) {
        if (!Files.exists(folder)) return;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Passes the progress of a teaching on, with each preview once. */
    private static final class ProgressForwarder implements TeachingListener {

        /** What the items of the progress are for the user. */
        private static final Map<String, String> STAGES =
                Map.of("images", "preparing images", "features", "encoding images", "steps", "training");

        private final Listener listener;
        private final AtomicReference<Image> preview = new AtomicReference<>();
        private volatile String stage = "preparing";

        ProgressForwarder(Listener listener) {
            this.listener = listener;
        }

        @Override
        public boolean onProgress(String item, long done, long total) {
            boolean isTime = item.equals("seconds") && total > 0;
            if (!isTime) return listener.onProgress(new Progress(stage, 0, Optional.empty(), newPreview()));
            double fraction = Math.min(1, (double) done / total);
            Duration remaining = Duration.ofSeconds(Math.max(0, total - done));
            return listener.onProgress(new Progress(stage, fraction, Optional.of(remaining), newPreview()));
        }

        private Optional<Image> newPreview() {
            return Optional.ofNullable(preview.getAndSet(null));
        }

        @Override
        public void onStage(String description) {
            stage = STAGES.getOrDefault(description, description);
        }

        @Override
        public void onPreview(long step, Image grid) {
            preview.set(grid);
        }
    }
}
