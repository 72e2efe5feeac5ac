package dev.mige4j.pipeline;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Progress callback of a request, with the stage and previews; {@link #of} adapts a plain {@link ProgressListener}.
 * Called on the thread that runs the request.
 */
@FunctionalInterface
public interface GenerationListener {

    /** Ignores progress and never cancels. */
    GenerationListener NONE = (stage, done, total, preview) -> true;

    /**
     * Receives the progress of a stage.
     *
     * @param stage the stage that made progress
     * @param done finished units of this stage; 0 when it starts
     * @param total units of this stage
     * @param preview decodes the current estimate of the result, only when called and only during
     *     {@link Stage#DENOISING}; otherwise empty
     * @return false to cancel: {@link Mige#generate} then throws {@link dev.mige4j.common.CancelledException}
     */
    boolean onProgress(Stage stage, int done, int total, Supplier<Optional<Image>> preview);

    /** Adapts a plain progress listener, whose item is the name of the {@link Stage}, such as {@code denoising}. */
    static GenerationListener of(ProgressListener listener) {
        UsageException.requireNonNull(listener, "listener");
        return (stage, done, total, preview) -> listener.onProgress(stage.label(), done, total);
    }
}
