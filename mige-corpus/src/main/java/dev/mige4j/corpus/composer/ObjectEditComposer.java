package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Concept.Trait;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import java.util.List;

/** Composes edits of one object of the source: chooses the object and passes it to the edit of the task kind. */
final class ObjectEditComposer implements TaskComposer {

    @Override
    public ExampleSpec compose(Composition composition) {
        EditedObject edited = composition.fixedSource == null ? createObject(composition) : pickObject(composition);
        if (edited == null) return null;
        return switch (composition.kind) {
            case REMOVE -> remove(composition, edited);
            case REPLACE -> ReplacementEdits.replace(composition, edited);
            case SUBJECT_REPLACE -> ReplacementEdits.replaceWithReference(composition, edited);
            case COLOUR -> AppearanceEdits.recolour(composition, edited);
            case TEXTURE -> AppearanceEdits.retexture(composition, edited);
            case MOVE -> LayoutEdits.move(composition, edited);
            case RESIZE -> LayoutEdits.resize(composition, edited);
            default -> throw new IllegalArgumentException(composition.kind + " is no edit of one object");
        };
    }

    /** The main subject of a new source, in some sources beside a second object of its concept. */
    private static EditedObject createObject(Composition composition) {
        Concept concept = composition.pickMainConcept();
        if (concept == null) return null;
        SceneSpec source = composition.createSource(concept);
        if (source == null) return null;
        ObjectSpec object = source.objects().get(0);
        return hasDuplicate(composition, source, concept)
                ? withDuplicate(composition, source, object, concept)
                : new EditedObject(source, object, object.concept());
    }

    private static boolean hasDuplicate(Composition composition, SceneSpec source, Concept concept) {
        boolean kindAllows = composition.kind == TaskKind.REMOVE
                || composition.kind == TaskKind.REPLACE
                || composition.kind == TaskKind.COLOUR;
        return kindAllows
                && composition.rules.allowsDuplicates()
                && !composition.mix.simpleOnly()
                && source.objects().size() == 2
                && composition.random.bernoulli(0.25)
                && composition.split != Split.UNSEEN_STYLE
                && !concept.hasTrait(Trait.PLURAL)
                && !concept.hasTrait(Trait.MASS);
    }

    private static EditedObject withDuplicate(
            Composition composition, SceneSpec source, ObjectSpec object, Concept concept) {
        ObjectSpec duplicate = ObjectSpec.builder(1, object.concept(), composition.pickIconSet(concept, false))
                .hueShift(composition.pickHueShift(concept))
                .position(source.objects().get(1).x(), object.depth(), object.y())
                .size(object.size())
                .flip(composition.rules.flip(composition.random))
                .build();
        String side = object.x() < duplicate.x() ? "left " : "right ";
        return new EditedObject(source.withReplacedObject(duplicate), object, side + object.concept());
    }

    /**
     * Any object of the given source; null when it has been recoloured, because its concept no longer identifies it.
     */
    private static EditedObject pickObject(Composition composition) {
        SceneSpec source = composition.fixedSource;
        ObjectSpec object = composition.random.choice(source.objects());
        return object.color() != null || object.texture() != null
                ? null
                : new EditedObject(source, object, object.concept());
    }

    private static ExampleSpec remove(Composition composition, EditedObject edited) {
        int id = edited.object().id();
        return composition.createEdit(
                composition.instruction("remove", "n", edited.name()),
                edited.source(),
                edited.source().withoutObject(id),
                List.of(id),
                edited.name());
    }
}
