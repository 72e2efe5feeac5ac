package dev.mige4j.corpus;

import java.util.ArrayList;
import java.util.List;

/**
 * A named place: its phrases, where things stand in it, and how its land is painted.
 *
 * @param name stable key
 * @param nounPhrase "a beach", as in captions
 * @param phrases "on a beach", ...: the first is the plain one, the last is kept out of training (U4)
 * @param environment what sort of place
 * @param ground what things stand on
 * @param horizon v of the horizon
 * @param farBaseline v of the base line at depth 0
 * @param nearBaseline v of the base line at depth 1
 * @param backgroundGenerator paints the land of one layout
 */
record Scene(
        String name,
        String nounPhrase,
        List<String> phrases,
        Environment environment,
        GroundType ground,
        double horizon,
        double farBaseline,
        double nearBaseline,
        SceneCatalog.BackgroundGenerator backgroundGenerator) {

    /** What sort of place: outdoors has times and weathers, indoors day and night, water and space their own light. */
    enum Environment {
        OUTDOORS,
        INDOORS,
        WATER,
        SPACE
    }

    enum GroundType {
        GRASS,
        SAND,
        SNOW,
        STONE,
        WOOD,
        TABLE,
        NONE
    }

    static final List<String> TIMES_OF_DAY = List.of("day", "sunset", "night", "dawn", "overcast");
    static final List<String> WEATHERS = List.of("clear", "rain", "snow", "fog");

    /** The scenes in a fixed order. */
    static final List<Scene> ALL = SceneCatalog.scenes();

    static Scene byName(String name) {
        for (Scene s : ALL) if (s.name.equals(name)) return s;
        throw new dev.mige4j.common.UsageException(
                "There is no scene '%s'; the scenes are %s",
                name, ALL.stream().map(Scene::name).toList());
    }

    List<String> timesOfDay() {
        return switch (environment) {
            case OUTDOORS -> TIMES_OF_DAY;
            case INDOORS -> List.of("day", "night");
            case WATER, SPACE -> List.of("day");
        };
    }

    List<String> weathers() {
        return environment == Environment.OUTDOORS ? WEATHERS : List.of("clear");
    }

    /** Whether this thing may be put here at all. */
    boolean isCompatibleWith(Concept concept) {
        boolean bulky = concept.category() == Concept.Category.BUILDING
                || concept.category() == Concept.Category.VEHICLE
                || concept.category() == Concept.Category.AIRCRAFT
                || concept.category() == Concept.Category.BOAT;
        if (ground == GroundType.TABLE)
            return concept.size() <= 0.85 && !bulky && concept.category() != Concept.Category.PERSON;
        if (environment == Environment.INDOORS) return !bulky && concept.size() <= 1.05;
        if (environment == Environment.WATER)
            return concept.hasTrait(Concept.Trait.SWIM) || concept.category() == Concept.Category.OBJECT && !bulky;
        if (environment == Environment.SPACE) return concept.category() != Concept.Category.BUILDING;
        return true;
    }

    /** Scenes that suit the concept. */
    static List<Scene> compatibleWith(Concept concept) {
        List<Scene> compatible = new ArrayList<>();
        for (Scene s : ALL) if (s.isCompatibleWith(concept)) compatible.add(s);
        return compatible;
    }

    /** v of the base line at a depth. */
    double baselineAt(double depth) {
        return farBaseline + (nearBaseline - farBaseline) * depth;
    }
}
