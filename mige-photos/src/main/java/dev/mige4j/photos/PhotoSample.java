package dev.mige4j.photos;

import dev.mige4j.image.Image;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A training sample made from a photograph.
 *
 * @param target the image that the instruction asks for
 * @param source the image to edit, of the same size
 * @param object the object on black, which the instruction shows
 * @param name what the object is, such as "dog"
 * @param instruction the text with a placeholder {@code <imagehere>} for each of {@link PhotoTask#references}
 * @param measures quality measures by name; see {@link QualityMeasures}
 */
public record PhotoSample(
        Image target, Image source, Image object, String name, String instruction, SortedMap<String, Double> measures) {

    /** Copies the measures. */
    public PhotoSample {
        measures = Collections.unmodifiableSortedMap(new TreeMap<>(measures));
    }

    /** The sample with further measures. */
    public PhotoSample withMeasures(Map<String, Double> further) {
        SortedMap<String, Double> all = new TreeMap<>(measures);
        all.putAll(further);
        return new PhotoSample(target, source, object, name, instruction, all);
    }
}
