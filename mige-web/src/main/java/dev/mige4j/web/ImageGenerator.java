package dev.mige4j.web;

import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.GenerationListener;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The part of {@link Mige} that the server uses, as an interface so that tests can replace the model. */
interface ImageGenerator {

    /** Hands each image to the consumer when it is finished. */
    void generate(Task task, Settings settings, GenerationListener listener, Consumer<GeneratedImage> consumer);

    String name();

    /** Side length in pixels of generated images. */
    int size();

    String hash();

    /** What the model can do, in one sentence. */
    String description();

    /** Replaces every empty setting by the model's default for the task. */
    Settings resolve(Settings settings, Task task);

    /** Remarks for the user about a request before it runs; takes milliseconds. */
    List<String> notices(Task task, Settings settings);

    /** How long a request would take; empty before the speed was measured. */
    Optional<Duration> estimateDuration(Task task, Settings settings);

    static ImageGenerator of(Mige mige) {
        return new ImageGenerator() {
            @Override
            public void generate(
                    Task task, Settings settings, GenerationListener listener, Consumer<GeneratedImage> consumer) {
                mige.generate(task, settings, listener, consumer);
            }

            @Override
            public String name() {
                return mige.name();
            }

            @Override
            public int size() {
                return mige.imageSize();
            }

            @Override
            public String hash() {
                return mige.modelHash();
            }

            @Override
            public String description() {
                return mige.description();
            }

            @Override
            public Settings resolve(Settings settings, Task task) {
                return mige.resolve(settings, task);
            }

            @Override
            public List<String> notices(Task task, Settings settings) {
                return mige.notices(task, settings);
            }

            @Override
            public Optional<Duration> estimateDuration(Task task, Settings settings) {
                return mige.estimateDuration(task, settings);
            }
        };
    }
}
