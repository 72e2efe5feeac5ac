package dev.mige4j.eval.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** JSON in the answer of a chat model. */
public final class JsonAnswer {

    private static final Pattern FENCED = Pattern.compile("```(?:json)?\\s*(.*?)\\s*```", Pattern.DOTALL);

    private JsonAnswer() {}

    /**
     * Parses an answer that is JSON, or a code block with it.
     *
     * @param answer null counts as a text that is not JSON
     * @throws JsonProcessingException when it is anything else
     */
    public static JsonNode parse(String answer) throws JsonProcessingException {
        String text = String.valueOf(answer).strip();
        Matcher fenced = FENCED.matcher(text);
        return Json.MAPPER.readTree(fenced.matches() ? fenced.group(1) : text);
    }
}
