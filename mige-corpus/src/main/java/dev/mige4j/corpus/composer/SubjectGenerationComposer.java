package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import java.util.ArrayList;
import java.util.List;

/** Composes subject generation: one to three reference objects, placed together in a scene. */
final class SubjectGenerationComposer implements TaskComposer {

    private final int count;

    /** {@code count}: number of subjects, 1 to 3. */
    SubjectGenerationComposer(int count) {
        this.count = count;
    }

    @Override
    public ExampleSpec compose(Composition composition) {
        Concept mainConcept = composition.pickMainConcept();
        if (mainConcept == null) return null;
        List<Concept> concepts = composition.pickConcepts(mainConcept, count);
        if (concepts == null) return null;
        List<ObjectSpec> objects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Place place = composition.rules.subject(composition, concepts.get(i), i, count);
            objects.add(composition.createObject(i, concepts.get(i), i == 0, place));
        }
        SceneSpec target = composition.placeInScene(objects);
        List<ReferenceSpec> references = objects.stream()
                .map(o -> composition.rules.reference(composition, o))
                .toList();
        String template = pickTemplate(composition);
        String location = composition.pickPhrase(composition.scene())
                + SceneCaptions.timePhrase(target.timeOfDay())
                + SceneCaptions.weatherPhrase(target.weather());
        return composition.createSpec(
                InstructionTemplates.fill(template, "n", mainConcept.name(), "s", location),
                references,
                concepts.stream().map(c -> "the " + c.name()).toList(),
                null,
                target,
                objects.stream().map(ObjectSpec::id).toList(),
                mainConcept.name());
    }

    private String pickTemplate(Composition composition) {
        if (composition.mix.simpleOnly() && !composition.heldOutWording())
            return InstructionTemplates.sample(
                    "subject_1", false, RandomStream.named(composition.random.nextInt(2), "plain"));
        return composition.pickTemplate("subject_" + count);
    }
}
