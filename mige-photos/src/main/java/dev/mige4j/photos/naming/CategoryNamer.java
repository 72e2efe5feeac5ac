package dev.mige4j.photos.naming;

import dev.mige4j.photos.cutout.CutOut;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;

/**
 * Names an object by the category of its annotation, such as {@code dining_table} "dining table". An object without a
 * category, as in SA-1B, or with one that is no name, is called {@value #UNKNOWN}. Nothing is dropped.
 */
public final class CategoryNamer implements PhotoStage<CutOut, NamedObject> {

    /** The name of an object whose category nobody has said. */
    public static final String UNKNOWN = "object";

    @Override
    public StageResult<NamedObject> apply(CutOut cutOut) {
        String name = cutOut.origin()
                .object()
                .category()
                .flatMap(ObjectNames::normalize)
                .orElse(UNKNOWN);
        return StageResult.kept(new NamedObject(cutOut, name));
    }
}
