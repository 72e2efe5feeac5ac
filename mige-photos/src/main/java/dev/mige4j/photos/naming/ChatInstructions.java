package dev.mige4j.photos.naming;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;

/**
 * Asks a vision-language model for the instruction that adds an object to the photograph without it, in two sentences:
 * "Add {@code <imagehere>} to the right side of {@code <imagehere>}. The kettle is about as tall as the jar beside it."
 * The first placeholder is the object, the second the source.
 */
public final class ChatInstructions implements PhotoStage<NamedObject, String> {

    private static final AnswerSchema SCHEMA = new AnswerSchema(
            "instruction",
            List.of(
                    AnswerSchema.Field.text(
                            "instruction",
                            "one sentence of at most 25 words with <object> once and after it <scene> once, such as"
                                    + " \"Add <object> to the right side of <scene>.\"",
                            "[^<>.!?]{1,100}<object>[^<>.!?]{1,150}<scene>[^<>.!?]{0,150}\\.?"),
                    AnswerSchema.Field.text(
                            "detail",
                            "one sentence of at most 25 words on its size, pose or relation to what is near, without"
                                    + " < and >, such as \"The kettle is about as tall as the jar beside it.\"",
                            "[^<>.!?]{1,250}\\.?")));
    private static final String QUESTION = """
            The first image is a photograph, the second shows the %s in it, cut out. Write the instruction for \
            somebody who has the photograph without the %s, the scene, and shall add it so that the first image \
            results.""";

    private final SchemaChat chat;

    /** Sends each photograph, and its object on white, to the model of {@code chat}. */
    public ChatInstructions(SchemaChat chat) {
        this.chat = chat;
    }

    @Override
    public StageResult<String> apply(NamedObject object) {
        return chat.ask(
                        SCHEMA,
                        QUESTION.formatted(object.name(), object.name()),
                        List.of(
                                object.cutOut().origin().photo().image(),
                                object.cutOut().onWhite()))
                .then(answer -> StageResult.kept(sentence(answer, "instruction")
                        .replace("<object>", "<imagehere>")
                        .replace("<scene>", "<imagehere>")
                        .concat(" ")
                        .concat(sentence(answer, "detail"))));
    }

    private static String sentence(JsonNode answer, String field) {
        String text = answer.get(field).asText().strip();
        return text.endsWith(".") ? text : text + ".";
    }
}
