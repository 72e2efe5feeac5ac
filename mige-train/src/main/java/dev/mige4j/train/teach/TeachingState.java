package dev.mige4j.train.teach;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a teaching in a run folder was started with, and how much of its budget is used; the file {@value #FILE_NAME}.
 *
 * @param images fingerprint of the images
 * @param model fingerprint of the base model
 * @param config how it teaches; other minutes or steps are allowed later
 * @param seconds that its runs took
 */
record TeachingState(String images, String model, TeachingConfig config, double seconds) {

    static final String FILE_NAME = "teaching.json";

    TeachingState {
        UsageException.requireNonNull(images, "images");
        UsageException.requireNonNull(model, "model");
        UsageException.requireNonNull(config, "config");
    }

    /**
     * The state of a run folder: the one in it, or that of a new teaching.
     *
     * @throws UsageException when the folder is that of another teaching
     */
    static TeachingState open(Path run, String images, String model, TeachingConfig config) {
        Path file = run.resolve(FILE_NAME);
        TeachingState started = new TeachingState(images, model, config, 0);
        if (!Files.exists(file)) return started;
        TeachingState stored = ConfigFile.read(file, TeachingState.class);
        if (!stored.images.equals(images) || !stored.model.equals(model))
            throw new UsageException(
                    "%s has a teaching that began with other images or another model; delete the folder, or write to"
                            + " another file.",
                    run);
        if (!stored.config
                .withMinutes(config.minutes())
                .withSteps(config.steps())
                .equals(config))
            throw new UsageException(
                    "%s has a teaching that began with other settings, %s; delete the folder, or write to another"
                            + " file.",
                    run, stored.config);
        return new TeachingState(images, model, config, stored.seconds);
    }

    void write(Path run) {
        AtomicFile.write(run.resolve(FILE_NAME), Json.writePretty(this));
    }

    TeachingState withSeconds(double used) {
        return new TeachingState(images, model, config, used);
    }
}
