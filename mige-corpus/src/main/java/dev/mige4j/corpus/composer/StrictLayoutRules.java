package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.ReferenceSpec;
import java.util.List;

/**
 * The rules of {@link CorpusRules#STRICT}: every phrase means one place, and an object's box there lies whole cells of
 * the grid of 16 x 16 away from its box in the reference.
 */
final class StrictLayoutRules implements LayoutRules {

    /** Longest side of an object's box: 7 of 16 cells. */
    private static final double SIZE = 7 / 16.0;

    private static final double LEFT = 0.25, MIDDLE = 0.5, RIGHT = 0.75;

    /** Depths two cells above, at, and two cells below the usual height: a query represents two by two cells. */
    private static final double BEHIND = 0.25, USUAL = 0.5, IN_FRONT = 0.75;

    /** Height of the centre of an object in the sky. */
    private static final double SKY = 0.25;

    /** Seeds that give every scene nearly the same light, from the upper left. */
    private static final List<Long> SCENE_SEEDS = List.of(117L, 268L);

    /** The look of an object that only the text names: the first of these that has it. */
    private static final List<String> ICON_SETS_OF_NAMED =
            List.of("fluent-emoji-3d", "noto", "fluent-emoji", "fluent-emoji-flat", "twemoji");

    private static Place at(double x, double depth) {
        return new Place(x, depth, null, SIZE, true);
    }

    @Override
    public int sourceObjectCount(Composition composition) {
        return composition.random.bernoulli(0.65) ? 1 : 2;
    }

    @Override
    public Place sourceObject(Composition composition, Concept concept, int position, int count) {
        return subject(composition, concept, position, count);
    }

    /** Three objects do not fit beside one another in the usual size. */
    @Override
    public Place subject(Composition composition, Concept concept, int position, int count) {
        return switch (count) {
            case 1 -> at(MIDDLE, USUAL);
            case 2 -> at(position == 0 ? LEFT : RIGHT, USUAL);
            default -> new Place((position + 0.5) / count, USUAL, null, 5 / 16.0, true);
        };
    }

    @Override
    public AdditionLayout addition(RandomStream random, AdditionLayout.Kind kind, Concept added, Concept neighbour) {
        String preposition =
                switch (kind) {
                    case IN_SKY -> "in the sky of";
                    case RELATIVE_TO_OBJECT ->
                        random.choice("to the left of", "to the right of", "next to", "in front of", "behind");
                    case IN_SCENE ->
                        random.choice(
                                "on the left of",
                                "on the right of",
                                "in the centre of",
                                "at the bottom left of",
                                "at the bottom right of");
                };
        return switch (preposition) {
            case "to the left of", "on the left of" ->
                new AdditionLayout(preposition, at(LEFT, USUAL), at(RIGHT, USUAL));
            case "at the bottom left of" -> new AdditionLayout(preposition, at(LEFT, IN_FRONT), at(RIGHT, USUAL));
            case "at the bottom right of" -> new AdditionLayout(preposition, at(RIGHT, IN_FRONT), at(LEFT, USUAL));
            case "in front of" -> new AdditionLayout(preposition, at(MIDDLE, IN_FRONT), at(LEFT, USUAL));
            case "behind" -> new AdditionLayout(preposition, at(MIDDLE, BEHIND), at(LEFT, USUAL));
            case "in the centre of" -> new AdditionLayout(preposition, at(MIDDLE, USUAL), null);
            case "in the sky of" ->
                new AdditionLayout(preposition, new Place(RIGHT, USUAL, SKY, SIZE, true), at(LEFT, USUAL));
            default -> new AdditionLayout(preposition, at(RIGHT, USUAL), at(LEFT, USUAL));
        };
    }

    @Override
    public Place distantObject(Concept concept) {
        return null;
    }

    /** The place of the replaced object. */
    @Override
    public Place replacement(ObjectSpec replaced, Concept concept) {
        return new Place(replaced.x(), replaced.depth(), replaced.y(), replaced.size(), true);
    }

    /** From the middle to one side, or from one side to the middle. */
    @Override
    public PlaceChange move(RandomStream random, ObjectSpec object, String direction) {
        return switch (direction) {
            case "left" -> new PlaceChange(at(MIDDLE, USUAL), at(LEFT, USUAL));
            case "right" -> new PlaceChange(at(MIDDLE, USUAL), at(RIGHT, USUAL));
            default -> new PlaceChange(at(random.bernoulli(0.5) ? LEFT : RIGHT, USUAL), at(MIDDLE, USUAL));
        };
    }

    /** By two cells. */
    @Override
    public PlaceChange resize(Composition composition, EditedObject edited, boolean bigger) {
        ObjectSpec object = edited.object();
        double resized = object.size() + (bigger ? 2 : -2) / 16.0;
        return new PlaceChange(
                new Place(object.x(), object.depth(), object.y(), object.size(), true),
                new Place(object.x(), object.depth(), object.y(), resized, true));
    }

    /** Never. */
    @Override
    public boolean flip(RandomStream random) {
        return false;
    }

    /** One of a few. */
    @Override
    public long sceneSeed(RandomStream random) {
        return random.choice(SCENE_SEEDS);
    }

    /** Alone on black, in the middle, in the size in which scenes show it. */
    @Override
    public ReferenceSpec reference(Composition composition, ObjectSpec object) {
        return ReferenceSpec.onBlack(ObjectSpec.builder(0, object.concept(), object.iconSet())
                .hueShift(object.hueShift())
                .color(object.color())
                .texture(object.texture())
                .position(0.5, USUAL, 0.5)
                .size(SIZE)
                .onGrid(true)
                .build());
    }

    /** The same for all objects of a concept. */
    @Override
    public String iconSetOfNamed(Composition composition, ObjectSpec neighbour, Concept concept) {
        return ICON_SETS_OF_NAMED.stream()
                .filter(s -> composition.sprites.contains(concept.name(), s))
                .findFirst()
                .orElseGet(() -> composition.pickIconSet(concept, false));
    }

    @Override
    public boolean allowsDuplicates() {
        return false;
    }

    @Override
    public boolean namesOnlySeenLooks() {
        return true;
    }
}
