package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The size that is asked of a result, in pixels.
 *
 * @param width {@value #MIN_SIDE} to {@value #MAX_SIDE}
 * @param height {@value #MIN_SIDE} to {@value #MAX_SIDE}
 */
public record ImageSize(int width, int height) {

    /** The shortest side. */
    public static final int MIN_SIDE = 16;

    /** The longest side. */
    public static final int MAX_SIDE = 4096;

    private static final Pattern FORMAT = Pattern.compile("(\\d{1,5})[xX](\\d{1,5})");

    /** @throws UsageException when a side is out of range */
    public ImageSize {
        if (Math.min(width, height) < MIN_SIDE || Math.max(width, height) > MAX_SIDE)
            throw new UsageException(
                    "The size is %dx%d, expected %d to %d pixels per side, such as 1024x1536 (width x height).",
                    width, height, MIN_SIDE, MAX_SIDE);
    }

    /**
     * Reads a size such as {@code 1024x1536}.
     *
     * @throws UsageException when the text is no size, or a side is out of range
     */
    public static ImageSize parse(String text) {
        Matcher matcher = FORMAT.matcher(UsageException.requireNonNull(text, "text"));
        if (!matcher.matches())
            throw new UsageException(
                    "The size is '%s', expected WIDTHxHEIGHT in pixels, such as 1024x1536.",
                    text.length() > 20 ? text.substring(0, 20) + "..." : text);
        return new ImageSize(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /** Whether an image has this size. */
    public boolean isSizeOf(Image image) {
        return image.width() == width && image.height() == height;
    }

    /** Which sides of an image of {@code width x height} pixels {@link #cover} cuts off, in words; empty: none. */
    public String describeCrop(int width, int height) {
        long fromWidth = (long) width * this.height, fromHeight = (long) height * this.width;
        if (fromWidth == fromHeight) return "";
        return fromWidth > fromHeight ? "left and right" : "top and bottom";
    }

    /**
     * Scales an image so that it covers this size, and crops it in the middle. Bicubic; bilinear with alpha, because
     * colours and alpha that overshoot at edges would not fit together.
     */
    public Image cover(Image image) {
        if (isSizeOf(image)) return image;
        double scale = Math.max((double) width / image.width(), (double) height / image.height());
        int scaledWidth = Math.max(width, (int) Math.round(scale * image.width())),
                scaledHeight = Math.max(height, (int) Math.round(scale * image.height()));
        int left = (scaledWidth - width) / 2, top = (scaledHeight - height) / 2;
        Resampling resampling = image.hasAlpha() ? Resampling.BILINEAR : Resampling.BICUBIC;
        Image colours = resampling.resize(image, scaledWidth, scaledHeight, left, top, width, height);
        if (!image.hasAlpha()) return colours;
        Image opacity = resampling.resize(alphaAsGrey(image), scaledWidth, scaledHeight, left, top, width, height);
        return withAlpha(colours, opacity);
    }

    private static Image alphaAsGrey(Image image) {
        byte[] alpha = image.rawAlpha(), grey = new byte[3 * alpha.length];
        for (int i = 0; i < grey.length; i++) grey[i] = alpha[i / 3];
        return Image.wrap(image.width(), image.height(), grey);
    }

    /** The image whose colours on black are given; they are divided by alpha. */
    private static Image withAlpha(Image onBlack, Image opacity) {
        byte[] colours = onBlack.rawPixels(), grey = opacity.rawPixels();
        byte[] rgb = new byte[colours.length], alpha = new byte[colours.length / 3];
        for (int i = 0; i < rgb.length; i++) {
            int a = grey[i] & 255;
            if (a > 0) rgb[i] = (byte) Math.min(255, ((colours[i] & 255) * 255 + a / 2) / a);
            alpha[i / 3] = grey[i];
        }
        return Image.wrap(onBlack.width(), onBlack.height(), rgb, alpha);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return width + "x" + height;
    }
}
