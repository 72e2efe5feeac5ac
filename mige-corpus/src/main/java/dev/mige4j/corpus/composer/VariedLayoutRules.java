package dev.mige4j.corpus.composer;

import static dev.mige4j.corpus.composer.Composition.sizeFactor;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Concept.Trait;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene.Environment;
import dev.mige4j.corpus.specification.Split;

/** The rules of {@link CorpusRules#VARIED}. */
final class VariedLayoutRules implements LayoutRules {

    @Override
    public int sourceObjectCount(Composition composition) {
        double roll = composition.random.nextDouble();
        return composition.mix.simpleOnly() || roll < 0.6 ? 1 : roll < 0.9 ? 2 : 3;
    }

    @Override
    public Place sourceObject(Composition composition, Concept concept, int position, int count) {
        RandomStream random = composition.random;
        double baseSize = count == 1 ? 0.47 : count == 2 ? 0.37 : 0.29, jitter = count == 1 ? 0.16 : 0.03;
        double x = meanX(position, count) + random.uniform(-jitter, jitter), depth = random.uniform(0.3, 0.9);
        double size = baseSize * sizeFactor(concept, 0.4) * random.uniform(0.9, 1.12);
        return Place.rounded(x, depth, pickHeight(composition, concept), size);
    }

    @Override
    public Place subject(Composition composition, Concept concept, int position, int count) {
        RandomStream random = composition.random;
        double baseSize = count == 1 ? 0.54 : count == 2 ? 0.395 : 0.30,
                jitter = count == 1 ? 0.14 : count == 2 ? 0.05 : 0.02;
        double size = baseSize * sizeFactor(concept, 0.35) * random.uniform(0.92, 1.12);
        if (count == 1) size = Math.max(0.45, size);
        double x = meanX(position, count) + random.uniform(-jitter, jitter), depth = random.uniform(0.35, 0.95);
        return Place.rounded(x, depth, pickHeight(composition, concept), size);
    }

    private static double meanX(int position, int count) {
        double[] positions = count == 1
                ? new double[] {0.5}
                : count == 2 ? new double[] {0.28, 0.72} : new double[] {0.19, 0.5, 0.81};
        return positions[position];
    }

    /** The height of an object that floats, as some do where their concept and the scene allow that; else null. */
    private static Double pickHeight(Composition composition, Concept concept) {
        Environment environment = composition.scene().environment();
        RandomStream random = composition.random;
        boolean floating =
                switch (environment) {
                    case WATER -> concept.hasTrait(Trait.SWIM) && random.bernoulli(0.8);
                    case OUTDOORS, SPACE -> concept.hasTrait(Trait.FLY) && random.bernoulli(0.6);
                    case INDOORS -> false;
                };
        return floating ? Double.valueOf(random.uniform(0.28, environment == Environment.WATER ? 0.6 : 0.42)) : null;
    }

    @Override
    public AdditionLayout addition(RandomStream random, AdditionLayout.Kind kind, Concept added, Concept neighbour) {
        return VariedAdditionLayout.sample(random, kind, added, neighbour);
    }

    @Override
    public Place distantObject(Concept concept) {
        return Place.rounded(0.52, 0.2, null, 0.26 * sizeFactor(concept, 0.4));
    }

    /** The same position in the natural size of the concept. */
    @Override
    public Place replacement(ObjectSpec replaced, Concept concept) {
        double size = replaced.size() * sizeFactor(concept, 0.4) / sizeFactor(Concept.byName(replaced.concept()), 0.4);
        boolean mayFloat = concept.hasTrait(Trait.FLY) || concept.hasTrait(Trait.SWIM);
        return Place.rounded(replaced.x(), replaced.depth(), mayFloat ? replaced.y() : null, size);
    }

    @Override
    public PlaceChange move(RandomStream random, ObjectSpec object, String direction) {
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
        double size = Math.min(object.size(), 0.40);
        return new PlaceChange(
                Place.rounded(startX, object.depth(), object.y(), size),
                Place.rounded(endX, object.depth(), object.y(), size));
    }

    @Override
    public PlaceChange resize(Composition composition, EditedObject edited, boolean bigger) {
        ObjectSpec object = edited.object();
        double size = object.size(), small, large;
        if (composition.fixedSource == null) {
            small = size * 0.72;
            large = Math.min(0.62, size * (edited.source().objects().size() > 1 ? 1.08 : 1.22));
        } else {
            small = bigger ? size : size * 0.7;
            large = bigger ? Math.min(0.62, size * 1.35) : size;
        }
        Place smallPlace = Place.rounded(object.x(), object.depth(), object.y(), small),
                largePlace = Place.rounded(object.x(), object.depth(), object.y(), large);
        return bigger ? new PlaceChange(smallPlace, largePlace) : new PlaceChange(largePlace, smallPlace);
    }

    @Override
    public boolean flip(RandomStream random) {
        return random.bernoulli(0.5);
    }

    @Override
    public long sceneSeed(RandomStream random) {
        return random.nextLong() >>> 16;
    }

    @Override
    public ReferenceSpec reference(Composition composition, ObjectSpec object) {
        return VariedReferences.compose(composition, object);
    }

    /**
     * The neighbour's icon set where it has the concept: an object that only the text names should match the style of
     * the image.
     */
    @Override
    public String iconSetOfNamed(Composition composition, ObjectSpec neighbour, Concept concept) {
        String fallback = composition.pickIconSet(concept, false);
        return !neighbour.iconSet().equals(Split.HELD_OUT_STYLE)
                        && composition.sprites.contains(concept.name(), neighbour.iconSet())
                ? neighbour.iconSet()
                : fallback;
    }

    @Override
    public boolean allowsDuplicates() {
        return true;
    }

    @Override
    public boolean namesOnlySeenLooks() {
        return false;
    }
}
