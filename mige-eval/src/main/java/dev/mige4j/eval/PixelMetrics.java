package dev.mige4j.eval;

import dev.mige4j.common.ShapeException;
import dev.mige4j.image.Image;
import java.util.OptionalDouble;

/**
 * How far two pictures of one size are apart, over all pixels or over a part; a channel counts from 0 (black) to 1.
 *
 * <pre>
 *   L1 = mean |a - b|      L2 = mean (a - b)²      PSNR = -10 log10 L2 dB
 * </pre>
 *
 * L1 and L2 as MagicBrush and MIGE report them (section 4.1).
 */
final class PixelMetrics {

    /** A pair of equal pictures has no finite PSNR; it counts as this, in dB. */
    static final double MAX_PSNR = 60;

    private PixelMetrics() {}

    /** The pixels that count, by their place y · width + x. */
    interface PixelMask {
        PixelMask ALL = pixel -> true;

        boolean includes(int pixel);

        /** Where the mask [height · width] is not 0. */
        static PixelMask inside(byte[] mask) {
            return pixel -> mask[pixel] != 0;
        }

        static PixelMask outside(byte[] mask) {
            return pixel -> mask[pixel] == 0;
        }
    }

    /** Empty when the area is. */
    static OptionalDouble l1(Image a, Image b, PixelMask pixels) {
        return mean(a, b, pixels, 1);
    }

    static OptionalDouble l2(Image a, Image b, PixelMask pixels) {
        return mean(a, b, pixels, 2);
    }

    /** At most {@value #MAX_PSNR}. */
    static OptionalDouble psnr(Image a, Image b, PixelMask pixels) {
        OptionalDouble l2 = l2(a, b, pixels);
        return l2.isEmpty() ? l2 : OptionalDouble.of(Math.min(MAX_PSNR, -10 * Math.log10(l2.getAsDouble())));
    }

    private static OptionalDouble mean(Image a, Image b, PixelMask pixels, int power) {
        if (a.width() != b.width() || a.height() != b.height())
            throw new ShapeException(
                    "pictures to compare are %d x %d and %d x %d, expected one size",
                    a.width(), a.height(), b.width(), b.height());
        byte[] p = a.rgb(), q = b.rgb();
        double sum = 0;
        long count = 0;
        for (int pixel = 0; pixel < p.length / 3; pixel++) {
            if (!pixels.includes(pixel)) continue;
            count += 3;
            for (int c = 3 * pixel; c < 3 * pixel + 3; c++) {
                double d = Math.abs((p[c] & 255) - (q[c] & 255)) / 255.0;
                sum += power == 1 ? d : d * d;
            }
        }
        return count == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / count);
    }
}
