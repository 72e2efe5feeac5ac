package dev.mige4j.corpus.composer;

import static dev.mige4j.corpus.composer.Composition.round3;

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
        RandomStream random = composition.random;
        Concept mainConcept = composition.pickMainConcept();
        if (mainConcept == null) return null;
        List<Concept> concepts = composition.pickConcepts(mainConcept, count);
        if (concepts == null) return null;
        double[] positions = count == 1
                ? new double[] {0.5}
                : count == 2 ? new double[] {0.28, 0.72} : new double[] {0.19, 0.5, 0.81};
        double baseSize = count == 1 ? 0.54 : count == 2 ? 0.395 : 0.30,
                jitter = count == 1 ? 0.14 : count == 2 ? 0.05 : 0.02;
        List<ObjectSpec> objects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double size = baseSize * Composition.sizeFactor(concepts.get(i), 0.35) * random.uniform(0.92, 1.12);
            if (count == 1) size = Math.max(0.45, size);
            objects.add(composition.createObject(
                    i,
                    concepts.get(i),
                    i == 0,
                    round3(positions[i] + random.uniform(-jitter, jitter)),
                    round3(random.uniform(0.35, 0.95)),
                    round3(size)));
        }
        SceneSpec target = composition.placeInScene(objects);
        List<ReferenceSpec> references = objects.stream()
                .map(o -> ReferenceComposer.compose(composition, o))
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
