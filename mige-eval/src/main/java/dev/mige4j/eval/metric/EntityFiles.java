package dev.mige4j.eval.metric;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Crops from the results of other programs, in a folder {@code entity} beside the outputs. For an output {@code 7.jpg}:
 *
 * <ul>
 *   <li>{@code entity/7_entity.jpg} is the crop, as the entity script of the reference writes it; or
 *   <li>{@code entity/boxes.jsonl} has the boxes and {@code entity/7_mask.png} the mask, see {@link EntityDetections}.
 *       This is used if the file {@code boxes.jsonl} exists.
 * </ul>
 */
public final class EntityFiles implements EntityCropper {

    private static final String FOLDER = "entity", CROP = "_entity.jpg";

    private final Map<Path, EntityCropper> detectionsByFile = new ConcurrentHashMap<>();

    @Override
    public EntityCrop crop(EntityRequest request) {
        if (request.output().isEmpty()) return EntityCrop.missing("a baseline has no crops of its objects");
        Path output = request.output().get(),
                boxes = output.resolveSibling(FOLDER).resolve(EntityDetections.FILE),
                crop = output.resolveSibling(FOLDER).resolve(EntityDetections.item(output) + CROP);
        if (Files.exists(boxes))
            return detectionsByFile
                    .computeIfAbsent(boxes, EntityFiles::readDetections)
                    .crop(request);
        if (!Files.exists(crop)) return EntityCrop.missing("there is no crop in the folder " + FOLDER);
        try {
            return EntityCrop.ofFile(ImageFile.readAsPillow(crop));
        } catch (UsageException e) {
            return EntityCrop.missing(e.getMessage());
        }
    }

    private static EntityCropper readDetections(Path boxes) {
        EntityDetections detections = EntityDetections.read(boxes);
        return EntityCropper.of(boxes.toString(), detections, detections);
    }

    @Override
    public String name() {
        return "files";
    }
}
