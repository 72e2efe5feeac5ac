package dev.mige4j.eval.metric;

import dev.mige4j.common.UsageException;
import java.util.List;

/**
 * Finds an object that a text describes in an image. The published protocol uses Grounding DINO
 * ({@code groundingdino_swinb_cogcoor}, box threshold 0.30, text threshold 0.25).
 */
@FunctionalInterface
public interface ObjectDetector {

    /**
     * The boxes above the threshold, in any order; empty when there are none.
     *
     * @throws UsageException when the image cannot be searched; the output then has no crop
     */
    List<DetectedBox> detect(EntityRequest request);
}
