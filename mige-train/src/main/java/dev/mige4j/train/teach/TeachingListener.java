package dev.mige4j.train.teach;

import dev.mige4j.image.Image;
import dev.mige4j.train.logging.TrainingListener;

/**
 * Progress of a {@link Teaching}. {@link #onProgress} is called with the item {@code seconds}: those of the budget that
 * are over, and the whole budget; when a number of steps is given, with {@code features} and then {@code steps}. When
 * it returns false, the teaching saves its state and stops at the next step. {@link #onStage} names what is done.
 */
@FunctionalInterface
public interface TeachingListener extends TrainingListener {

    /** Ignores everything and never cancels. */
    TeachingListener NONE = (item, done, total) -> true;

    /**
     * Receives the images that a validation generated, as a grid: a row for the sources, the generated images and the
     * images that were expected.
     *
     * @param step steps of the training until then
     */
    default void onPreview(long step, Image grid) {}
}
