package dev.mige4j.photos.cutout;

import dev.mige4j.image.Image;

/** Rates photographs, such as a predictor of aesthetics. Safe for use by several threads. */
@FunctionalInterface
public interface PhotoScorer {

    /** The score of a photograph; higher is better, in a range that the scorer defines. */
    double score(Image photo);
}
