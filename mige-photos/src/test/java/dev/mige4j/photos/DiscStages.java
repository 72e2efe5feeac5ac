package dev.mige4j.photos;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PhotoObject;
import dev.mige4j.photos.cutout.CutOut;
import dev.mige4j.photos.inpainting.EditPair;
import dev.mige4j.photos.naming.NamedObject;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.StageResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Photographs with a red disc on grey, and stages that find and remove it. */
final class DiscStages {

    static final int GROUND = 0x808080, DISC = 0xFF0000;

    /** The pipeline of these stages. */
    static final AddPipeline PIPELINE = new AddPipeline(new AddPipeline.Stages(
            DiscStages::filter,
            DiscStages::findDisc,
            objects -> StageResult.kept(objects.get(0)),
            object -> StageResult.kept(
                    new CutOut(object, object.photo().image(), object.photo().image())),
            cutOut -> StageResult.kept(new NamedObject(cutOut, "disc")),
            named -> StageResult.kept("Add <imagehere> to <imagehere>"),
            DiscStages::remove));

    private DiscStages() {}

    /** Writes a photograph with a disc of that radius in the middle. */
    static void write(Path file, int side, int radius) {
        byte[] rgb = Image.filled(side, side, GROUND).rgb();
        for (int y = 0, i = 0; y < side; y++)
            for (int x = 0; x < side; x++, i += 3)
                if (Math.hypot(x - side / 2.0, y - side / 2.0) < radius) {
                    rgb[i] = (byte) (DISC >> 16);
                    rgb[i + 1] = rgb[i + 2] = 0;
                }
        Image.of(side, side, rgb).write(file);
    }

    private static StageResult<Photo> filter(Photo photo) {
        return photo.image().width() < 32
                ? StageResult.dropped(
                        "too_small", "It has %d columns.", photo.image().width())
                : StageResult.kept(photo);
    }

    private static StageResult<List<ObjectMask>> findDisc(Photo photo) {
        byte[] rgb = photo.image().rgb(), mask = new byte[rgb.length / 3];
        for (int i = 0; i < mask.length; i++) mask[i] = (byte) (rgb[3 * i + 1] == 0 ? 1 : 0);
        BinaryMask disc = BinaryMask.of(photo.image().width(), photo.image().height(), mask);
        return disc.area() == 0
                ? StageResult.dropped("no_object", "There is no disc.")
                : StageResult.kept(List.of(new ObjectMask(disc, Optional.of("disc"))));
    }

    private static StageResult<EditPair> remove(PhotoObject object) {
        Image photo = object.photo().image();
        return StageResult.kept(new EditPair(
                Image.filled(photo.width(), photo.height(), GROUND),
                photo,
                object.object().mask()));
    }
}
