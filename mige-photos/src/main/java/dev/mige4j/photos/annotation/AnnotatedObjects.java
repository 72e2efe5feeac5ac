package dev.mige4j.photos.annotation;

import dev.mige4j.common.UsageException;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;
import java.util.Optional;

/**
 * The stage that takes the objects of photographs from annotations. Drops photographs that are not annotated
 * ({@code not_annotated}), without an object ({@code no_object}), or with a damaged annotation
 * ({@code invalid_annotation}).
 */
public final class AnnotatedObjects implements PhotoStage<Photo, List<ObjectMask>> {

    private final PhotoAnnotations annotations;

    /** A stage that reads these annotations. */
    public AnnotatedObjects(PhotoAnnotations annotations) {
        this.annotations = annotations;
    }

    @Override
    public StageResult<List<ObjectMask>> apply(Photo photo) {
        try {
            Optional<List<ObjectMask>> objects = annotations.find(photo);
            if (objects.isEmpty()) return StageResult.dropped("not_annotated", "%s has no annotations.", photo.path());
            if (objects.get().isEmpty())
                return StageResult.dropped("no_object", "%s is annotated as without objects.", photo.path());
            return StageResult.kept(objects.get());
        } catch (UsageException e) {
            return StageResult.dropped("invalid_annotation", "%s", e.getMessage());
        }
    }
}
