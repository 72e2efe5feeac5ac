package dev.mige4j.photos.naming;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.mige4j.eval.judge.JsonAnswer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The JSON object that a chat model must answer with: all of the fields and no other.
 *
 * @param name identifies the schema to the provider
 */
record AnswerSchema(String name, List<Field> fields) {

    /**
     * A field.
     *
     * @param description says what it holds, and in which form
     * @param pattern of a text; empty for true or false
     */
    record Field(String name, String description, Optional<Pattern> pattern) {

        static Field flag(String name, String description) {
            return new Field(name, description, Optional.empty());
        }

        static Field text(String name, String description, String pattern) {
            return new Field(name, description, Optional.of(Pattern.compile(pattern)));
        }

        private Optional<String> fault(JsonNode value) {
            if (pattern.isEmpty())
                return value.isBoolean() ? Optional.empty() : Optional.of("has no true or false for '" + name + "'");
            return value.isTextual() && pattern.get().matcher(value.asText()).matches()
                    ? Optional.empty()
                    : Optional.of("has no '" + name + "' that is " + description);
        }
    }

    AnswerSchema {
        fields = List.copyOf(fields);
    }

    /** The form of the answer, in words. */
    String instructions() {
        String descriptions = fields.stream()
                .map(field -> "- \"" + field.name + "\": " + field.description)
                .collect(Collectors.joining("\n"));
        return "Answer with one JSON object and nothing else. Its fields:\n" + descriptions;
    }

    /** The schema, for providers that keep to one. */
    ResponseFormat responseFormat() {
        JsonObjectSchema.Builder object = JsonObjectSchema.builder();
        for (Field field : fields)
            if (field.pattern.isEmpty()) object.addBooleanProperty(field.name, field.description);
            else object.addStringProperty(field.name, field.description);
        object.required(fields.stream().map(Field::name).toList()).additionalProperties(false);
        return ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder()
                        .name(name)
                        .rootElement(object.build())
                        .build())
                .build();
    }

    /**
     * Reads an answer.
     *
     * @throws AnswerException when it does not have this form
     */
    JsonNode read(String answer) throws AnswerException {
        JsonNode json;
        try {
            json = JsonAnswer.parse(answer);
        } catch (JsonProcessingException e) {
            throw new AnswerException("is not JSON", e);
        }
        if (!json.isObject()) throw new AnswerException("is not a JSON object", null);
        for (Field field : fields) {
            Optional<String> fault = field.fault(json.path(field.name));
            if (fault.isPresent()) throw new AnswerException(fault.get(), null);
        }
        List<String> others = new ArrayList<>();
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) others.add(names.next());
        others.removeAll(fields.stream().map(Field::name).toList());
        if (!others.isEmpty()) throw new AnswerException("has the unknown field '" + others.get(0) + "'", null);
        return json;
    }
}
