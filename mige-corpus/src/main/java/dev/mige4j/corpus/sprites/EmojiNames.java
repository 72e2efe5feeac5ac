package dev.mige4j.corpus.sprites;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Normalised names (labels and shortcodes) of emoji by code, from the package {@code emojibase-data}. */
record EmojiNames(Map<String, Set<String>> byCode) {

    private static final String DATA = "en/data.json", SHORTCODES = "en/shortcodes/";

    static EmojiNames load(Path folder) throws IOException {
        AssetPackages.AssetPackage emojibase = AssetPackages.all().stream()
                .filter(p -> p.name().equals("emojibase-data"))
                .findFirst()
                .orElseThrow();
        Map<String, byte[]> files = new TreeMap<>(NpmArchive.read(
                folder.resolve(emojibase.file()),
                f -> f.equals(DATA) || (f.startsWith(SHORTCODES) && f.endsWith(".json"))));
        Map<String, Set<String>> names = new HashMap<>();
        for (JsonNode emoji : Json.MAPPER.readTree(files.remove(DATA)))
            add(names, emoji.get("hexcode").asText(), emoji.get("label"));
        for (byte[] shortcodes : files.values())
            for (Map.Entry<String, JsonNode> e :
                    Json.MAPPER.readTree(shortcodes).properties()) {
                if (e.getValue().isArray()) e.getValue().forEach(name -> add(names, e.getKey(), name));
                else add(names, e.getKey(), e.getValue());
            }
        return new EmojiNames(names);
    }

    private static void add(Map<String, Set<String>> names, String code, JsonNode name) {
        names.computeIfAbsent(normalizeCode(code), c -> new LinkedHashSet<>()).add(normalizeName(name.asText()));
    }

    /** Code points in lower case, without the variation selector. */
    static String normalizeCode(String code) {
        return code.toLowerCase(Locale.ROOT).replace("-fe0f", "");
    }

    /** Only letters and digits, in lower case. */
    static String normalizeName(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }
}
