package dev.mige4j.eval.metric;

import dev.mige4j.common.UsageException;
import java.util.Optional;

/**
 * Separates an object in a box from its background. The published protocol uses SAM ViT-H with one mask per box; there,
 * the box is rounded to 4 decimals before it is multiplied by the size of the image.
 */
@FunctionalInterface
public interface Segmenter {

    /**
     * The mask of the object, [height · width] of the image, not 0 where the object is; empty when there is none.
     *
     * @throws UsageException when the image cannot be segmented; the output then has no crop
     */
    Optional<byte[]> segment(EntityRequest request, DetectedBox box);
}
