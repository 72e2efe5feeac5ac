package dev.mige4j.pipeline;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;

/**
 * Progress callback of a request, with the time left and previews; {@link #of} adapts a plain {@link ProgressListener}.
 * Called on the thread that runs the request.
 */
@FunctionalInterface
public interface GenerationListener {

    /** Ignores progress and never cancels. */
    GenerationListener NONE = progress -> true;

    /**
     * Receives the progress: at the start of each stage, after each unit, and within long units about five times a
     * second, then with the same count.
     *
     * @return false to cancel: {@link Mige#generate} then throws {@link dev.mige4j.common.CancelledException}
     */
    boolean onProgress(GenerationProgress progress);

    /** Adapts a plain progress listener, whose item is the name of the {@link Stage}, such as {@code denoising}. */
    static GenerationListener of(ProgressListener listener) {
        UsageException.requireNonNull(listener, "listener");
        return progress -> listener.onProgress(progress.stage().label(), progress.done(), progress.total());
    }
}
