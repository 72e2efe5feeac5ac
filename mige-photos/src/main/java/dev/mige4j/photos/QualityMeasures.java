package dev.mige4j.photos;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.inpainting.EditPair;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Measures of a sample by which bad ones are found in the report.
 *
 * <pre>
 *   object_share     share of the target that the object covers
 *   edited_share     share of the image that may change: the object with a margin
 *   change_inside    mean difference of source and target there, from 0 to 1; a small one means that nothing changed
 *   change_outside   mean difference elsewhere; above 0, the pair differs in more than the object
 * </pre>
 */
public final class QualityMeasures {

    private QualityMeasures() {}

    /**
     * The measures of a pair.
     *
     * @param object the pixels of the object in the target
     */
    public static SortedMap<String, Double> of(EditPair pair, BinaryMask object) {
        Image source = pair.source(), target = pair.target();
        BinaryMask edited = pair.edited();
        byte[] a = source.rgb(), b = target.rgb();
        long inside = 0, outside = 0;
        for (int y = 0, i = 0; y < target.height(); y++)
            for (int x = 0; x < target.width(); x++, i += 3) {
                int change = Math.abs((a[i] & 255) - (b[i] & 255))
                        + Math.abs((a[i + 1] & 255) - (b[i + 1] & 255))
                        + Math.abs((a[i + 2] & 255) - (b[i + 2] & 255));
                if (edited.contains(x, y)) inside += change;
                else outside += change;
            }
        int area = edited.area();
        SortedMap<String, Double> measures = new TreeMap<>();
        measures.put("object_share", round(object.coverage()));
        measures.put("edited_share", round(edited.coverage()));
        measures.put("change_inside", meanChange(inside, area));
        measures.put("change_outside", meanChange(outside, target.width() * target.height() - area));
        return measures;
    }

    private static double meanChange(long sum, int pixels) {
        return pixels == 0 ? 0 : round(sum / (3 * 255.0 * pixels));
    }

    /** Four decimals: more would be noise in the files. */
    static double round(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
