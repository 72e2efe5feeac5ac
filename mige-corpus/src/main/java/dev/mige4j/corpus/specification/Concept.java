package dev.mige4j.corpus.specification;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A kind of object, such as "dog", with its name in instructions and its icons. Resource {@code concepts.tsv} lists the
 * concepts.
 *
 * @param code Unicode code points of the emoji: hexadecimal, joined by -, without fe0f
 * @param name the name in instructions, unique
 * @param size natural size relative to an animal of size 1
 */
public record Concept(String code, String name, Category category, double size, Set<Trait> traits) {

    /** Decides which scenes a concept is compatible with. */
    public enum Category {
        PERSON,
        ANIMAL,
        BIRD,
        SEA,
        BUG,
        PLANT,
        FOOD,
        BUILDING,
        VEHICLE,
        AIRCRAFT,
        BOAT,
        OBJECT,
        FURNITURE,
        CLOTHING
    }

    /** Properties of the name (plural and mass nouns take no article) or of the object (it may float). */
    public enum Trait {
        PLURAL,
        MASS,
        FLY,
        SWIM
    }

    private static final Map<String, Concept> ALL = load();

    /** All concepts in the order of the resource. */
    public static List<Concept> all() {
        return List.copyOf(ALL.values());
    }

    /** The concept of this name; null when there is none. */
    public static Concept byName(String name) {
        return ALL.get(name);
    }

    /** Whether the concept has the trait. */
    public boolean hasTrait(Trait trait) {
        return traits.contains(trait);
    }

    /** "a dog", "an owl", "grapes". */
    public String nameWithArticle() {
        return articleFor("") + name;
    }

    /** The article before the adjective (may be empty) and the name: "an ", "a ", or "" for plurals. */
    public String articleFor(String adjective) {
        if (takesNoArticle()) return "";
        String followingWord = (adjective.isEmpty() ? name : adjective).toLowerCase(Locale.ROOT);
        boolean startsWithVowel = "aeio".indexOf(followingWord.charAt(0)) >= 0
                || followingWord.startsWith("um")
                || followingWord.startsWith("hour");
        return startsWithVowel ? "an " : "a ";
    }

    private boolean takesNoArticle() {
        return hasTrait(Trait.PLURAL) || hasTrait(Trait.MASS);
    }

    private static Map<String, Concept> load() {
        Map<String, Concept> concepts = new LinkedHashMap<>();
        for (String[] row : TsvResource.read(Concept.class, "concepts.tsv")) {
            Category category = Category.valueOf(row[2].toUpperCase(Locale.ROOT));
            concepts.put(
                    row[1], new Concept(row[0], row[1], category, Double.parseDouble(row[3]), parseTraits(row[4])));
        }
        return concepts;
    }

    private static Set<Trait> parseTraits(String cell) {
        return Arrays.stream(cell.split(","))
                .filter(t -> !t.isBlank())
                .map(t -> Trait.valueOf(t.toUpperCase(Locale.ROOT)))
                .collect(Collectors.toUnmodifiableSet());
    }
}
