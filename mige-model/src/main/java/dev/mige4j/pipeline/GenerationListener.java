package dev.mige4j.pipeline;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A {@link ProgressListener} that also knows the stage and can show previews. Called on the thread that runs the
 * request.
 */
@FunctionalInterface
public interface GenerationListener extends ProgressListener {

    /** Ignores progress and never cancels. */
    GenerationListener NONE = (stage, done, total, preview) -> true;

    /**
     * @param stage the stage that made progress
     * @param done finished units of this stage; 0 when it starts
     * @param total units of this stage
     * @param preview decodes the current estimate of the result, only when called and only during
     *     {@link Stage#DENOISING}; otherwise empty
     * @return false to cancel: {@link Mige#generate} then throws {@link dev.mige4j.common.CancelledException}
     */
    boolean onProgress(Stage stage, int done, int total, Supplier<Optional<Image>> preview);

    /** {@inheritDoc} The item is the name of a {@link Stage} in lower case, such as {@code denoising}. */
    @Override
    default boolean onProgress(String item, long done, long total) {
        Stage stage = Stage.valueOf(item.toUpperCase(Locale.ROOT));
        return onProgress(stage, Math.toIntExact(done), Math.toIntExact(total), Optional::empty);
    }

    /** Adapts a plain progress listener, which receives the name of the stage as its item. */
    static GenerationListener of(ProgressListener listener) {
        UsageException.requireNonNull(listener, "listener");
        return listener instanceof GenerationListener generationListener
                ? generationListener
                : (stage, done, total, preview) -> listener.onProgress(stage.label(), done, total);
    }
}
