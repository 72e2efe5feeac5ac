package dev.mige4j.corpus.specification;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.Concept.Category;
import dev.mige4j.corpus.specification.Concept.Trait;
import java.util.List;
import java.util.Locale;

/**
 * A scene that objects are placed in, such as a beach or a kitchen: its names in instructions and the positions of
 * objects in the image. Resource {@code scenes.tsv} lists the scenes.
 *
 * <p>Vertical positions v are fractions of the image height, 0 at the top.
 *
 * @param name stable key
 * @param nounPhrase "a beach", as in captions
 * @param phrases "on a beach", ...: the first is the default, the last is held out of training (split U4)
 * @param environment which times of day and weathers are possible, and which light applies
 * @param ground the surface that objects stand on
 * @param horizon v of the horizon
 * @param farBaseline v of the baseline of an object at depth 0
 * @param nearBaseline v of the baseline of an object at depth 1
 */
public record Scene(
        String name,
        String nounPhrase,
        List<String> phrases,
        Environment environment,
        GroundType ground,
        double horizon,
        double farBaseline,
        double nearBaseline) {

    /** The light and weather of a scene. */
    public enum Environment {
        /** All times of day and weathers. */
        OUTDOORS,
        /** Day and night. */
        INDOORS,
        /** Under water: one fixed light. */
        WATER,
        /** In space: one fixed light. */
        SPACE
    }

    /** The surface that objects stand on. */
    public enum GroundType {
        GRASS,
        SAND,
        SNOW,
        STONE,
        WOOD,
        TABLE,
        NONE
    }

    private static final List<String> TIMES_OF_DAY = List.of("day", "sunset", "night", "dawn", "overcast");
    private static final List<String> WEATHERS = List.of("clear", "rain", "snow", "fog");

    /** All scenes in a fixed order. */
    public static final List<Scene> ALL = TsvResource.read(Scene.class, "scenes.tsv").stream()
            .map(Scene::parse)
            .toList();

    private static Scene parse(String[] row) {
        return new Scene(
                row[0],
                row[1],
                List.of(row[2].split(" \\| ")),
                Environment.valueOf(row[3].toUpperCase(Locale.ROOT)),
                GroundType.valueOf(row[4].toUpperCase(Locale.ROOT)),
                Double.parseDouble(row[5]),
                Double.parseDouble(row[6]),
                Double.parseDouble(row[7]));
    }

    /**
     * The scene of this name.
     *
     * @throws UsageException when there is none
     */
    public static Scene byName(String name) {
        return ALL.stream()
                .filter(s -> s.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "There is no scene '%s'; the scenes are %s",
                        name, ALL.stream().map(Scene::name).toList()));
    }

    /** The times of day at which this scene can be rendered. */
    public List<String> timesOfDay() {
        return switch (environment) {
            case OUTDOORS -> TIMES_OF_DAY;
            case INDOORS -> List.of("day", "night");
            case WATER, SPACE -> List.of("day");
        };
    }

    /** The weathers in which this scene can be rendered. */
    public List<String> weathers() {
        return environment == Environment.OUTDOORS ? WEATHERS : List.of("clear");
    }

    /** Whether objects of this concept may be placed in this scene. */
    public boolean isCompatibleWith(Concept concept) {
        Category category = concept.category();
        boolean bulky = category == Category.BUILDING
                || category == Category.VEHICLE
                || category == Category.AIRCRAFT
                || category == Category.BOAT;
        if (ground == GroundType.TABLE) return concept.size() <= 0.85 && !bulky && category != Category.PERSON;
        return switch (environment) {
            case INDOORS -> !bulky && concept.size() <= 1.05;
            case WATER -> concept.hasTrait(Trait.SWIM) || category == Category.OBJECT;
            case SPACE -> category != Category.BUILDING;
            case OUTDOORS -> true;
        };
    }

    /** The scenes that objects of this concept may be placed in. */
    public static List<Scene> compatibleWith(Concept concept) {
        return ALL.stream().filter(s -> s.isCompatibleWith(concept)).toList();
    }

    /** v of the baseline of an object at {@code depth} (0 far .. 1 near). */
    public double baselineAt(double depth) {
        return farBaseline + (nearBaseline - farBaseline) * depth;
    }
}
