package dev.mige4j.photos.inpainting;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.MaskMorphology;
import dev.mige4j.photos.annotation.PhotoObject;
import dev.mige4j.photos.cutout.PhotoScaling;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;

/**
 * Removes an object from its photograph, which makes the source of an "add" record; its target is the photograph, in
 * the same size.
 *
 * <p>The photograph is reduced to {@code longSide} first. The object's mask, with its holes, grows by {@code dilation}
 * pixels, because a rim of the object would give away where it was. An object that then covers more than
 * {@code maxCoverage} of the photograph is dropped ({@code object_fills_photo}).
 *
 * @param inpainter fills the mask
 * @param longSide the long side of source and target, in pixels; smaller photographs keep their size
 * @param dilation in pixels of the reduced photograph
 * @param maxCoverage a share of the photograph, up to 1
 */
public record ObjectRemoval(Inpainter inpainter, int longSide, int dilation, double maxCoverage)
        implements PhotoStage<PhotoObject, EditPair> {

    /** @throws UsageException when an argument is out of range */
    public ObjectRemoval {
        UsageException.requireNonNull(inpainter, "inpainter");
        if (longSide < 1) throw new UsageException("longSide is %d, expected 1 or more.", longSide);
        if (dilation < 0) throw new UsageException("dilation is %d, expected 0 or more.", dilation);
        if (!(maxCoverage > 0 && maxCoverage <= 1))
            throw new UsageException("maxCoverage is %s, expected more than 0 and at most 1.", maxCoverage);
    }

    /** A long side of 720 pixels, a dilation of 20 pixels, and at most 80 % of the photograph. */
    public ObjectRemoval(Inpainter inpainter) {
        this(inpainter, 720, 20, 0.8);
    }

    @Override
    public StageResult<EditPair> apply(PhotoObject object) {
        Image target = PhotoScaling.reduce(object.photo().image().flatten(0), longSide);
        BinaryMask mask = object.object().mask().resize(target.width(), target.height());
        BinaryMask edited = MaskMorphology.dilate(MaskMorphology.fillHoles(mask), dilation);
        if (edited.coverage() > maxCoverage)
            return StageResult.dropped(
                    "object_fills_photo",
                    "Its object, grown by %d pixels, covers %.1f %% of it; it must be at most %.1f %%.",
                    dilation,
                    100 * edited.coverage(),
                    100 * maxCoverage);
        return StageResult.kept(new EditPair(inpainter.inpaint(target, edited), target, edited));
    }
}
