package dev.mige4j.photos;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ChangedRegion;
import dev.mige4j.photos.annotation.MaskMorphology;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PhotoObject;
import dev.mige4j.photos.cutout.CutOut;
import dev.mige4j.photos.cutout.ObjectChoice;
import dev.mige4j.photos.cutout.PhotoScaling;
import dev.mige4j.photos.inpainting.EditPair;
import dev.mige4j.photos.naming.CategoryNamer;
import dev.mige4j.photos.naming.ReplaceTemplates;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;
import java.util.Optional;

/**
 * Samples that replace an object: the new object is cut out of the target, and the instruction has the rule form.
 *
 * <p>Source: MIGE, section 3.3, the pipeline of object replacement.
 */
public final class ReplacePipeline implements PhotoPipeline<ReplacePair> {

    /**
     * Which object of the target may be the new one: pairs from editing sets have smaller objects than photographs that
     * are chosen for one, and the region that changed is rougher than an annotated mask.
     */
    public static final ObjectChoice CHOICE = new ObjectChoice(0.02, 0.6, 0.8);

    /** The longest side of source and target, and the margin around the object that may change, in pixels. */
    private static final int LONG_SIDE = 720, MARGIN = 20;

    /** Sides of images that differ by more than that are not the same photograph. */
    private static final double MAX_ASPECT_DIFFERENCE = 0.02;

    /**
     * The stages.
     *
     * @param filter drops targets that are too small or blurred
     * @param masks finds objects in the target; empty to take the region that changed
     * @param choice takes one of them
     * @param cutOut shows it on a plain ground
     */
    public record Stages(
            PhotoStage<Photo, Photo> filter,
            Optional<PhotoStage<Photo, List<ObjectMask>>> masks,
            PhotoStage<List<ObjectMask>, ObjectMask> choice,
            PhotoStage<PhotoObject, CutOut> cutOut) {}

    private final Stages stages;

    /** A pipeline of the given stages. */
    public ReplacePipeline(Stages stages) {
        this.stages = stages;
    }

    @Override
    public PhotoTask task() {
        return PhotoTask.REPLACE;
    }

    @Override
    public StageResult<PhotoSample> process(ReplacePair pair, List<Image> images) {
        if (pair.replaced().isEmpty())
            return StageResult.dropped("no_replacement", "Its instruction does not replace one object by another.");
        String instruction;
        try {
            instruction = ReplaceTemplates.instruction(pair.replaced().get());
        } catch (UsageException e) {
            return StageResult.dropped("no_replacement", "%s", e.getMessage());
        }
        Image source = images.get(0).withoutAlpha(), target = images.get(1).withoutAlpha();
        double aspectRatio = (double) target.width() / target.height();
        if (Math.abs((double) source.width() / source.height() / aspectRatio - 1) > MAX_ASPECT_DIFFERENCE)
            return StageResult.dropped(
                    "other_shape",
                    "The source has %d x %d and the target %d x %d pixels; they must have the same shape.",
                    source.width(),
                    source.height(),
                    target.width(),
                    target.height());
        Image before = resizeAs(target, source);
        return stages.filter
                .apply(new Photo(pair.target(), target))
                .then(photo -> objects(pair, before, photo))
                .then(stages.choice::apply)
                .then(object -> stages.cutOut.apply(new PhotoObject(new Photo(pair.target(), target), object)))
                .then(cutOut -> StageResult.kept(sample(pair, instruction, before, cutOut)));
    }

    /** The objects of the target, those with the name of the new object if there are any. */
    private StageResult<List<ObjectMask>> objects(ReplacePair pair, Image source, Photo target) {
        if (stages.masks.isEmpty()) {
            BinaryMask changed = ChangedRegion.of(source, target.image());
            return StageResult.kept(List.of(new ObjectMask(changed, pair.object())));
        }
        return stages.masks.get().apply(target).then(objects -> {
            List<ObjectMask> named = objects.stream()
                    .filter(object ->
                            object.category().isPresent() && object.category().equals(pair.object()))
                    .toList();
            return StageResult.kept(named.isEmpty() ? objects : named);
        });
    }

    private static PhotoSample sample(ReplacePair pair, String instruction, Image source, CutOut cutOut) {
        Image target = PhotoScaling.reduce(cutOut.origin().photo().image(), LONG_SIDE);
        BinaryMask object = cutOut.origin().object().mask().resize(target.width(), target.height());
        EditPair edit = new EditPair(
                resizeAs(target, source), target, MaskMorphology.dilate(MaskMorphology.fillHoles(object), MARGIN));
        return new PhotoSample(
                edit.target(),
                edit.source(),
                cutOut.onBlack(),
                pair.object().or(() -> cutOut.origin().object().category()).orElse(CategoryNamer.UNKNOWN),
                instruction,
                QualityMeasures.of(edit, object));
    }

    private static Image resizeAs(Image model, Image image) {
        return image.width() == model.width() && image.height() == model.height()
                ? image
                : Resampling.BICUBIC.resize(image, model.width(), model.height());
    }
}
