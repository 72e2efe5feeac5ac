package dev.mige4j.photos;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PhotoObject;
import dev.mige4j.photos.cutout.CutOut;
import dev.mige4j.photos.cutout.ObjectChoice;
import dev.mige4j.photos.cutout.ObjectCutter;
import dev.mige4j.photos.inpainting.EditPair;
import dev.mige4j.photos.inpainting.Inpainter;
import dev.mige4j.photos.inpainting.ObjectRemoval;
import dev.mige4j.photos.naming.NamedObject;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;

/**
 * Samples that add an object: the photograph is the target, and the source is the photograph without the object.
 *
 * <p>Source: MIGE, section 3.3, the pipeline of object addition.
 */
public final class AddPipeline implements PhotoPipeline<AddItem> {

    /**
     * The stages, in the order in which an item passes them.
     *
     * @param filter drops photographs that are too small or blurred
     * @param masks finds objects
     * @param choice takes one of them
     * @param cutOut shows it on a plain ground
     * @param name says what it is
     * @param instruction asks for it, with a placeholder for the object and then one for the source
     * @param removal makes the pair of photographs without and with the object
     */
    public record Stages(
            PhotoStage<Photo, Photo> filter,
            PhotoStage<Photo, List<ObjectMask>> masks,
            PhotoStage<List<ObjectMask>, ObjectMask> choice,
            PhotoStage<PhotoObject, CutOut> cutOut,
            PhotoStage<CutOut, NamedObject> name,
            PhotoStage<NamedObject, String> instruction,
            PhotoStage<PhotoObject, EditPair> removal) {

        /** Default stages that need no model, around the filter and the stages that find and name objects. */
        public static Stages withDefaults(
                PhotoStage<Photo, Photo> filter,
                PhotoStage<Photo, List<ObjectMask>> masks,
                PhotoStage<CutOut, NamedObject> name,
                PhotoStage<NamedObject, String> instruction,
                Inpainter inpainter) {
            return new Stages(
                    filter,
                    masks,
                    ObjectChoice.DEFAULT,
                    ObjectCutter.DEFAULT,
                    name,
                    instruction,
                    new ObjectRemoval(inpainter));
        }
    }

    private final Stages stages;

    /** A pipeline of the given stages. */
    public AddPipeline(Stages stages) {
        this.stages = stages;
    }

    @Override
    public PhotoTask task() {
        return PhotoTask.ADD;
    }

    @Override
    public StageResult<PhotoSample> process(AddItem item, List<Image> images) {
        Photo photo = new Photo(item.id(), images.get(0).withoutAlpha());
        return stages.filter
                .apply(photo)
                .then(stages.masks::apply)
                .then(stages.choice::apply)
                .then(object -> stages.cutOut.apply(new PhotoObject(photo, object)))
                .then(stages.name::apply)
                .then(named -> stages.instruction.apply(named).then(instruction -> removeObject(named, instruction)));
    }

    private StageResult<PhotoSample> removeObject(NamedObject named, String instruction) {
        CutOut cutOut = named.cutOut();
        return stages.removal.apply(cutOut.origin()).then(pair -> {
            BinaryMask object = cutOut.origin()
                    .object()
                    .mask()
                    .resize(pair.target().width(), pair.target().height());
            return StageResult.kept(new PhotoSample(
                    pair.target(),
                    pair.source(),
                    cutOut.onBlack(),
                    named.name(),
                    instruction,
                    QualityMeasures.of(pair, object)));
        });
    }
}
