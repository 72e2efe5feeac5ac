package dev.mige4j.corpus.specification;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A thing that can be drawn and named: its Unicode code, its simple name, its kind and its natural size.
 *
 * <p>The list is resource {@code concepts.tsv}, reviewed by hand. {@code size} is relative to an animal of 1.
 */
public record Concept(String code, String name, Category category, double size, Set<Trait> traits) {

    /** What sort of thing; decides where it may stand. */
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

    /** What the name or the drawing needs: plural or mass nouns take no article; fliers and swimmers may float. */
    public enum Trait {
        PLURAL,
        MASS,
        FLY,
        SWIM
    }

    private static final Map<String, Concept> ALL = load();

    /** All concepts in the order of the list. */
    public static List<Concept> all() {
        return List.copyOf(ALL.values());
    }

    /** The concept of this name; null when there is none. */
    public static Concept byName(String name) {
        return ALL.get(name);
    }

    public boolean hasTrait(Trait trait) {
        return traits.contains(trait);
    }

    /** "a dog", "an owl", "grapes". */
    public String nameWithArticle() {
        return articleFor("").trim() + (takesNoArticle() ? "" : " ") + name;
    }

    /** The article before {@code adjective + name}, with a space after it: "an ", or nothing for plurals. */
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
            Set<Trait> traits = new java.util.TreeSet<>();
            if (row.length > 4)
                for (String t : row[4].split(","))
                    if (!t.isBlank()) traits.add(Trait.valueOf(t.toUpperCase(Locale.ROOT)));
            concepts.put(
                    row[1],
                    new Concept(
                            row[0],
                            row[1],
                            Category.valueOf(row[2].toUpperCase(Locale.ROOT)),
                            Double.parseDouble(row[3]),
                            Set.copyOf(traits)));
        }
        return concepts;
    }
}
