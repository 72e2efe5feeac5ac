package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import java.util.List;

/** Edits that replace an object by one of another concept, which the text or a reference image names. */
final class ReplacementEdits {

    private ReplacementEdits() {}

    /** The text names the new object. In splits with a held-out subject, the subject is the new object. */
    static ExampleSpec replace(Composition composition, EditedObject edited) {
        Concept concept = pickConcept(composition, edited);
        if (concept == null) return null;
        boolean swapped = composition.fixedSource == null
                && !composition.rules.namesOnlySeenLooks()
                && (composition.split == Split.UNSEEN_SUBJECT
                        || composition.split == Split.UNSEEN_STYLE
                        || composition.split == Split.UNSEEN_PAIR);
        if (swapped) return replaceBySubject(composition, edited, concept);
        String instruction = composition.instruction("replace", "n", edited.name(), "a", concept.nameWithArticle());
        return composition.createEdit(
                instruction,
                edited.source(),
                edited.source().withReplacedObject(substitute(composition, edited.object(), concept)),
                List.of(edited.object().id()),
                concept.name());
    }

    /** Source and target are swapped: the edited object is in the target, a substitute in the source. */
    private static ExampleSpec replaceBySubject(Composition composition, EditedObject edited, Concept concept) {
        if (!edited.name().equals(edited.object().concept())) return null;
        ObjectSpec sourceObject = substitute(composition, edited.object(), concept);
        SceneSpec target = edited.source()
                .withReplacedObject(edited.object().toBuilder().hueShift(0).build());
        return composition.createEdit(
                composition.instruction(
                        "replace", "n", concept.name(), "a", edited.concept().nameWithArticle()),
                target.withReplacedObject(sourceObject),
                target,
                List.of(edited.object().id()),
                edited.object().concept());
    }

    /** A reference image shows the new object, which is the edited one; a substitute is in the source. */
    static ExampleSpec replaceWithReference(Composition composition, EditedObject edited) {
        Concept concept = pickConcept(composition, edited);
        if (concept == null) return null;
        SceneSpec target = edited.source();
        ObjectSpec object = edited.object();
        SceneSpec source = target.withReplacedObject(substitute(composition, object, concept));
        String template = composition.pickTemplate("subject_replace");
        ReferenceSpec reference = composition.rules.reference(composition, object);
        boolean referenceFirst = template.contains("M2");
        return composition.createSpec(
                InstructionTemplates.fill(template, "n", concept.name()),
                referenceFirst ? List.of(reference, ReferenceSpec.SOURCE) : List.of(ReferenceSpec.SOURCE, reference),
                referenceFirst
                        ? List.of(SceneCaptions.describe(object), Composition.SOURCE_NAME)
                        : List.of(Composition.SOURCE_NAME, SceneCaptions.describe(object)),
                source,
                target,
                List.of(0),
                object.concept());
    }

    private static Concept pickConcept(Composition composition, EditedObject edited) {
        return composition.pickOtherConcept(
                edited.source().objects().stream().map(ObjectSpec::concept).toList());
    }

    /** An object of another concept in place of this one. */
    private static ObjectSpec substitute(Composition composition, ObjectSpec object, Concept concept) {
        String iconSet = composition.rules.iconSetOfNamed(composition, object, concept);
        return composition
                .rules
                .replacement(object, concept)
                .applyTo(ObjectSpec.builder(object.id(), concept.name(), iconSet))
                .flip(composition.rules.flip(composition.random))
                .build();
    }
}
