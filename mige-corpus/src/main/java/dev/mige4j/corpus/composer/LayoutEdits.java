package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.composer.LayoutRules.PlaceChange;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import java.util.List;

/** Edits of an object's position or size. */
final class LayoutEdits {

    private LayoutEdits() {}

    /** Moves the object, which is alone in the image, to the left, to the right or to the middle. */
    static ExampleSpec move(Composition composition, EditedObject edited) {
        ObjectSpec object = edited.object();
        String direction = composition.random.choice("left", "right", "middle");
        PlaceChange change = composition.rules.move(composition.random, object, direction);
        String instruction = composition.instruction("move", "n", object.concept(), "d", direction);
        SceneSpec source = edited.source();
        return createEdit(
                composition,
                instruction,
                source.objects().size() > 1 ? source.withObjects(List.of(object)) : source,
                object,
                change);
    }

    /** Makes the object bigger or smaller. */
    static ExampleSpec resize(Composition composition, EditedObject edited) {
        boolean bigger = composition.random.bernoulli(0.5);
        return createEdit(
                composition,
                composition.instruction(
                        bigger ? "bigger" : "smaller", "n", edited.object().concept()),
                edited.source(),
                edited.object(),
                composition.rules.resize(composition, edited, bigger));
    }

    private static ExampleSpec createEdit(
            Composition composition, String instruction, SceneSpec scene, ObjectSpec object, PlaceChange change) {
        return composition.createEdit(
                instruction,
                scene.withReplacedObject(change.before().applyTo(object)),
                scene.withReplacedObject(change.after().applyTo(object)),
                List.of(object.id()),
                object.concept());
    }
}
