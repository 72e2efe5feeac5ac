package dev.mige4j.eval.metric;

import dev.mige4j.common.ShapeException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.image.ImageHeader;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The object of an output of MIGEBench, which CLIP-I and DINO compare with the image of the entity: an image, or the
 * reason why there is none.
 *
 * <p>Without a box, it is the whole output. Otherwise it is the box of the highest score (of equal ones, the first),
 * with corners rounded half to even, black outside the mask and outside the image. A mask that is empty gives a black
 * crop. Source: the entity script of the reference, whose items without a crop are missing from its means unnoticed.
 */
public final class EntityCrop {

    /** As the reference saves crops. */
    private static final ImageEncoding FILE = new ImageEncoding(ImageFormat.JPEG, 75);

    private final Image image; // null: there is none
    private final String reason;
    private final boolean saved; // as a file, so that it is not compressed again

    private EntityCrop(Image image, String reason, boolean saved) {
        this.image = image;
        this.reason = reason;
        this.saved = saved;
    }

    /** The content of a file: a crop, or a whole output in which nothing was detected. */
    public static EntityCrop ofFile(Image image) {
        return new EntityCrop(image, null, true);
    }

    /** No crop, because of {@code reason}: part of a sentence, such as "the box is empty". */
    public static EntityCrop missing(String reason) {
        return new EntityCrop(null, reason, true);
    }

    /** Whether there is a crop. */
    public boolean isPresent() {
        return image != null;
    }

    /**
     * The crop.
     *
     * @throws IllegalStateException when there is none
     */
    public Image image() {
        if (image == null) throw new IllegalStateException("There is no crop: " + reason);
        return image;
    }

    /**
     * Why there is no crop.
     *
     * @throws IllegalStateException when there is one
     */
    public String reason() {
        if (image != null) throw new IllegalStateException("There is a crop.");
        return reason;
    }

    /** Detects, segments and crops the object of an output; the crop is not compressed. */
    public static EntityCrop detect(EntityRequest request, ObjectDetector detector, Segmenter segmenter) {
        try {
            List<DetectedBox> boxes = detector.detect(request);
            if (boxes.isEmpty()) return ofFile(request.image());
            DetectedBox best = boxes.get(0);
            for (DetectedBox box : boxes) if (box.score() > best.score()) best = box;
            Optional<byte[]> mask = segmenter.segment(request, best);
            return mask.isEmpty() ? missing("the object has no mask") : crop(request.image(), best, mask.get());
        } catch (UsageException e) {
            return missing(e.getMessage());
        }
    }

    private static EntityCrop crop(Image image, DetectedBox box, byte[] mask) {
        float[] corners = box.corners(image.width(), image.height());
        long left = round(corners[0]),
                top = round(corners[1]),
                width = round(corners[2]) - left,
                height = round(corners[3]) - top;
        if (width < 1 || height < 1) return missing("the box of the object is empty");
        if (width > ImageHeader.MAX_SIDE || height > ImageHeader.MAX_SIDE || width * height > ImageHeader.MAX_PIXELS)
            return missing("the box of the object is far larger than the image");
        Image crop = Image.filled((int) width, (int) height, 0);
        if (left < image.width() && top < image.height() && left + width > 0 && top + height > 0)
            crop = crop.paste(applyMask(image, mask), (int) -left, (int) -top);
        return new EntityCrop(crop, null, false);
    }

    /** Half to even. */
    private static long round(float corner) {
        return (long) Math.rint(corner);
    }

    private static Image applyMask(Image image, byte[] mask) {
        if (mask.length != image.width() * image.height())
            throw new ShapeException(
                    "The mask has %d pixels, expected %d x %d as in the image.",
                    mask.length, image.width(), image.height());
        byte[] rgb = image.straightRgb();
        for (int i = 0; i < rgb.length; i++) if (mask[i / 3] == 0) rgb[i] = 0;
        return Image.of(image.width(), image.height(), rgb);
    }

    /** The crop after the reference has saved it as JPEG; the file of a whole output is copied. */
    EntityCrop asSaved() {
        return saved ? this : ofFile(Image.read(image.toBytes(FILE, Map.of()), "entity crop"));
    }
}
