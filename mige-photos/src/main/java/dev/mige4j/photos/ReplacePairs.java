package dev.mige4j.photos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads pairs of photographs: a JSON list, or one object per line, of either form.
 *
 * <pre>
 *   {"source": "a.jpg", "target": "b.jpg", "replaced": "rose", "object": "tulip"}     object may be missing
 *   {"image": "b.jpg", "source_path": ["a.jpg"], "multi_prompt": "Replace the rose with a tulip"}
 * </pre>
 *
 * <p>The second form is that of records, such as those that {@code mige data import} makes of MagicBrush or
 * SEED-Data-Edit; their instructions are English sentences, of which those are understood that replace, swap, change or
 * turn one object into another.
 */
public final class ReplacePairs {

    private static final String ARTICLE = "(?:the |an |a )?", WORDS = "([\\p{L}\\p{N}' -]+?)";

    private static final List<Pattern> INSTRUCTIONS = List.of(
            Pattern.compile(
                    "(?:replace|swap|exchange|substitute) " + ARTICLE + WORDS + " (?:with|by|for) " + ARTICLE + WORDS),
            Pattern.compile("(?:change|turn|make|transform) " + ARTICLE + WORDS + " (?:in)?to " + ARTICLE + WORDS));

    private static final int MAX_WORDS = 5;

    private ReplacePairs() {}

    /**
     * The pairs of a file, each once.
     *
     * @throws UsageException when the file is missing, is not JSON, or has an object of another form
     */
    public static List<ReplacePair> read(Path file) {
        Set<ReplacePair> pairs = new LinkedHashSet<>();
        try (MappingIterator<JsonNode> values =
                Json.MAPPER.readerFor(JsonNode.class).readValues(Json.readText(file))) {
            while (values.hasNextValue()) pairs.add(pair(values.nextValue(), file, pairs.size() + 1));
        } catch (JsonProcessingException e) {
            throw new UsageException(
                    "%s: invalid JSON at line %d: %s", file, e.getLocation().getLineNr(), e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot happen: the text is in memory
        }
        if (pairs.isEmpty()) throw new UsageException("%s has no pairs.", file);
        return new ArrayList<>(pairs);
    }

    private static ReplacePair pair(JsonNode json, Path file, int number) {
        Optional<String> source = text(json.path("source")), target = text(json.path("target"));
        if (source.isPresent() && target.isPresent())
            return new ReplacePair(source.get(), target.get(), text(json.path("replaced")), text(json.path("object")));
        source = text(json.path("source_path").path(0));
        target = text(json.path("image"));
        Optional<String> instruction = text(json.path("multi_prompt"));
        if (source.isEmpty() || target.isEmpty() || instruction.isEmpty())
            throw new UsageException(
                    "%s: pair %d has neither 'source' and 'target' nor 'image', 'source_path' and 'multi_prompt'.",
                    file, number);
        return fromInstruction(source.get(), target.get(), instruction.get());
    }

    /** The pair whose objects an instruction names; without names if it asks for something else. */
    static ReplacePair fromInstruction(String source, String target, String instruction) {
        String sentence = instruction
                .toLowerCase(Locale.ROOT)
                .replaceAll("\\b(?:in|of)? ?<imagehere>", " ")
                .replaceAll("[.!]\\s*$", "")
                .replaceAll("\\s+", " ")
                .strip();
        for (Pattern pattern : INSTRUCTIONS) {
            Matcher words = pattern.matcher(sentence);
            if (words.matches() && isName(words.group(1)) && isName(words.group(2)))
                return new ReplacePair(source, target, Optional.of(words.group(1)), Optional.of(words.group(2)));
        }
        return new ReplacePair(source, target, Optional.empty(), Optional.empty());
    }

    private static boolean isName(String words) {
        return words.split(" ", -1).length <= MAX_WORDS;
    }

    private static Optional<String> text(JsonNode json) {
        return json.isTextual() && !json.asText().isBlank() ? Optional.of(json.asText()) : Optional.empty();
    }
}
