package mige.eval;

import java.util.OptionalDouble;

import mige.image.Picture;
import mige.tensor.ShapeException;

/**
 * How far two pictures of one size are apart, over all pixels or over a part; a channel counts from 0 (black) to 1.
 *
 * <pre>
 *   L1 = mean |a - b|      L2 = mean (a - b)²      PSNR = -10 log10 L2 dB
 * </pre>
 *
 * L1 and L2 as MagicBrush and MIGE report them (section 4.1).
 */
final class Difference {

    /** A pair of equal pictures has no finite PSNR; it counts as this, in dB. */
    static final double HIGHEST_PSNR = 60;

    private Difference() {}

    /** The pixels that count, by their place y · width + x. */
    interface Area {
        Area ALL = pixel -> true;

        boolean holds(int pixel);

        /** Where the mask [height · width] is not 0. */
        static Area inside(byte[] mask) {
            return pixel -> mask[pixel] != 0;
        }

        static Area outside(byte[] mask) {
            return pixel -> mask[pixel] == 0;
        }
    }

    /** Empty when the area is. */
    static OptionalDouble l1(Picture a, Picture b, Area area) {
        return mean(a, b, area, 1);
    }

    static OptionalDouble l2(Picture a, Picture b, Area area) {
        return mean(a, b, area, 2);
    }

    /** At most {@value #HIGHEST_PSNR}. */
    static OptionalDouble psnr(Picture a, Picture b, Area area) {
        OptionalDouble l2 = l2(a, b, area);
        return l2.isEmpty() ? l2 : OptionalDouble.of(Math.min(HIGHEST_PSNR, -10 * Math.log10(l2.getAsDouble())));
    }

    private static OptionalDouble mean(Picture a, Picture b, Area area, int power) {
        if (a.width() != b.width() || a.height() != b.height())
            throw new ShapeException("pictures to compare are %d x %d and %d x %d, expected one size", a.width(), a.height(), b.width(), b.height());
        byte[] p = a.rgb(), q = b.rgb();
        double sum = 0;
        long count = 0;
        for (int pixel = 0; pixel < p.length / 3; pixel++) {
            if (!area.holds(pixel)) continue;
            count += 3;
            for (int c = 3 * pixel; c < 3 * pixel + 3; c++) {
                double d = Math.abs((p[c] & 255) - (q[c] & 255)) / 255.0;
                sum += power == 1 ? d : d * d;
            }
        }
        return count == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / count);
    }
}
