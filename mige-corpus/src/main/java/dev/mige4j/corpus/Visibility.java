package dev.mige4j.corpus;

import dev.mige4j.corpus.Example.BoundingBox;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Thresholds the visible coverage of objects. */
final class Visibility {

    private static final float THRESHOLD = 0.35f;

    private Visibility() {}

    /** Whether an object is visible in pixel {@code i}; {@code coverage} [size*size] is null for a missing object. */
    static boolean isVisible(float[] coverage, int i) {
        return coverage != null && coverage[i] > THRESHOLD;
    }

    /** The bounds of the visible pixels of all objects; empty when there are none. Missing objects are null. */
    static Optional<BoundingBox> bounds(List<float[]> coverages, int size) {
        int left = size, top = size, right = 0, bottom = 0;
        for (float[] coverage : coverages.stream().filter(Objects::nonNull).toList())
            for (int i = 0; i < size * size; i++) {
                if (!isVisible(coverage, i)) continue;
                left = Math.min(left, i % size);
                right = Math.max(right, i % size + 1);
                top = Math.min(top, i / size);
                bottom = Math.max(bottom, i / size + 1);
            }
        return right == 0 ? Optional.empty() : Optional.of(new BoundingBox(left, top, right, bottom));
    }
}
