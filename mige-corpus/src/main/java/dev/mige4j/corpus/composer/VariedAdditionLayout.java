package dev.mige4j.corpus.composer;

import static dev.mige4j.corpus.composer.Composition.sizeFactor;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.RandomStream;

/** Draws an {@link AdditionLayout} at random. */
final class VariedAdditionLayout {

    private final RandomStream random;

    private double x, depth, size, neighbourX, neighbourDepth, neighbourSize;
    /** Height of the added object; null: on the ground. */
    private Double y;

    private String preposition;

    private VariedAdditionLayout(RandomStream random, Concept concept, Concept neighbourConcept) {
        this.random = random;
        depth = random.uniform(0.45, 0.85);
        neighbourDepth = depth + random.uniform(-0.1, 0.1);
        size = 0.38 * sizeFactor(concept, 0.4) * random.uniform(0.9, 1.12);
        neighbourSize = 0.39 * sizeFactor(neighbourConcept, 0.4) * random.uniform(0.9, 1.1);
    }

    static AdditionLayout sample(RandomStream random, AdditionLayout.Kind kind, Concept added, Concept neighbour) {
        VariedAdditionLayout layout = new VariedAdditionLayout(random, added, neighbour);
        switch (kind) {
            case IN_SKY -> layout.placeInSky();
            case RELATIVE_TO_OBJECT -> layout.placeRelativeToNeighbour();
            case IN_SCENE -> layout.placeInScene();
        }
        return new AdditionLayout(
                layout.preposition,
                Place.rounded(layout.x, layout.depth, layout.y, layout.size),
                Place.rounded(layout.neighbourX, layout.neighbourDepth, null, layout.neighbourSize));
    }

    private void placeInSky() {
        preposition = "in the sky of";
        x = random.uniform(0.25, 0.75);
        y = Composition.round3(random.uniform(0.17, 0.27));
        size = 0.29;
        neighbourX = x < 0.5 ? random.uniform(0.6, 0.75) : random.uniform(0.25, 0.4);
        neighbourSize *= 0.95;
    }

    private void placeRelativeToNeighbour() {
        preposition = random.choice("to the left of", "to the right of", "next to", "in front of", "behind");
        neighbourX = switch (preposition) {
            case "to the left of" -> random.uniform(0.66, 0.76);
            case "to the right of" -> random.uniform(0.24, 0.34);
            case "next to" -> random.bernoulli(0.5) ? 0.28 : 0.72;
            default -> random.uniform(0.42, 0.58);
        };
        x = switch (preposition) {
            case "to the left of" -> neighbourX - random.uniform(0.40, 0.46);
            case "to the right of" -> neighbourX + random.uniform(0.40, 0.46);
            case "next to" -> neighbourX < 0.5 ? neighbourX + 0.43 : neighbourX - 0.43;
            default -> neighbourX + random.choice(-1, 1) * random.uniform(0.10, 0.17);
        };
        if (preposition.equals("in front of")) {
            neighbourDepth = 0.3;
            depth = 0.95;
            size *= 0.82;
            neighbourSize *= 1.1;
        } else if (preposition.equals("behind")) {
            neighbourDepth = 0.9;
            depth = 0.1;
            size *= 1.1;
            neighbourSize *= 0.85;
        }
    }

    private void placeInScene() {
        preposition = random.choice(
                "on the left of",
                "on the right of",
                "in the centre of",
                "at the bottom left of",
                "at the bottom right of");
        boolean left = preposition.contains("left"), centre = preposition.contains("centre");
        x = centre ? 0.5 : left ? random.uniform(0.21, 0.3) : random.uniform(0.7, 0.79);
        neighbourX = centre ? random.choice(0.2, 0.8) : left ? random.uniform(0.65, 0.78) : random.uniform(0.22, 0.35);
        if (preposition.contains("bottom")) depth = 1;
        if (centre) neighbourSize = Math.min(neighbourSize, 0.30);
        if (centre) size = Math.min(size, 0.38);
    }
}
