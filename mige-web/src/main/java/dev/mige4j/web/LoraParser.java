package dev.mige4j.web;

import dev.mige4j.pipeline.Lora;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the field {@code loras}: which LoRA adapters of the server a request applies to the model. */
final class LoraParser {

    private final LoraFolder folder;

    LoraParser(LoraFolder folder) {
        this.folder = folder;
    }

    /** The adapters of a request, in its order; empty if it names none. */
    List<Lora> parse(RequestFields fields) {
        List<Lora> loras = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (LoraChoice choice : fields.loras()) {
            loras.add(folder.open(choice));
            if (!names.add(choice.name()))
                throw RequestFields.invalidValue(
                        choice.label(), "'loras' names '%s' twice.", RequestBody.sanitize(choice.name()));
        }
        return loras;
    }
}
