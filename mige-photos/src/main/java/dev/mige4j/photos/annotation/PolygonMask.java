package dev.mige4j.photos.annotation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.UsageException;
import java.util.Arrays;

/**
 * Masks as polygons, as COCO stores them: a list of {@code [x1, y1, x2, y2, ...]} in pixels, with (0, 0) at the corner
 * of the first pixel. A pixel belongs to a polygon if its centre is inside by the even-odd rule, and to the mask if it
 * belongs to one of the polygons. pycocotools rounds to a fifth of a pixel first, so single pixels on the outline may
 * differ.
 */
final class PolygonMask {

    private static final double MAX_COORDINATE = 1e9; // with larger ones, products of differences may overflow

    private PolygonMask() {}

    /**
     * The mask of a list of polygons; parts outside of the photograph are cut off.
     *
     * @throws UsageException when a polygon has fewer than three points, or a coordinate is no number of at most 1e9
     */
    static BinaryMask parse(JsonNode polygons, int width, int height) {
        byte[] pixels = new byte[Math.multiplyExact(width, height)];
        for (JsonNode polygon : polygons) fill(coordinates(polygon), pixels, width, height);
        return BinaryMask.of(width, height, pixels);
    }

    private static double[] coordinates(JsonNode polygon) {
        if (!polygon.isArray() || polygon.size() < 6 || polygon.size() % 2 != 0)
            throw new UsageException("a polygon has %d numbers, expected an even number of at least 6", polygon.size());
        double[] coordinates = new double[polygon.size()];
        for (int i = 0; i < coordinates.length; i++) {
            coordinates[i] = polygon.get(i).doubleValue();
            if (!polygon.get(i).isNumber() || !(Math.abs(coordinates[i]) <= MAX_COORDINATE))
                throw new UsageException("a polygon contains %.100s, expected numbers of at most 1e9", polygon.get(i));
        }
        return coordinates;
    }

    private static void fill(double[] points, byte[] pixels, int width, int height) {
        double top = Double.POSITIVE_INFINITY, bottom = Double.NEGATIVE_INFINITY;
        for (int i = 1; i < points.length; i += 2) {
            top = Math.min(top, points[i]);
            bottom = Math.max(bottom, points[i]);
        }
        int first = (int) Math.max(0, Math.floor(top)), last = (int) Math.min(height - 1.0, Math.ceil(bottom));
        double[] crossings = new double[points.length / 2];
        for (int y = first; y <= last; y++) {
            int count = crossings(points, y + 0.5, crossings);
            Arrays.sort(crossings, 0, count);
            for (int i = 0; i + 1 < count; i += 2) {
                int from = firstCentre(crossings[i], width), to = firstCentre(crossings[i + 1], width);
                Arrays.fill(pixels, y * width + from, y * width + to, (byte) 1);
            }
        }
    }

    /** Where the edges cross the line {@code y}: their x, in any order. */
    private static int crossings(double[] points, double y, double[] crossings) {
        int count = 0;
        double x0 = points[points.length - 2], y0 = points[points.length - 1];
        for (int i = 0; i < points.length; i += 2) {
            double x1 = points[i], y1 = points[i + 1];
            if (y0 <= y != y1 <= y) crossings[count++] = x0 + (y - y0) / (y1 - y0) * (x1 - x0);
            x0 = x1;
            y0 = y1;
        }
        return count;
    }

    /** The first column whose centre is not left of {@code x}, from 0 to {@code width}. */
    private static int firstCentre(double x, int width) {
        return (int) Math.max(0, Math.min(width, Math.ceil(x - 0.5)));
    }
}
