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

    private MaskReader() {}

    /** @throws UsageException when no pixel is edited */
    static Region.Mask read(Image mask) {
        Optional<Image> transparent = mask.hasAlpha() ? transparentPixels(mask) : Optional.empty();
        byte[] editable = transparent.orElse(mask).rgb(), colours = mask.rgb();
        boolean all = true, none = true, visibleIsLight = true;
        for (int i = 0; i < editable.length; i += 3) {
            boolean edited = isLight(editable, i);
            all &= edited;
            none &= !edited;
            visibleIsLight &= edited || isLight(colours, i);
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
        byte[] alpha = mask.alpha();
        int least = 255, greatest = 0;
        for (byte opacity : alpha) {
            least = Math.min(least, opacity & 255);
            greatest = Math.max(greatest, opacity & 255);
        }
        if (least > MIDDLE_GREY) return Optional.empty();
        byte[] grey = new byte[3 * alpha.length];
        for (int i = 0; i < grey.length; i++)
            grey[i] = (byte) (greatest == least ? 255 : 255 * (greatest - (alpha[i / 3] & 255)) / (greatest - least));
        return Optional.of(Image.of(mask.width(), mask.height(), grey));
    }

    /** Whether the pixel at {@code index} is lighter than middle grey. */
    static boolean isLight(byte[] rgb, int index) {
        return (rgb[index] & 255) + (rgb[index + 1] & 255) + (rgb[index + 2] & 255) > 3 * MIDDLE_GREY;
    }
}
