package dev.mige4j.web;

import dev.mige4j.pipeline.Lora;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the field {@code loras}: which LoRA adapters of the server a request applies to the model. */
final class LoraParser {

    /** The most adapters of one request. */
    private static final int MAX_LORAS = 8;

    private final LoraFolder folder;

    LoraParser(LoraFolder folder) {
        this.folder = folder;
    }

    /** The adapters of a request, in its order; empty if it names none. */
    List<Lora> parse(RequestFields fields) {
        List<LoraChoice> choices = fields.loras();
        if (choices.size() > MAX_LORAS)
            throw RequestFields.invalidValue(
                    "loras", "'loras' has %d elements, expected at most %d.", choices.size(), MAX_LORAS);
        List<Lora> loras = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (LoraChoice choice : choices) {
            loras.add(folder.open(choice));
            if (!names.add(choice.name()))
                throw RequestFields.invalidValue(
                        choice.label(), "'loras' names '%s' twice.", RequestBody.sanitize(choice.name()));
        }
        return loras;
    }
}
