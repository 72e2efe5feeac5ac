package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import java.util.Optional;

/**
 * Brings the cut-out of a subject to one size and place on black, as the references of the training examples are.
 *
 * <pre>
 *   L    = round(longestSide · size)                       longest side of the subject's box
 *   cell = size / gridCells
 *   left = round((size/2 - w/2) / cell) · cell             w, h: the sides of the scaled box
 *   top  = round((size/2 - h/2) / cell) · cell
 * </pre>
 *
 * <p>A cut-out is an image whose border has one colour, such as black, white or transparent (which is read as black).
 * Its background becomes black; areas of that colour inside the subject stay. Any other image is a scene and remains as
 * it is, and so does a cut-out that has this size and place already.
 *
 * @param longestSide longest side of the subject's box, as a fraction of the image's side; in 0..1
 * @param gridCells number of cells per side of the grid to which the box's corner is rounded
 */
public record SubjectNormalization(double longestSide, int gridCells) {

    /** Larger images are reduced before the subject is cut out; its details are lost at the model's size anyway. */
    private static final int MAX_SIDE_FACTOR = 8;

    /** How much smaller than placed a box may look because of an outline that is as dark as the background. */
    private static final double MAX_HIDDEN_OUTLINE = 0.12;

    public SubjectNormalization {
        if (!(longestSide > 0 && longestSide <= 1))
            throw new UsageException("longestSide is %s, expected more than 0 and at most 1.", longestSide);
        if (gridCells < 1) throw new UsageException("gridCells is %d, expected 1 or more.", gridCells);
    }

    /** Longest side of the box in an image of {@code size} pixels. */
    public int longestSidePixels(int size) {
        return Math.max(1, (int) Math.round(longestSide * size));
    }

    /** Left (or top) of a box that is {@code length} pixels wide (or high), in an image of {@code size} pixels. */
    public int offset(int length, int size) {
        double cell = (double) size / gridCells;
        int offset = (int) Math.round(Math.round((size / 2.0 - length / 2.0) / cell) * cell);
        return Math.max(0, Math.min(size - length, offset));
    }

    /** The cut-out of a subject on black, {@code size x size}; any other image unchanged. */
    public Image normalize(Image image, int size) {
        UsageException.requireNonNull(image, "image");
        Optional<PlainGround> found = PlainGround.find(reduce(image, MAX_SIDE_FACTOR * size));
        if (found.isEmpty()) return image;
        PlainGround.Cutout cutout = found.get().cutOut();
        if (cutout.box().isEmpty()) return image;
        ImagePreprocessing.Box box = cutout.box().get();
        boolean placedOnBlack =
                found.get().isExactBlack() && image.width() == size && image.height() == size && isPlaced(box, size);
        return placedOnBlack ? image : place(cutout.image(), box, size);
    }

    private static Image reduce(Image image, int maxSide) {
        int longest = Math.max(image.width(), image.height());
        if (longest <= maxSide) return image;
        return Resampling.BICUBIC.resize(
                image, Math.max(1, (int) ((long) image.width() * maxSide / longest)), Math.max(1, (int)
                        ((long) image.height() * maxSide / longest)));
    }

    private Image place(Image subject, ImagePreprocessing.Box box, int size) {
        int longest = Math.max(box.width(), box.height()), side = longestSidePixels(size);
        int width = scale(box.width(), side, longest), height = scale(box.height(), side, longest);
        Image scaled = Resampling.BICUBIC.resize(
                subject.crop(box.left(), box.top(), box.width(), box.height()), width, height);
        return Image.filled(size, size, 0).paste(scaled, offset(width, size), offset(height, size));
    }

    private static int scale(int length, int side, int longest) {
        return Math.max(1, (int) Math.round((double) length * side / longest));
    }

    /** Whether a box of the right size and place looks like this one, allowing for a dark outline. */
    private boolean isPlaced(ImagePreprocessing.Box box, int size) {
        int side = longestSidePixels(size), hidden = (int) (MAX_HIDDEN_OUTLINE * side);
        return Math.max(box.width(), box.height()) >= side - hidden
                && isPlaced(box.left(), box.width(), size, side, hidden)
                && isPlaced(box.top(), box.height(), size, side, hidden);
    }

    private boolean isPlaced(int first, int length, int size, int side, int hidden) {
        for (int whole = length; whole <= Math.min(side, length + hidden); whole++) {
            int offset = offset(whole, size);
            if (offset <= first && first + length <= offset + whole) return true;
        }
        return false;
    }
}
