package dev.mige4j.train.teach;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.train.TrainRunner;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a teaching in a run folder was started with, and how much of its budget is used; the file {@value #FILE_NAME}.
 *
 * @param images fingerprint of the images
 * @param model fingerprint of the base model
 * @param config how it teaches; other minutes or steps are allowed later
 * @param records number of training records, which stays the same with other minutes or steps
 * @param seconds that its runs took
 */
record TeachingState(String images, String model, TeachingConfig config, int records, double seconds) {

    static final String FILE_NAME = "teaching.json";

    TeachingState {
        UsageException.requireNonNull(images, "images");
        UsageException.requireNonNull(model, "model");
        UsageException.requireNonNull(config, "config");
        if (records < 1) throw new UsageException("records is %d, expected at least 1.", records);
    }

    /**
     * The state of a run folder: the one in it, or that of a new teaching, also where another one was refused before it
     * began.
     *
     * @throws UsageException when the folder is that of another teaching
     */
    static TeachingState open(Path run, String images, String model, TeachingConfig config, int records) {
        Path file = run.resolve(FILE_NAME);
        TeachingState started = new TeachingState(images, model, config, records, 0);
        if (!Files.exists(file)) return started;
        TeachingState stored = ConfigFile.read(file, TeachingState.class);
        if (stored.seconds == 0 && !TrainRunner.hasBegun(run)) return started;
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
        return new TeachingState(images, model, config, stored.records, stored.seconds);
    }

    void write(Path run) {
        AtomicFile.write(run.resolve(FILE_NAME), Json.writePretty(this));
    }

    TeachingState withSeconds(double used) {
        return new TeachingState(images, model, config, records, used);
    }
}
