package dev.mige4j.pipeline;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Compositing;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.util.List;
import java.util.function.Supplier;

/** The part of the source image that an edit may change; all other pixels are copied from the source exactly. */
public sealed interface Region {

    /** The edit may change all pixels. */
    Region EVERYWHERE = new Everywhere();

    /**
     * The edit may change the pixels in which the result clearly differs from the source. Transparency stays as it is.
     */
    Region AUTO = new Auto();

    /**
     * The edit may change the white pixels of a mask (those lighter than middle grey), or the transparent ones when it
     * has pixels that are more than half transparent, as OpenAI's API expects; the mask is scaled to the source.
     *
     * @throws UsageException when no pixel may change
     */
    static Region mask(Image mask) {
        return MaskReader.read(UsageException.requireNonNull(mask, "mask"));
    }

    /**
     * Checks that this region can be a part of the source image.
     *
     * @throws UsageException when a mask has another aspect ratio than {@code source}, or no light pixel in its size
     */
    void checkSource(Image source);

    /** Remarks for the user, about a mask that may not mean what was intended for example; often empty. */
    List<String> notices();

    /**
     * Composites the edited image onto the source image.
     *
     * @param reconstruction the source image after encoding and decoding, the model's result for an edit that changes
     *     nothing; of the size of {@code edited}; computed only when called
     * @param edited the edited image, which is scaled to the source
     * @return the pixels of the edited image inside of this region, opaque except for {@link #AUTO}, and those of the
     *     source with their alpha outside
     */
    Image composite(Image source, Supplier<Image> reconstruction, Image edited);

    /** All of the image. */
    record Everywhere() implements Region {
        @Override
        public void checkSource(Image source) {}

        @Override
        public List<String> notices() {
            return List.of();
        }

        @Override
        public Image composite(Image source, Supplier<Image> reconstruction, Image edited) {
            return Resampling.BICUBIC.resize(edited, source.width(), source.height());
        }
    }

    /**
     * The pixels where a mask is lighter than middle grey.
     *
     * @param mask of the size or at least the aspect ratio of the source
     * @param notices remarks for the user about a mask that may not mean what was intended
     */
    record Mask(Image mask, List<String> notices) implements Region {

        /** Largest ratio of the aspect ratios of mask and source that does not count as different. */
        private static final double ASPECT_TOLERANCE = 1.02;

        private static final int STRIP_ROWS = 64;

        public Mask {
            mask = UsageException.requireNonNull(mask, "mask").flatten(0);
            notices = List.copyOf(notices);
        }

        @Override
        public void checkSource(Image source) {
            double width = (double) source.width() * mask.height() / source.height(),
                    height = (double) source.height() * mask.width() / source.width();
            boolean rounded = Math.abs(width - mask.width()) <= 1 || Math.abs(height - mask.height()) <= 1;
            double ratio = width / mask.width();
            if (!rounded && Math.max(ratio, 1 / ratio) > ASPECT_TOLERANCE)
                throw new UsageException(
                        "The mask has %d x %d pixels, but the source has %d x %d, upright. Give a mask of the size or"
                                + " at least the shape of the source.",
                        mask.width(), mask.height(), source.width(), source.height());
            requireLight(source);
        }

        private void requireLight(Image source) {
            for (int top = 0; top < source.height(); top += STRIP_ROWS) {
                byte[] rgb = scaledRows(source, top, Math.min(STRIP_ROWS, source.height() - top))
                        .rgb();
                for (int i = 0; i < rgb.length; i += 3) if (MaskReader.isLight(rgb, i)) return;
            }
            throw new UsageException(
                    "The mask is dark everywhere when it is scaled to %d x %d pixels, so no pixel may change. Paint a"
                            + " larger part white.",
                    source.width(), source.height());
        }

        @Override
        public Image composite(Image source, Supplier<Image> reconstruction, Image edited) {
            return Compositing.composite(source, edited, (top, rowCount, weights) -> {
                byte[] rgb = scaledRows(source, top, rowCount).rgb();
                for (int i = 0; i < weights.length; i++) weights[i] = MaskReader.isLight(rgb, 3 * i) ? 1 : 0;
            });
        }

        private Image scaledRows(Image source, int top, int rowCount) {
            return Resampling.BILINEAR.resize(mask, source.width(), source.height(), 0, top, source.width(), rowCount);
        }
    }

    /** The pixels that the edit clearly changed, see {@link ChangeMap}. */
    record Auto() implements Region {
        /** Images are compared in at most this size; models of this project do not generate larger ones. */
        private static final int MAX_SIDE = 512;

        @Override
        public void checkSource(Image source) {}

        @Override
        public List<String> notices() {
            return List.of();
        }

        @Override
        public Image composite(Image source, Supplier<Image> reconstruction, Image edited) {
            double scale = Math.min(1, (double) MAX_SIDE / Math.max(source.width(), source.height()));
            int width = (int) Math.max(1, Math.round(scale * source.width())),
                    height = (int) Math.max(1, Math.round(scale * source.height()));
            ChangeMap changes = ChangeMap.of(
                    Resampling.BICUBIC.resize(reconstruction.get(), width, height),
                    Resampling.BICUBIC.resize(edited, width, height));
            return Compositing.compositeWithinAlpha(source, edited, changes.scaledTo(source.width(), source.height()));
        }
    }
}
