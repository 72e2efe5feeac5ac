package dev.mige4j.corpus.composer;

import static dev.mige4j.corpus.composer.Composition.round3;
import static dev.mige4j.corpus.composer.Composition.sizeFactor;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Concept.Trait;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene.Environment;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import java.util.ArrayList;
import java.util.List;

/** Composes edits that add an object, which the text or a reference image names. */
final class AdditionComposer implements TaskComposer {

    @Override
    public ExampleSpec compose(Composition composition) {
        RandomStream random = composition.random;
        boolean simpleOnly = composition.mix.simpleOnly();
        boolean withReference = composition.kind == TaskKind.SUBJECT_ADD;
        Concept mainConcept = composition.pickMainConcept();
        if (mainConcept == null) return null;
        boolean inSky = composition.scene().environment() == Environment.OUTDOORS
                && mainConcept.hasTrait(Trait.FLY)
                && random.bernoulli(0.7);
        boolean relativeToObject = random.bernoulli(simpleOnly ? 0.3 : 0.55) && !inSky;
        boolean withThirdObject = !simpleOnly && random.bernoulli(0.25);
        Concept neighbourConcept = composition.pickOtherConcept(List.of(mainConcept.name()));
        if (neighbourConcept == null) return null;

        AdditionLayout layout = new AdditionLayout(random, mainConcept, neighbourConcept);
        if (inSky) layout.placeInSky();
        else if (relativeToObject) layout.placeRelativeToNeighbour();
        else layout.placeInScene();

        ObjectSpec neighbour = ObjectSpec.builder(
                        1, neighbourConcept.name(), composition.pickIconSet(neighbourConcept, false))
                .hueShift(composition.pickHueShift(neighbourConcept))
                .position(round3(layout.neighbourX), round3(layout.neighbourDepth))
                .size(round3(layout.neighbourSize))
                .flip(random.bernoulli(0.5))
                .build();
        String iconSet = withReference || composition.split == Split.UNSEEN_STYLE
                ? composition.pickIconSet(mainConcept, true)
                : composition.iconSetMatching(neighbour, mainConcept);
        ObjectSpec added = ObjectSpec.builder(0, mainConcept.name(), iconSet)
                .hueShift(withReference ? composition.pickHueShift(mainConcept) : 0)
                .position(round3(layout.x), round3(layout.depth), layout.y)
                .size(round3(layout.size))
                .flip(random.bernoulli(0.5))
                .build();
        List<ObjectSpec> objects = new ArrayList<>();
        if (relativeToObject || !random.bernoulli(0.15)) objects.add(neighbour);
        if (withThirdObject && !relativeToObject && !inSky && !layout.isCentred()) {
            ObjectSpec third = createThirdObject(composition, List.of(mainConcept.name(), neighbourConcept.name()));
            if (third != null) objects.add(third);
        }
        SceneSpec source = composition.placeInScene(objects), target = source.withObject(added);
        String instruction = composition.instruction(
                (withReference ? "subject_add" : "add") + (relativeToObject ? "_object" : "_scene"),
                "a",
                mainConcept.nameWithArticle(),
                "p",
                layout.preposition,
                "o",
                neighbourConcept.name());
        if (!withReference) return composition.createEdit(instruction, source, target, List.of(0), mainConcept.name());
        return composition.createSpec(
                instruction,
                List.of(ReferenceComposer.compose(composition, added), ReferenceSpec.SOURCE),
                List.of(SceneCaptions.describe(added), Composition.SOURCE_NAME),
                source,
                target,
                List.of(0),
                mainConcept.name());
    }

    /** A small object in the background; null when no concept fits. */
    private static ObjectSpec createThirdObject(Composition composition, List<String> taken) {
        Concept concept = composition.pickOtherConcept(taken);
        if (concept == null) return null;
        return ObjectSpec.builder(2, concept.name(), composition.pickIconSet(concept, false))
                .hueShift(composition.pickHueShift(concept))
                .position(0.52, 0.2)
                .size(round3(0.26 * sizeFactor(concept, 0.4)))
                .flip(composition.random.bernoulli(0.5))
                .build();
    }
}
