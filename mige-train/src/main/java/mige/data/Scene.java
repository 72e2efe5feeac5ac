package mige.data;

import java.util.ArrayList;
import java.util.List;

/**
 * A named place: its phrases, where things stand in it, and how its land is painted.
 *
 * @param name    stable key
 * @param noun    "a beach", as in captions
 * @param phrases "on a beach", ...: the first is the plain one, the last is kept out of training (U4)
 * @param room    what sort of place
 * @param ground  what things stand on
 * @param horizon v of the horizon
 * @param far     v of the base line at depth 0
 * @param near    v of the base line at depth 1
 * @param painter paints the land of one layout
 */
record Scene(String name, String noun, List<String> phrases, Room room, Ground ground, double horizon, double far, double near, Scenery.Painter painter) {

    /** What sort of place: outdoors has times and weathers, indoors day and night, water and space their own light. */
    enum Room { OUTDOORS, INDOORS, WATER, SPACE }

    enum Ground { GRASS, SAND, SNOW, STONE, WOOD, TABLE, NONE }

    static final List<String> TIMES = List.of("day", "sunset", "night", "dawn", "overcast");
    static final List<String> WEATHERS = List.of("clear", "rain", "snow", "fog");

    /** The scenes in a fixed order. */
    static final List<Scene> ALL = Scenery.scenes();

    static Scene named(String name) {
        for (Scene s : ALL) if (s.name.equals(name)) return s;
        throw new mige.tensor.UsageException("There is no scene '%s'; the scenes are %s", name, ALL.stream().map(Scene::name).toList());
    }

    List<String> times() {
        return switch (room) {
            case OUTDOORS -> TIMES;
            case INDOORS -> List.of("day", "night");
            case WATER, SPACE -> List.of("day");
        };
    }

    List<String> weathers() {
        return room == Room.OUTDOORS ? WEATHERS : List.of("clear");
    }

    /** Whether this thing may be put here at all. */
    boolean suits(Concept c) {
        boolean big = c.category() == Concept.Category.BUILDING || c.category() == Concept.Category.VEHICLE || c.category() == Concept.Category.AIRCRAFT || c.category() == Concept.Category.BOAT;
        if (ground == Ground.TABLE) return c.size() <= 0.85 && !big && c.category() != Concept.Category.PERSON;
        if (room == Room.INDOORS) return !big && c.size() <= 1.05;
        if (room == Room.WATER) return c.is(Concept.Trait.SWIM) || c.category() == Concept.Category.OBJECT && !big;
        if (room == Room.SPACE) return c.category() != Concept.Category.BUILDING;
        return true;
    }

    /** Scenes that suit the concept. */
    static List<Scene> suiting(Concept c) {
        List<Scene> out = new ArrayList<>();
        for (Scene s : ALL) if (s.suits(c)) out.add(s);
        return out;
    }

    /** v of the base line at a depth. */
    double base(double depth) {
        return far + (near - far) * depth;
    }
}
