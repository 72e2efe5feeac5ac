package dev.mige4j.train.teach;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import java.nio.file.Path;

/**
 * Teaches a model a subject or a style from 3 to 20 images, and writes a LoRA.
 *
 * <pre>
 *   images → cut-outs → records: the subject in scenes, by name and by reference; its own images; other tasks
 *          → features, once → training of the LoRA until the budget is over → OUTPUT.safetensors
 * </pre>
 *
 * All data stay on this machine. A teaching that was stopped or killed goes on when it is started again with the same
 * arguments.
 */
public final class Teaching {

    /** Fewest and most images. */
    public static final int MIN_IMAGES = 3, MAX_IMAGES = 20;

    private Teaching() {}

    /**
     * Where a teaching reads and writes.
     *
     * @param images folder of the images, in it optionally the mask {@code NAME-mask.png} of {@code NAME.jpg}
     * @param model folder of the base model; null: the embedded model
     * @param corpus folder of the corpus' drawings; where they are missing, a few embedded ones take their place
     * @param output the LoRA, a file that does not exist yet
     * @param run folder of records, features, state and previews; goes on with what is in it
     */
    public record Paths(Path images, Path model, Path corpus, Path output, Path run) {

        public Paths {
            UsageException.requireNonNull(images, "images");
            UsageException.requireNonNull(corpus, "corpus");
            UsageException.requireNonNull(output, "output");
            UsageException.requireNonNull(run, "run");
        }
    }

    /**
     * Teaches, in the calling thread, for as long as the configuration says.
     *
     * @throws UsageException when images, name, model or output cannot be used
     * @throws CancelledException when the listener stopped it; the state is saved in {@link Paths#run}
     */
    public static TeachingResult run(Paths paths, TeachingConfig config, TeachingListener listener) {
        throw new UsageException("Teaching '%s' is not available yet.", config.name());
    }
}
