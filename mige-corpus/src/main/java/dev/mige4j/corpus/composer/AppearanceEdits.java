package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.renderer.Recolouring;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.Split;
import java.util.List;

/** Edits of an object's colour or texture. */
final class AppearanceEdits {

    private AppearanceEdits() {}

    static ExampleSpec recolour(Composition composition, EditedObject edited) {
        String colour = pick(composition, edited, Recolouring.COLOUR_NAMES);
        if (colour == null) return null;
        String instruction =
                composition.instruction("colour", "n", edited.name(), "c", colour, "ac", withArticle(colour));
        return createEdit(composition, edited, instruction, edited.object().withColor(colour));
    }

    static ExampleSpec retexture(Composition composition, EditedObject edited) {
        String texture = pick(composition, edited, Recolouring.TEXTURES);
        if (texture == null) return null;
        String instruction =
                composition.instruction("texture", "n", edited.name(), "t", texture, "at", withArticle(texture));
        return createEdit(composition, edited, instruction, edited.object().withTexture(texture));
    }

    /** An appearance that the split allows for the object's concept; null when there is none. */
    private static String pick(Composition composition, EditedObject edited, List<String> appearances) {
        boolean heldOut = composition.split == Split.UNSEEN_LOOK;
        List<String> allowed = appearances.stream()
                .filter(a -> Split.isHeldOut(edited.concept(), a) == heldOut)
                .toList();
        return allowed.isEmpty() ? null : composition.random.choice(allowed);
    }

    private static ExampleSpec createEdit(
            Composition composition, EditedObject edited, String instruction, ObjectSpec changed) {
        return composition.createEdit(
                instruction,
                edited.source(),
                edited.source().withReplacedObject(changed),
                List.of(changed.id()),
                edited.name());
    }

    private static String withArticle(String adjective) {
        return ("aeio".indexOf(adjective.charAt(0)) >= 0 ? "an " : "a ") + adjective;
    }
}
