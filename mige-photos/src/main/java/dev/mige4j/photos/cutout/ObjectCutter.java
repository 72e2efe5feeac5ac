package dev.mige4j.photos.cutout;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.PhotoObject;
import dev.mige4j.photos.annotation.PixelBox;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;

/**
 * Cuts an object out of its photograph, on white and on black: {@code size x size} pixels, the object's box in the
 * middle with its aspect ratio. Drops empty masks ({@code no_object}).
 *
 * @param size the side of the cut-out, in pixels
 * @param longestSide longest side of the object's box as a fraction of {@code size}; more than 0, at most 1
 */
public record ObjectCutter(int size, double longestSide) implements PhotoStage<PhotoObject, CutOut> {

    /** 224 pixels, the size that the image encoder reads, of which the object's longest side takes 90 %. */
    public static final ObjectCutter DEFAULT = new ObjectCutter(224, 0.9);

    /** @throws UsageException when an argument is out of range */
    public ObjectCutter {
        if (size < 1) throw new UsageException("size is %d, expected 1 or more.", size);
        if (!(longestSide > 0 && longestSide <= 1))
            throw new UsageException("longestSide is %s, expected more than 0 and at most 1.", longestSide);
    }

    @Override
    public StageResult<CutOut> apply(PhotoObject object) {
        BinaryMask mask = object.object().mask();
        if (mask.box().isEmpty()) return StageResult.dropped("no_object", "The mask of its object has no pixels.");
        PixelBox box = mask.box().get();
        Image photo = object.photo().image();
        Image subject = Image.of(photo.width(), photo.height(), photo.rgb(), mask.toBytes())
                .crop(box.left(), box.top(), box.width(), box.height());
        return StageResult.kept(new CutOut(object, place(subject, 0xFFFFFF), place(subject, 0)));
    }

    /** The subject, scaled, in the middle of a plain ground. */
    private Image place(Image subject, int ground) {
        double scale = longestSide * size / Math.max(subject.width(), subject.height());
        int width = (int) Math.max(1, Math.round(scale * subject.width()));
        int height = (int) Math.max(1, Math.round(scale * subject.height()));
        Image scaled = Resampling.BICUBIC.resize(subject.flatten(ground), width, height);
        return Image.filled(size, size, ground).paste(scaled, (size - width) / 2, (size - height) / 2);
    }
}
