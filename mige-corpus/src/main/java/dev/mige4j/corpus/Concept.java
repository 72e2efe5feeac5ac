package dev.mige4j.corpus;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
        SWIM,
        BOAT
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
    String articleFor(String adjective) {
        if (takesNoArticle()) return "";
        String followingWord = (adjective.isEmpty() ? name : adjective).toLowerCase();
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
        for (String[] row : Concept.readTsv("concepts.tsv")) {
            Set<Trait> traits = new java.util.TreeSet<>();
            if (row.length > 4)
                for (String t : row[4].split(",")) if (!t.isBlank()) traits.add(Trait.valueOf(t.toUpperCase()));
            concepts.put(
                    row[1],
                    new Concept(
                            row[0],
                            row[1],
                            Category.valueOf(row[2].toUpperCase()),
                            Double.parseDouble(row[3]),
                            Set.copyOf(traits)));
        }
        return concepts;
    }

    /** Rows of a tab-separated resource, without the lines that start with #. */
    static List<String[]> readTsv(String resource) {
        List<String[]> rows = new ArrayList<>();
        try (var in = new BufferedReader(
                new InputStreamReader(Concept.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
            for (String line; (line = in.readLine()) != null; )
                if (!line.isBlank() && !line.startsWith("#")) rows.add(line.split("\t"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }
}
