package dev.mige4j.eval.metric;

import dev.mige4j.common.ShapeException;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.util.OptionalDouble;

/**
 * L1, L2 and PSNR between two images, over all pixels or those of a mask; channel values are in [0, 1].
 *
 * <pre>
 *   L1 = mean |a - b|      L2 = mean (a - b)²      PSNR = -10 log10 L2 dB
 * </pre>
 *
 * <p>L1 and L2 are defined as in MagicBrush and in MIGE, section 4.1.
 */
public final class PixelMetrics {

    /** The limit of the PSNR in dB: that of equal images is infinite and could not be averaged. */
    public static final double MAX_PSNR = 60;

    private PixelMetrics() {}

    /** Selects pixels by their index y · width + x. */
    public interface PixelMask {
        /** All pixels. */
        PixelMask ALL = pixel -> true;

        /** Whether the pixel counts. */
        boolean includes(int pixel);

        /** The pixels where the mask [height · width] is not 0. */
        static PixelMask inside(byte[] mask) {
            return pixel -> mask[pixel] != 0;
        }

        /** The pixels where the mask [height · width] is 0. */
        static PixelMask outside(byte[] mask) {
            return pixel -> mask[pixel] == 0;
        }
    }

    /** L1 between an output and the expected image, to whose size the output is resized (bicubic, as Pillow does). */
    public static double l1(Image output, Image expected) {
        return mean(resizeTo(output, expected), expected, PixelMask.ALL, 1).orElseThrow();
    }

    /** L2, in the sense of {@link #l1(Image, Image)}. */
    public static double l2(Image output, Image expected) {
        return mean(resizeTo(output, expected), expected, PixelMask.ALL, 2).orElseThrow();
    }

    private static Image resizeTo(Image image, Image size) {
        return image.width() == size.width() && image.height() == size.height()
                ? image
                : Resampling.BICUBIC.resize(image, size.width(), size.height());
    }

    /** Mean absolute difference; empty when no pixel is selected. */
    public static OptionalDouble l1(Image a, Image b, PixelMask pixels) {
        return mean(a, b, pixels, 1);
    }

    /** Mean squared difference; empty when no pixel is selected. */
    public static OptionalDouble l2(Image a, Image b, PixelMask pixels) {
        return mean(a, b, pixels, 2);
    }

    /** Peak signal-to-noise ratio in dB, at most {@value #MAX_PSNR}; empty when no pixel is selected. */
    public static OptionalDouble psnr(Image a, Image b, PixelMask pixels) {
        OptionalDouble l2 = l2(a, b, pixels);
        return l2.isEmpty() ? l2 : OptionalDouble.of(Math.min(MAX_PSNR, -10 * Math.log10(l2.getAsDouble())));
    }

    private static OptionalDouble mean(Image a, Image b, PixelMask pixels, int power) {
        if (a.width() != b.width() || a.height() != b.height())
            throw new ShapeException(
                    "The images are %d x %d and %d x %d, expected the same size.",
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
