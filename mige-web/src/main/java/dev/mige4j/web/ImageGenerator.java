package dev.mige4j.web;

import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.GenerationListener;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import dev.mige4j.weights.lora.LoraFile;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The part of {@link Mige} that the server uses, as an interface so that tests can replace the model. */
interface ImageGenerator extends AutoCloseable {

    /**
     * Hands each image to the consumer when it is finished.
     *
     * @param loras adapters that are applied to the model; often empty
     */
    void generate(
            Task task,
            Settings settings,
            List<Lora> loras,
            GenerationListener listener,
            Consumer<GeneratedImage> consumer);

    String name();

    /** Side length in pixels of generated images. */
    int size();

    String hash();

    /** What the model can do, in one sentence. */
    String description();

    /** Replaces every empty setting by the model's default for the task. */
    Settings resolve(Settings settings, Task task);

    /** Remarks for the user about a request before it runs; takes milliseconds. */
    List<String> notices(Task task, Settings settings, List<Lora> loras);

    /** How long a request would take; empty before the speed was measured. */
    Optional<Duration> estimateDuration(Task task, Settings settings);

    /**
     * Checks that adapters were made for this model, by its hash if they state one, and by the shapes of their layers.
     *
     * @throws dev.mige4j.common.UsageException when they were made for another model
     */
    void requireFit(LoraFile file);

    /** Number of models with adapters that are open. */
    int derivedCount();

    /** Number of models with adapters that were opened so far. */
    long openedCount();

    /** Closes what was opened for requests, but not the model. */
    @Override
    void close();

    static ImageGenerator of(Mige mige) {
        return new MigeGenerator(mige);
    }
}
