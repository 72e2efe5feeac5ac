package mige.pipeline;

import java.util.Optional;
import java.util.function.Supplier;
import mige.image.Picture;

/** Hears how a request goes on, and may end it. Called on the thread that makes the request. */
@FunctionalInterface
public interface Progress {

    /** Hears nothing, ends nothing. */
    Progress NONE = (stage, done, of, preview) -> true;

    /**
     * @param stage   what is being done
     * @param done    units of this stage that are finished, 0 when it begins
     * @param of      units of this stage in all
     * @param preview a rough picture of what is being made, computed only when asked for; only during {@link Stage#DENOISING}
     * @return false to end the request here: {@link Mige#create} then throws {@link CancelledException}
     */
    boolean step(Stage stage, int done, int of, Supplier<Optional<Picture>> preview);
}
