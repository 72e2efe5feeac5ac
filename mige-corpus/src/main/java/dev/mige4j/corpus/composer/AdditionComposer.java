package dev.mige4j.corpus.composer;

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

        // an object that is named but not shown must be one whose look training has shown
        boolean mainIsNeighbour = !withReference && composition.rules.namesOnlySeenLooks() && composition.hidesLook();
        if (mainIsNeighbour && inSky) return null;
        Concept addedConcept = mainIsNeighbour ? neighbourConcept : mainConcept,
                otherConcept = mainIsNeighbour ? mainConcept : neighbourConcept;
        AdditionLayout layout = composition.rules.addition(
                random,
                inSky
                        ? AdditionLayout.Kind.IN_SKY
                        : relativeToObject ? AdditionLayout.Kind.RELATIVE_TO_OBJECT : AdditionLayout.Kind.IN_SCENE,
                addedConcept,
                otherConcept);
        if (mainIsNeighbour && layout.neighbour() == null) return null;

        ObjectSpec neighbour = layout.neighbour() == null
                ? null
                : composition.createObject(1, otherConcept, mainIsNeighbour, layout.neighbour());
        String iconSet = withReference || (composition.split == Split.UNSEEN_STYLE && !mainIsNeighbour)
                ? composition.pickIconSet(addedConcept, true)
                : composition.rules.iconSetOfNamed(composition, neighbour, addedConcept);
        ObjectSpec added = layout.added()
                .applyTo(ObjectSpec.builder(0, addedConcept.name(), iconSet)
                        .hueShift(withReference ? composition.pickHueShift(addedConcept) : 0))
                .flip(composition.rules.flip(random))
                .build();
        List<ObjectSpec> objects = new ArrayList<>();
        boolean withNeighbour = relativeToObject || !random.bernoulli(0.15) || mainIsNeighbour;
        if (withNeighbour && neighbour != null) objects.add(neighbour);
        if (withThirdObject && !relativeToObject && !inSky && !layout.isCentred()) {
            Concept concept = composition.pickOtherConcept(List.of(mainConcept.name(), neighbourConcept.name()));
            Place place = concept == null ? null : composition.rules.distantObject(concept);
            if (place != null) objects.add(composition.createObject(2, concept, false, place));
        }
        SceneSpec source = composition.placeInScene(objects), target = source.withObject(added);
        String instruction = composition.instruction(
                (withReference ? "subject_add" : "add") + (relativeToObject ? "_object" : "_scene"),
                "a",
                addedConcept.nameWithArticle(),
                "p",
                layout.preposition(),
                "o",
                otherConcept.name());
        if (!withReference) return composition.createEdit(instruction, source, target, List.of(0), addedConcept.name());
        return composition.createSpec(
                instruction,
                List.of(composition.rules.reference(composition, added), ReferenceSpec.SOURCE),
                List.of(SceneCaptions.describe(added), Composition.SOURCE_NAME),
                source,
                target,
                List.of(0),
                mainConcept.name());
    }
}
