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

    private final Map<Path, EntityCropper> detectionsByFile = new ConcurrentHashMap<>();

    @Override
    public EntityCrop crop(EntityRequest request) {
        Path folder = request.output().resolveSibling("entity"), boxes = folder.resolve(EntityDetections.FILE);
        if (Files.exists(boxes))
            return detectionsByFile
                    .computeIfAbsent(boxes, file -> {
                        EntityDetections detections = EntityDetections.read(file);
                        return EntityCropper.of(file.toString(), detections, detections);
                    })
                    .crop(request);
        Path crop = folder.resolve(EntityDetections.item(request) + "_entity.jpg");
        if (!Files.exists(crop)) return EntityCrop.missing("there is no crop in the folder entity");
        try {
            return EntityCrop.ofFile(ImageFile.readAsPillow(crop));
        } catch (UsageException e) {
            return EntityCrop.missing(e.getMessage());
        }
    }

    @Override
    public String name() {
        return "files";
    }
}
