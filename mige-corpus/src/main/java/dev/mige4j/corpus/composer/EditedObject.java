package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.SceneSpec;

/**
 * An object that is to be edited.
 *
 * @param source the scene with the object
 * @param object the object
 * @param name its name in the instruction: its concept, or "left dog" where the scene has two of them
 */
record EditedObject(SceneSpec source, ObjectSpec object, String name) {

    Concept concept() {
        return Concept.byName(object.concept());
    }
}
