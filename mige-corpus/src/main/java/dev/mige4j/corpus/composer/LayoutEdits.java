package dev.mige4j.corpus.composer;

import static dev.mige4j.corpus.composer.Composition.round3;

import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.SceneSpec;
import java.util.List;

/** Edits of an object's position or size. */
final class LayoutEdits {

    private LayoutEdits() {}

    /** Moves the object, which is alone in the image, to the left, to the right or to the middle. */
    static ExampleSpec move(Composition composition, EditedObject edited) {
        RandomStream random = composition.random;
        ObjectSpec object = edited.object();
        String direction = random.choice("left", "right", "middle");
        double left = object.size() * 0.5 + 0.02, right = 1 - left;
        double startX =
                switch (direction) {
                    case "middle" -> random.bernoulli(0.5) ? left : right;
                    case "left" -> random.uniform(0.55, right);
                    default -> random.uniform(left, 0.45);
                };
        double endX =
                switch (direction) {
                    case "middle" -> 0.5;
                    case "left" -> left;
                    default -> right;
                };
        ObjectSpec before = object.withSize(round3(Math.min(object.size(), 0.40)))
                .withPosition(round3(startX), object.depth(), object.y());
        ObjectSpec after = before.withPosition(round3(endX), object.depth(), object.y());
        String instruction = composition.instruction("move", "n", object.concept(), "d", direction);
        SceneSpec source = edited.source();
        return createEdit(
                composition,
                instruction,
                source.objects().size() > 1 ? source.withObjects(List.of(object)) : source,
                before,
                after);
    }

    /** Makes the object bigger or smaller. */
    static ExampleSpec resize(Composition composition, EditedObject edited) {
        boolean bigger = composition.random.bernoulli(0.5);
        double size = edited.object().size(), small, large;
        if (composition.fixedSource == null) {
            small = size * 0.72;
            large = Math.min(0.62, size * (edited.source().objects().size() > 1 ? 1.08 : 1.22));
        } else {
            small = bigger ? size : size * 0.7;
            large = bigger ? Math.min(0.62, size * 1.35) : size;
        }
        ObjectSpec smallObject = edited.object().withSize(round3(small)),
                largeObject = edited.object().withSize(round3(large));
        return createEdit(
                composition,
                composition.instruction(
                        bigger ? "bigger" : "smaller", "n", edited.object().concept()),
                edited.source(),
                bigger ? smallObject : largeObject,
                bigger ? largeObject : smallObject);
    }

    private static ExampleSpec createEdit(
            Composition composition, String instruction, SceneSpec scene, ObjectSpec before, ObjectSpec after) {
        return composition.createEdit(
                instruction,
                scene.withReplacedObject(before),
                scene.withReplacedObject(after),
                List.of(before.id()),
                before.concept());
    }
}
