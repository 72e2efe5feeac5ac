package dev.mige4j.cli;

import dev.mige4j.common.FolderLock;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.train.teach.Teaching;
import dev.mige4j.train.teach.TeachingConfig;
import dev.mige4j.train.teach.TeachingListener;
import dev.mige4j.web.LoraTrainer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
    /** Ending of what a training reads as a mask. */
    private static final String MASK_SUFFIX = "-mask";

    private static final String WORK_SUFFIX = ".training", LOCK = "training";

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
        this.folder = folder.toAbsolutePath().normalize();
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
        Path work = folder.resolve("." + subject.name() + WORK_SUFFIX), images = work.resolve("images");
        try {
            return train(subject, budget, listener, work, images);
        } catch (UsageException e) {
            throw withoutPath(e, images);
        }
    }

    private List<String> train(Subject subject, Duration budget, Listener listener, Path work, Path images) {
        FolderLock lock = lock(work);
        try {
            deleteRecursively(images); // of a server that was killed
            deleteRecursively(work.resolve("run"));
            writeImages(subject, Files.createDirectories(images));
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
            lock.close();
            deleteRecursively(work);
            System.gc(); // frees the tensors of the training, so that the next one finds their memory available
        }
    }

    private static FolderLock lock(Path work) {
        try {
            return FolderLock.acquire(Files.createDirectories(work), LOCK);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Clients know the names of images, but not the folders of the server. */
    private UsageException withoutPath(UsageException e, Path images) {
        if (!e.getMessage().contains(folder.toString())) return e;
        String message = e.getMessage()
                .replace(images + File.separator, "")
                .replace(images.toString(), "images")
                .replace(folder + File.separator, "")
                .replace(folder.toString(), "the server's folder of LoRAs");
        return new UsageException("%s", message, e);
    }

    /** Deletes the images of trainings whose server was killed, but not of those that another server runs now. */
    void deleteInterrupted() {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path work : files.filter(TeachingTrainer::isWorkFolder).toList())
                if (!isInUse(work)) deleteRecursively(work);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isWorkFolder(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(".") && name.endsWith(WORK_SUFFIX) && Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isInUse(Path work) {
        try {
            Optional<FolderLock> lock = FolderLock.tryAcquire(work, LOCK);
            lock.ifPresent(FolderLock::close);
            return lock.isEmpty();
        } catch (UsageException e) { // the folder of another user
            return true;
        }
    }

    /** Names of clients become file names without anything that could be a path. */
    private static void writeImages(Subject subject, Path folder) throws IOException {
        Map<String, String> names = new LinkedHashMap<>();
        for (String label : subject.images().keySet()) {
            String plain = label.replaceAll("[^A-Za-z0-9]+", "-");
            String shortened = plain.substring(0, Math.min(plain.length(), MAX_LABEL_LENGTH));
            String name = String.format(Locale.ROOT, "%02d-%s", names.size() + 1, shortened);
            boolean looksLikeMask = name.toLowerCase(Locale.ROOT).endsWith(MASK_SUFFIX);
            names.put(label, looksLikeMask ? name + "-image" : name);
        }
        for (var image : subject.images().entrySet()) write(folder, names.get(image.getKey()), image.getValue());
        for (var mask : subject.masks().entrySet())
            write(folder, names.get(mask.getKey()) + MASK_SUFFIX, mask.getValue());
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
