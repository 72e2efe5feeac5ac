package dev.mige4j.pipeline;

import dev.mige4j.image.Image;
import java.util.Optional;
import java.util.function.Supplier;

/** Hears how a request goes on, and may end it. Called on the thread that makes the request. */
@FunctionalInterface
public interface GenerationListener {

    /** Hears nothing, ends nothing. */
    GenerationListener NONE = (stage, done, total, preview) -> true;

    /**
     * @param stage what is being done
     * @param done units of this stage that are finished, 0 when it begins
     * @param total units of this stage in all
     * @param preview a rough picture of what is being made, computed only when asked for; only during
     *     {@link Stage#DENOISING}
     * @return false to end the request here: {@link Mige#generate} then throws
     *     {@link dev.mige4j.common.CancelledException}
     */
    boolean onProgress(Stage stage, int done, int total, Supplier<Optional<Image>> preview);
}
