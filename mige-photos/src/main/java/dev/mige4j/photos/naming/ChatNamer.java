package dev.mige4j.photos.naming;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.photos.cutout.CutOut;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;

/**
 * Asks a vision-language model, in one question about the object on white, whether the object is complete and what it
 * is. An object of which parts are missing is dropped as {@code incomplete}, one without a name as {@code unnamed}.
 */
public final class ChatNamer implements PhotoStage<CutOut, NamedObject> {

    private static final AnswerSchema SCHEMA = new AnswerSchema(
            "object",
            List.of(
                    AnswerSchema.Field.flag("complete", "whether it is one whole object: true or false"),
                    AnswerSchema.Field.text(
                            "name", "its name in one to five English words without article", "[^\\p{Cc}]{1,100}")));
    private static final String QUESTION = """
            The image shows an object that was cut out of a photograph, on a white ground. Is it one whole object, or \
            only a part of one, several objects, or no object at all? And what is it called?""";

    private final SchemaChat chat;

    /** Sends each object on white to the model of {@code chat}. */
    public ChatNamer(SchemaChat chat) {
        this.chat = chat;
    }

    @Override
    public StageResult<NamedObject> apply(CutOut cutOut) {
        String category = cutOut.origin()
                .object()
                .category()
                .flatMap(ObjectNames::normalize)
                .map(name -> " Somebody has labelled it '" + name + "'.")
                .orElse("");
        return chat.ask(SCHEMA, QUESTION + category, List.of(cutOut.onWhite())).then(answer -> named(cutOut, answer));
    }

    private static StageResult<NamedObject> named(CutOut cutOut, JsonNode answer) {
        String name = answer.get("name").asText();
        if (!answer.get("complete").asBoolean())
            return StageResult.dropped("incomplete", "The object '%s' is not complete, says the chat model.", name);
        return ObjectNames.normalize(name)
                .map(words -> StageResult.kept(new NamedObject(cutOut, words)))
                .orElseGet(() -> StageResult.dropped(
                        "unnamed", "The chat model calls the object '%s', expected one to five words.", name));
    }
}
