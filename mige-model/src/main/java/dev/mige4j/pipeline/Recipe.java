package dev.mige4j.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.UsageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How one picture was made, enough to make it again: it travels in the PNG as text entries.
 *
 * @param task {@code subject}, {@code edit} or {@code subject_edit}
 * @param instruction the user's words with {@code <imagehere>} marks
 * @param images SHA-256 of the pixels of each picture in the instruction, in marker order
 * @param source SHA-256 of the canvas's pixels, empty for a blank one
 * @param model name of the model
 * @param modelHash {@link Mige#modelHash()}
 * @param seed seed of the request
 * @param index which picture of the request this is
 * @param steps solver steps
 * @param guidance text guidance
 * @param imageGuidance canvas guidance
 * @param region {@code everywhere}, {@code auto} or {@code mask:SHA-256}
 * @param faithful reference's quirks on
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Recipe(
        String task,
        String instruction,
        @JsonProperty("pictures") List<String> images,
        @JsonProperty("canvas") String source,
        String model,
        String modelHash,
        long seed,
        int index,
        int steps,
        double guidance,
        double imageGuidance,
        String region,
        boolean faithful) {

    /** The key of the PNG text entry that holds the recipe as JSON. */
    public static final String TEXT_KEY = "mige-recipe";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The text entries to write into the PNG. */
    public Map<String, String> toPngText() {
        Map<String, String> text = new LinkedHashMap<>();
        text.put("Software", "mige4j");
        text.put("Description", instruction);
        try {
            text.put(TEXT_KEY, JSON.writeValueAsString(this));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a recipe is plain data", e);
        }
        return text;
    }

    /** The recipe in a PNG's text entries; throws {@link UsageException} when there is none or it cannot be read. */
    public static Recipe fromPngText(Map<String, String> text) {
        String json = text.get(TEXT_KEY);
        if (json == null)
            throw new UsageException("the picture carries no mige recipe; only PNG files made by mige do");
        try {
            return JSON.readValue(json, Recipe.class);
        } catch (JsonProcessingException e) {
            throw new UsageException("the recipe in the picture cannot be read: %s", e.getOriginalMessage());
        }
    }
}
