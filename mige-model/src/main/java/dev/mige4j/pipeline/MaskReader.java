package dev.mige4j.pipeline;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.List;
import java.util.Optional;

/**
 * Decides what a mask means.
 *
 * <ul>
 *   <li>A mask with pixels that are more than half transparent is an alpha mask, as in OpenAI's API: the transparent
 *       pixels are edited, whatever their colour. The limit is the middle of its least and greatest opacity.
 *   <li>In any other mask the pixels that are lighter than middle grey are edited: white means edit.
 * </ul>
 */
final class MaskReader {

    /** Values above are light. */
    private static final int MIDDLE_GREY = 127;

    private static final int STRIP_ROWS = 64;

    private MaskReader() {}

    /** @throws UsageException when no pixel is edited */
    static Region.Mask read(Image mask) {
        Optional<Image> transparent = mask.hasAlpha() ? transparentPixels(mask) : Optional.empty();
        boolean all = true, none = true, visibleIsLight = true;
        for (int top = 0; top < mask.height(); top += STRIP_ROWS) {
            byte[] editable = strip(transparent.orElse(mask), top).rgb(),
                    colours = strip(mask, top).rgb();
            for (int i = 0; i < editable.length; i += 3) {
                boolean edited = isLight(editable, i);
                all &= edited;
                none &= !edited;
                visibleIsLight &= edited || isLight(colours, i);
            }
        }
        if (none)
            throw new UsageException("The mask is dark everywhere, so no pixel may change. Paint the part to edit"
                    + " white, or make it transparent.");
        List<String> notices = List.of();
        if (all)
            notices = List.of("The mask is %s everywhere, so every pixel may change; black keeps pixels."
                    .formatted(transparent.isPresent() ? "transparent" : "white"));
        else if (transparent.isPresent() && visibleIsLight)
            notices = List.of("The mask has transparent pixels, which are edited, and its white part is kept. To edit"
                    + " the white part instead, fill the transparent part with black.");
        return new Region.Mask(transparent.orElse(mask), notices);
    }

    /** The pixels of an alpha mask that are edited, light; empty if no pixel is more than half transparent. */
    private static Optional<Image> transparentPixels(Image mask) {
        int least = 255, greatest = 0;
        for (int top = 0; top < mask.height(); top += STRIP_ROWS)
            for (byte opacity : strip(mask, top).alpha()) {
                least = Math.min(least, opacity & 255);
                greatest = Math.max(greatest, opacity & 255);
            }
        if (least > MIDDLE_GREY) return Optional.empty();
        byte[] grey = new byte[3 * mask.width() * mask.height()];
        for (int top = 0, to = 0; top < mask.height(); top += STRIP_ROWS)
            for (byte opacity : strip(mask, top).alpha()) {
                int editable = greatest == least ? 255 : 255 * (greatest - (opacity & 255)) / (greatest - least);
                for (int c = 0; c < 3; c++) grey[to++] = (byte) editable;
            }
        return Optional.of(Image.of(mask.width(), mask.height(), grey));
    }

    /** Some rows of a mask; copies of a whole one would take more memory than the mask. */
    private static Image strip(Image mask, int top) {
        return mask.crop(0, top, mask.width(), Math.min(STRIP_ROWS, mask.height() - top));
    }

    /** Whether the pixel at {@code index} is lighter than middle grey. */
    static boolean isLight(byte[] rgb, int index) {
        return (rgb[index] & 255) + (rgb[index + 1] & 255) + (rgb[index + 2] & 255) > 3 * MIDDLE_GREY;
    }
}
