package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.ArrayList;
import java.util.List;

/**
 * The concepts that have sprites, by the splits that may show them.
 *
 * @param train concepts that training may show
 * @param heldOut concepts that training never shows (U1)
 * @param heldOutStyle concepts of training that also have a sprite in the held-out icon set (U2)
 */
record ConceptPools(List<Concept> train, List<Concept> heldOut, List<Concept> heldOutStyle) {

    static ConceptPools of(SpriteStore sprites) {
        List<Concept> train = new ArrayList<>(), heldOut = new ArrayList<>(), heldOutStyle = new ArrayList<>();
        for (Concept concept : Concept.all()) {
            List<String> iconSets = sprites.iconSetsOf(concept.name());
            boolean hasTrainingStyle = iconSets.stream().anyMatch(s -> !s.equals(Split.HELD_OUT_STYLE));
            if (Split.isHeldOut(concept)) {
                if (hasTrainingStyle) heldOut.add(concept);
            } else {
                if (hasTrainingStyle) train.add(concept);
                if (iconSets.contains(Split.HELD_OUT_STYLE)) heldOutStyle.add(concept);
            }
        }
        return new ConceptPools(List.copyOf(train), List.copyOf(heldOut), List.copyOf(heldOutStyle));
    }
}
