package dev.mige4j.web;

import dev.mige4j.common.NumberRange;
import dev.mige4j.pipeline.Lora;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An element of the field {@code loras}: a LoRA of the server by its name, and how strongly it is applied.
 *
 * @param label the field as the client sent it, such as {@code loras[0]}
 * @param name which need not exist
 * @param scale 1 unless the client sent another
 */
record LoraChoice(String label, String name, double scale) {

    private static final NumberRange SCALE = NumberRange.decimal(-Lora.MAX_SCALE, Lora.MAX_SCALE);

    static LoraChoice of(String label, String name, Optional<RequestFields.Value> scale) {
        BigDecimal number = BigDecimal.ONE;
        if (scale.isPresent())
            number = SCALE.parse(scale.get().text())
                    .orElseThrow(() -> RequestFields.invalidValue(
                            label + ".scale",
                            "'%s.scale' is %s, expected %s.",
                            RequestBody.sanitize(label),
                            scale.get().found(),
                            SCALE.expected(scale.get().text())));
        return new LoraChoice(label, name.strip(), number.doubleValue());
    }

    /** Reads {@code NAME} or {@code NAME:SCALE}, or several of them with commas between. */
    static List<LoraChoice> parse(String label, String text) {
        List<LoraChoice> choices = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int colon = part.lastIndexOf(':');
            choices.add(
                    colon < 0
                            ? of(label, part, Optional.empty())
                            : of(
                                    label,
                                    part.substring(0, colon),
                                    Optional.of(new RequestFields.Value(part.substring(colon + 1), true))));
        }
        return choices;
    }
}
