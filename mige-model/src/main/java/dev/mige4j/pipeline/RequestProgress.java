package dev.mige4j.pipeline;

import dev.mige4j.common.CancelledException;
import dev.mige4j.image.Image;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reports the progress of a request, and ends it by an exception after the listener returned false, an interrupt, or
 * {@link Mige#close}.
 *
 * @param checkOpen throws when the {@link Mige} is closed
 */
record RequestProgress(GenerationListener listener, Runnable checkOpen) {

    void encoded(int done, int total) {
        report(Stage.ENCODING, done, total, Optional::empty);
    }

    /** Always true: a solver's listener returns whether to go on, and cancellation is an exception here. */
    boolean denoised(int done, int total, Supplier<Optional<Image>> preview) {
        report(Stage.DENOISING, done, total, preview);
        return true;
    }

    void decoded(int done, int total) {
        report(Stage.DECODING, done, total, Optional::empty);
    }

    private void report(Stage stage, int done, int total, Supplier<Optional<Image>> preview) {
        checkOpen.run();
        if (!listener.onProgress(stage, done, total, preview))
            throw new CancelledException("cancelled while %s, after %d of %d", stage.label(), done, total);
        // The interrupt flag stays set for the caller.
        if (Thread.currentThread().isInterrupted())
            throw new CancelledException("interrupted while %s, after %d of %d", stage.label(), done, total);
    }
}
