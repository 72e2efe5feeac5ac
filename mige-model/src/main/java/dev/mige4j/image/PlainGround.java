package dev.mige4j.image;

import java.util.Arrays;
import java.util.Optional;

/**
 * The uniform background of a cut-out, and the subject in front of it.
 *
 * <p>The background is what a flood fill from the border reaches, so areas of its colour inside the subject belong to
 * the subject. Within {@link #edgeRadius} pixels of the background, the opacity of a pixel is estimated from its colour
 * distance to the background, relative to the largest distance nearby; elsewhere it is 1.
 */
final class PlainGround {

    /** Largest distance of border pixels from the ground colour that counts as noise, of 255. */
    private static final int MAX_NOISE = 16;

    /** Distance from the colour of a ground without noise that still counts as ground. */
    private static final int EXACT_TOLERANCE = 2;

    /** Smallest colour distance of a pixel that is certainly opaque, of 255. */
    private static final int OPAQUE_DISTANCE = 40;

    /** Fraction of the border that must be ground, with noise, and for a ground without noise. */
    private static final double MIN_BORDER = 0.94, MIN_EXACT_BORDER = 0.5;

    /** Least fraction of the image that is ground; less is the frame of a scene. */
    private static final double MIN_AREA = 0.15;

    private final int width, height;
    private final byte[] rgb;
    private final int[] colour; // of the ground
    private final int tolerance;
    private final boolean[] ground; // [height * width]

    private PlainGround(Image image, int[] colour, int tolerance) {
        this.width = image.width();
        this.height = image.height();
        this.rgb = image.rawPixels();
        this.colour = colour;
        this.tolerance = tolerance;
        this.ground = floodFill();
    }

    /** The ground of an image; empty when it is a scene, or when nothing stands in front of the ground. */
    static Optional<PlainGround> find(Image anyImage) {
        Image image = anyImage.flatten(0);
        if (image.width() < 4 || image.height() < 4) return Optional.empty();
        int[] border = borderPixels(image.width(), image.height());
        int[] corners = {0, image.width() - 1, (image.height() - 1) * image.width(), image.width() * image.height() - 1
        };
        byte[] rgb = image.rawPixels();
        int[] corner = {rgb[0] & 255, rgb[1] & 255, rgb[2] & 255};
        boolean exact = Arrays.stream(corners).allMatch(i -> distance(rgb, i, corner) == 0)
                && fractionWithin(rgb, border, corner, 0) >= MIN_EXACT_BORDER;
        if (exact) {
            PlainGround ground = new PlainGround(image, corner, EXACT_TOLERANCE);
            if (ground.isPlausible()) return Optional.of(ground);
        }
        int[] median = medianColour(rgb, border);
        if (fractionWithin(rgb, border, median, MAX_NOISE) < MIN_BORDER) return Optional.empty();
        int[] distances = Arrays.stream(border)
                .map(i -> distance(rgb, i, median))
                .sorted()
                .toArray();
        int noise = Math.min(MAX_NOISE, distances[(int) (MIN_BORDER * (distances.length - 1))]);
        PlainGround ground = new PlainGround(image, median, Math.min(MAX_NOISE, 4 + 2 * noise));
        return ground.isPlausible() ? Optional.of(ground) : Optional.empty();
    }

    private boolean isPlausible() {
        int area = 0;
        for (boolean isGround : ground) if (isGround) area++;
        return area >= MIN_AREA * ground.length && area < ground.length;
    }

    /** Whether the ground is black without noise, so that the image needs no matte. */
    boolean isExactBlack() {
        return tolerance == EXACT_TOLERANCE && colour[0] == 0 && colour[1] == 0 && colour[2] == 0;
    }

    /** The image with the ground replaced by black, and the box of what is visible in front of it. */
    Cutout cutOut() {
        byte[] cut = new byte[rgb.length];
        int left = width, top = height, right = -1, bottom = -1;
        int[] nearGround = distanceToGround();
        for (int y = 0, i = 0; y < height; y++)
            for (int x = 0; x < width; x++, i++) {
                if (ground[i]) continue;
                double alpha = isExactBlack() ? 1 : opacity(x, y, nearGround);
                for (int c = 0; c < 3; c++)
                    cut[3 * i + c] = (byte)
                            Math.max(0, Math.min(255, (int) ((rgb[3 * i + c] & 255) - (1 - alpha) * colour[c] + 0.5)));
                if (alpha < 0.1) continue;
                left = Math.min(left, x);
                right = Math.max(right, x);
                top = Math.min(top, y);
                bottom = Math.max(bottom, y);
            }
        return new Cutout(
                Image.wrap(width, height, cut),
                right < 0
                        ? Optional.empty()
                        : Optional.of(new ImagePreprocessing.Box(left, top, right - left + 1, bottom - top + 1)));
    }

    /** The image with the opacity of its subject as alpha, its colours freed from those of the ground. */
    Image withAlpha() {
        byte[] colours = rgb.clone(), alpha = new byte[ground.length];
        int[] nearGround = distanceToGround();
        for (int y = 0, i = 0; y < height; y++)
            for (int x = 0; x < width; x++, i++) {
                if (ground[i]) continue;
                double opacity = opacity(x, y, nearGround);
                alpha[i] = (byte) (int) (255 * opacity + 0.5);
                if (opacity == 0) continue;
                for (int c = 0; c < 3; c++) {
                    double own = ((rgb[3 * i + c] & 255) - (1 - opacity) * colour[c]) / opacity;
                    colours[3 * i + c] = (byte) Math.max(0, Math.min(255, (int) (own + 0.5)));
                }
            }
        return Image.wrap(width, height, colours, alpha);
    }

    /**
     * A subject on black.
     *
     * @param image the subject, premultiplied with its opacity
     * @param box its bounds; empty when nothing is visible
     */
    record Cutout(Image image, Optional<ImagePreprocessing.Box> box) {}

    /** How far from the ground the opacity is estimated, in pixels. */
    private int edgeRadius() {
        return Math.max(2, Math.max(width, height) / 160);
    }

    private double opacity(int x, int y, int[] nearGround) {
        int radius = edgeRadius(), i = y * width + x;
        if (nearGround[i] > radius) return 1;
        int largest = OPAQUE_DISTANCE;
        for (int v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++)
            for (int u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++)
                largest = Math.max(largest, distance(rgb, v * width + u, colour));
        return Math.min(1.0, (double) distance(rgb, i, colour) / largest);
    }

    /** City-block distance of each pixel from the ground, [height * width]; exact up to the edge radius. */
    private int[] distanceToGround() {
        int[] steps = new int[width * height];
        int far = width + height;
        for (int i = 0; i < steps.length; i++) steps[i] = ground[i] ? 0 : far;
        for (int y = 0, i = 0; y < height; y++)
            for (int x = 0; x < width; x++, i++) {
                if (x > 0) steps[i] = Math.min(steps[i], steps[i - 1] + 1);
                if (y > 0) steps[i] = Math.min(steps[i], steps[i - width] + 1);
            }
        for (int y = height - 1, i = steps.length - 1; y >= 0; y--)
            for (int x = width - 1; x >= 0; x--, i--) {
                if (x < width - 1) steps[i] = Math.min(steps[i], steps[i + 1] + 1);
                if (y < height - 1) steps[i] = Math.min(steps[i], steps[i + width] + 1);
            }
        return steps;
    }

    /** The pixels of the ground colour that are connected to the border, [height * width]. */
    private boolean[] floodFill() {
        boolean[] reached = new boolean[width * height];
        int[] queue = new int[width * height];
        int head = 0, tail = 0;
        for (int i : borderPixels(width, height))
            if (!reached[i] && isGroundColour(i)) {
                reached[i] = true;
                queue[tail++] = i;
            }
        while (head < tail) {
            int i = queue[head++], x = i % width;
            int[] neighbours = {x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width};
            for (int next : neighbours)
                if (next >= 0 && next < reached.length && !reached[next] && isGroundColour(next)) {
                    reached[next] = true;
                    queue[tail++] = next;
                }
        }
        return reached;
    }

    private boolean isGroundColour(int pixel) {
        return distance(rgb, pixel, colour) <= tolerance;
    }

    /** The largest difference of a channel, 0 to 255. */
    private static int distance(byte[] rgb, int pixel, int[] colour) {
        int largest = 0;
        for (int c = 0; c < 3; c++) largest = Math.max(largest, Math.abs((rgb[3 * pixel + c] & 255) - colour[c]));
        return largest;
    }

    private static double fractionWithin(byte[] rgb, int[] pixels, int[] colour, int tolerance) {
        return (double) Arrays.stream(pixels)
                        .filter(i -> distance(rgb, i, colour) <= tolerance)
                        .count()
                / pixels.length;
    }

    private static int[] medianColour(byte[] rgb, int[] pixels) {
        int[] median = new int[3];
        for (int c = 0; c < 3; c++) {
            int channel = c;
            median[c] = Arrays.stream(pixels)
                    .map(i -> rgb[3 * i + channel] & 255)
                    .sorted()
                    .toArray()[pixels.length / 2];
        }
        return median;
    }

    /** Indices of the outermost pixels. */
    private static int[] borderPixels(int width, int height) {
        int[] pixels = new int[2 * width + 2 * (height - 2)];
        int n = 0;
        for (int x = 0; x < width; x++) {
            pixels[n++] = x;
            pixels[n++] = (height - 1) * width + x;
        }
        for (int y = 1; y < height - 1; y++) {
            pixels[n++] = y * width;
            pixels[n++] = y * width + width - 1;
        }
        return pixels;
    }
}
