package dev.mige4j.photos.inpainting;

import static dev.mige4j.photos.inpainting.PatchPyramid.FEATURES;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One resolution of {@link PatchMatchInpainter}: pixels with a hole, and for each patch that overlaps the hole the most
 * similar patch outside of it.
 */
final class PatchMatchLevel {

    /** Patches have {@code 2 * RADIUS + 1} pixels a side. */
    static final int RADIUS = 3;

    private static final int PATCH_AREA = (2 * RADIUS + 1) * (2 * RADIUS + 1);

    /** Searches for better matches in each iteration, alternately down and up. */
    private static final int SWEEPS = 3;

    /**
     * Squared difference per pixel of a patch and its match that are a whole height of the image apart, or a whole
     * width, at the coarsest resolution; half of it at the next, and so on.
     */
    private static final float HEIGHT_WEIGHT = 60_000, WIDTH_WEIGHT = HEIGHT_WEIGHT / 4;

    /** Squared difference per pixel for each further time that a patch is used as often as on average. */
    private static final float REPETITION_WEIGHT = 60;

    /** Matches may be used this often, relative to the average, without a penalty. */
    private static final float FREE_REPETITIONS = 2;

    /** Uses are counted in cells of this many pixels a side. */
    private static final int CELL = 4;

    /** How fast the weight of a patch falls with its distance; a patch at the upper quartile has exp(-2). */
    private static final double SELECTIVITY = 2;

    /** An iteration that changes the colours by less than this on average is the last. */
    private static final double SMALL_CHANGE = 0.5;

    private final int width, height;
    private final float[] features; // [height, width, FEATURES]
    private final boolean[] hole;
    private final boolean[] source; // whether the patch around a pixel is inside the image and outside the hole
    private final int[] targets; // the pixels whose patches overlap the hole, in reading order
    private final int[] match; // of each target; -1 for other pixels
    private final float[] distance; // squared, of each target's patch from its match
    private final int[] uses; // of the matches in each cell
    private final float meanUses, distanceDecay;
    private final SplittableRandom random = new SplittableRandom(1); // the same image and mask give the same result

    /**
     * @param features [height, width, FEATURES]; becomes the property of this level
     * @param coarserLevels how many coarser resolutions there are
     */
    PatchMatchLevel(int width, int height, float[] features, boolean[] hole, int coarserLevels) {
        this.width = width;
        this.height = height;
        this.features = features;
        this.hole = hole;
        boolean[] overlaps = overlaps();
        source = new boolean[hole.length];
        match = new int[hole.length];
        int[] overlapping = new int[hole.length];
        int targetCount = 0, sourceCount = 0;
        for (int i = 0; i < hole.length; i++) {
            match[i] = -1;
            if (overlaps[i]) {
                overlapping[targetCount++] = i;
                continue;
            }
            int x = i % width, y = i / width;
            source[i] = x >= RADIUS && y >= RADIUS && x < width - RADIUS && y < height - RADIUS;
            if (source[i]) sourceCount++;
        }
        targets = Arrays.copyOf(overlapping, targetCount);
        distance = new float[hole.length];
        uses = new int[cells(width) * cells(height)];
        meanUses = Math.max(1, (float) targetCount / Math.max(1, sourceCount) * CELL * CELL);
        distanceDecay = (float) Math.pow(0.5, coarserLevels);
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    boolean isHole(int pixel) {
        return hole[pixel];
    }

    float feature(int pixel, int feature) {
        return features[pixel * FEATURES + feature];
    }

    /** Whether there is a patch to copy from. */
    boolean hasSources() {
        for (boolean isSource : source) if (isSource) return true;
        return false;
    }

    /** Writes the colours of the hole into an image of this size, [height, width, 3]. */
    void writeHole(byte[] rgb) {
        for (int i = 0; i < hole.length; i++)
            for (int c = 0; c < 3 && hole[i]; c++)
                rgb[3 * i + c] = (byte) Math.max(0, Math.min(255, Math.round(feature(i, c))));
    }

    /** Fills the hole smoothly: each value becomes the mean of its four neighbours, by successive over-relaxation. */
    void interpolate() {
        float[] mean = new float[FEATURES];
        int known = 0;
        for (int i = 0; i < hole.length; i++) {
            if (hole[i]) continue;
            known++;
            for (int c = 0; c < FEATURES; c++) mean[c] += feature(i, c);
        }
        for (int i = 0; i < hole.length; i++)
            for (int c = 0; c < FEATURES && hole[i]; c++)
                features[i * FEATURES + c] = known == 0 ? 128 : mean[c] / known;
        float change = 1;
        for (int n = 0; n < 1000 && change > 0.1f; n++) {
            change = 0;
            for (int i = 0; i < hole.length; i++) if (hole[i]) change = Math.max(change, relax(i));
        }
    }

    private float relax(int pixel) {
        int x = pixel % width, y = pixel / width;
        int left = x > 0 ? pixel - 1 : pixel, right = x < width - 1 ? pixel + 1 : pixel;
        int above = y > 0 ? pixel - width : pixel, below = y < height - 1 ? pixel + width : pixel;
        float change = 0;
        for (int c = 0; c < FEATURES; c++) {
            float mean = (feature(left, c) + feature(right, c) + feature(above, c) + feature(below, c)) / 4;
            float step = 1.7f * (mean - feature(pixel, c));
            features[pixel * FEATURES + c] += step;
            change = Math.max(change, Math.abs(step));
        }
        return change;
    }

    /** Starts with a random match of each target. */
    void matchRandomly() {
        for (int target : targets) match[target] = randomSource();
        countUses();
    }

    private int randomSource() {
        int pixel = random.nextInt(hole.length);
        while (!source[pixel]) pixel = random.nextInt(hole.length);
        return pixel;
    }

    /** Starts with the matches of half the resolution, and with the pixels that they give. */
    void matchAs(PatchMatchLevel coarse) {
        for (int target : targets) {
            int x = target % width, y = target / width, coarseTarget = y / 2 * coarse.width + x / 2;
            int coarseMatch = coarse.match[coarseTarget];
            int matchX = 2 * (coarseMatch % coarse.width) + x % 2, matchY = 2 * (coarseMatch / coarse.width) + y % 2;
            boolean usable = coarseMatch >= 0 && matchX < width && matchY < height && source[matchY * width + matchX];
            match[target] = usable ? matchY * width + matchX : randomSource();
            distance[target] = usable ? coarse.distance[coarseTarget] : Float.MAX_VALUE;
        }
        countUses();
        vote();
    }

    private void countUses() {
        for (int target : targets) uses[cell(match[target])]++;
    }

    /** Improves matches and pixels in turns. */
    void optimize(int iterations) {
        double change = Double.MAX_VALUE;
        for (int i = 0; i < iterations && change > SMALL_CHANGE; i++) {
            measure();
            for (int sweep = 0; sweep < SWEEPS; sweep++) search(sweep % 2 == 0 ? 1 : -1);
            change = vote();
        }
    }

    private void measure() {
        for (int target : targets) distance[target] = distance(target, match[target], Float.MAX_VALUE);
    }

    /** Tries the matches of the neighbours that were visited before, moved by one, and random ones ever nearer. */
    private void search(int direction) {
        for (int n = 0; n < targets.length; n++) {
            int target = targets[direction > 0 ? n : targets.length - 1 - n];
            int x = target % width, y = target / width;
            if (x - direction >= 0 && x - direction < width) propagate(target, target - direction, direction, 0);
            if (y - direction >= 0 && y - direction < height)
                propagate(target, target - direction * width, 0, direction);
            int matchX = match[target] % width, matchY = match[target] / width;
            for (int radius = Math.max(width, height); radius >= 1; radius /= 2)
                tryMatch(target, matchX + offset(radius), matchY + offset(radius));
        }
    }

    private int offset(int radius) {
        return random.nextInt(2 * radius + 1) - radius;
    }

    private void propagate(int target, int neighbour, int dx, int dy) {
        if (match[neighbour] >= 0) tryMatch(target, match[neighbour] % width + dx, match[neighbour] / width + dy);
    }

    private void tryMatch(int target, int x, int y) {
        if (x < 0 || y < 0 || x >= width || y >= height) return;
        int candidate = y * width + x;
        if (!source[candidate] || candidate == match[target]) return;
        float limit = distance[target] + prior(target, match[target], 0) - prior(target, candidate, 1);
        if (limit <= 0) return;
        float candidateDistance = distance(target, candidate, limit);
        if (candidateDistance >= limit) return;
        uses[cell(match[target])]--;
        uses[cell(candidate)]++;
        match[target] = candidate;
        distance[target] = candidateDistance;
    }

    /** The cost of a match because of its place, and of its cell, which then has {@code more} further uses. */
    private float prior(int target, int candidate, int more) {
        float dx = (target % width - candidate % width) / (float) width;
        float dy = (target / width - candidate / width) / (float) height;
        float repetitions = Math.max(0, (uses[cell(candidate)] + more) / meanUses - FREE_REPETITIONS);
        return PATCH_AREA
                * (distanceDecay * (HEIGHT_WEIGHT * dy * dy + WIDTH_WEIGHT * dx * dx)
                        + REPETITION_WEIGHT * repetitions);
    }

    private int cell(int pixel) {
        return pixel / width / CELL * cells(width) + pixel % width / CELL;
    }

    private static int cells(int side) {
        return (side + CELL - 1) / CELL;
    }

    /**
     * The squared difference of two patches; of a target that reaches over the border, the part inside counts for all.
     * A value of {@code limit} or more is not exact.
     */
    private float distance(int target, int candidate, float limit) {
        int x = target % width, y = target / width;
        int left = -Math.min(RADIUS, x), right = Math.min(RADIUS, width - 1 - x);
        int top = -Math.min(RADIUS, y), bottom = Math.min(RADIUS, height - 1 - y);
        int length = (right - left + 1) * FEATURES;
        float whole = (float) PATCH_AREA / ((right - left + 1) * (bottom - top + 1)), sum = 0;
        for (int dy = top; dy <= bottom; dy++) {
            int a = (target + dy * width + left) * FEATURES, b = (candidate + dy * width + left) * FEATURES;
            for (int i = 0; i < length; i++) {
                float difference = features[a + i] - features[b + i];
                sum += difference * difference;
            }
            if (sum * whole >= limit) return sum * whole;
        }
        return sum * whole;
    }

    /**
     * Each pixel of the hole becomes the weighted mean of what the patches around it propose, where similar patches
     * weigh more; returns the mean change of a colour.
     */
    private double vote() {
        float[] changed = features.clone();
        Proposals proposals = new Proposals();
        double change = 0;
        int pixels = 0;
        for (int target : targets) {
            if (!hole[target]) continue;
            proposals.collect(target);
            proposals.average(changed, target * FEATURES);
            for (int c = 0; c < 3; c++) change += Math.abs(changed[target * FEATURES + c] - feature(target, c)) / 3;
            pixels++;
        }
        System.arraycopy(changed, 0, features, 0, features.length);
        return change / pixels;
    }

    /** Each pixel of the hole becomes what the most similar patch around it proposes, which keeps it sharp. */
    void copyBestMatches() {
        measure();
        float[] changed = features.clone();
        Proposals proposals = new Proposals();
        for (int target : targets) {
            if (!hole[target]) continue;
            proposals.collect(target);
            System.arraycopy(features, proposals.best() * FEATURES, changed, target * FEATURES, FEATURES);
        }
        System.arraycopy(changed, 0, features, 0, features.length);
    }

    /** What the patches around a pixel propose for it. */
    private final class Proposals {

        private final int[] pixels = new int[PATCH_AREA];
        private final float[] distances = new float[PATCH_AREA], sorted = new float[PATCH_AREA];
        private int count;

        void collect(int target) {
            int x = target % width, y = target / width;
            count = 0;
            for (int dy = -Math.min(RADIUS, y); dy <= Math.min(RADIUS, height - 1 - y); dy++)
                for (int dx = -Math.min(RADIUS, x); dx <= Math.min(RADIUS, width - 1 - x); dx++) {
                    int centre = target + dy * width + dx;
                    pixels[count] = match[centre] - dy * width - dx;
                    distances[count++] = distance[centre];
                }
        }

        void average(float[] values, int at) {
            System.arraycopy(distances, 0, sorted, 0, count);
            Arrays.sort(sorted, 0, count);
            double best = sorted[0], scale = SELECTIVITY / Math.max(1, sorted[3 * (count - 1) / 4]), total = 0;
            double[] sums = new double[FEATURES];
            for (int i = 0; i < count; i++) {
                double weight = Math.exp(scale * (best - distances[i]));
                total += weight;
                for (int c = 0; c < FEATURES; c++) sums[c] += weight * feature(pixels[i], c);
            }
            for (int c = 0; c < FEATURES; c++) values[at + c] = (float) (sums[c] / total);
        }

        /** The pixel that the most similar patch proposes. */
        int best() {
            int best = 0;
            for (int i = 1; i < count; i++) if (distances[i] < distances[best]) best = i;
            return pixels[best];
        }
    }

    /** The pixels whose patches overlap the hole. */
    private boolean[] overlaps() {
        boolean[] rows = new boolean[hole.length], overlaps = new boolean[hole.length];
        for (int i = 0; i < hole.length; i++)
            for (int x = Math.max(0, i % width - RADIUS); hole[i] && x <= Math.min(width - 1, i % width + RADIUS); x++)
                rows[i - i % width + x] = true;
        for (int i = 0; i < hole.length; i++)
            for (int y = Math.max(0, i / width - RADIUS); rows[i] && y <= Math.min(height - 1, i / width + RADIUS); y++)
                overlaps[y * width + i % width] = true;
        return overlaps;
    }
}
