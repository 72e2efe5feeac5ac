package dev.mige4j.web;

import dev.mige4j.common.NumberRange;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The text fields of a request: which exist, and one check for each kind of value. Numbers and booleans are read as
 * JSON, forms and Python write them. An empty value in a form and null in JSON are absent.
 */
final class RequestFields {

    /**
     * A value as it was sent.
     *
     * @param text the string, the number or boolean as JSON writes it, or {@code an array} or {@code an object}
     * @param isString whether it is a JSON string or comes from a form
     */
    record Value(String text, boolean isString) {
        /** The value as error messages show it. */
        String found() {
            return isString ? "'" + RequestBody.sanitize(text) + "'" : RequestBody.sanitize(text);
        }
    }

    /** The longest text of a field besides the prompt. */
    private static final int MAX_TEXT_LENGTH = 1000;
    /** The most adapters of one request. */
    private static final int MAX_LORAS = 8;

    private static final Set<String> SUPPORTED = Set.of(
            "prompt",
            "model",
            "n",
            "size",
            "seed",
            "first_index",
            "output_compression",
            "output_format",
            "steps",
            "guidance",
            "image_guidance",
            "region",
            "faithful",
            "fast",
            "loras",
            "image",
            "images",
            "named_images",
            "source",
            "mask");
    /** Fields of OpenAI's API that are accepted: with one value only, or without effect. */
    private static final Set<String> OPENAI = Set.of(
            "response_format",
            "background",
            "stream",
            "partial_images",
            "user",
            "quality",
            "style",
            "moderation",
            "input_fidelity",
            "safety_identifier");

    /** The fields of a request for the training of a LoRA. */
    private static final Set<String> TRAINING = Set.of("name", "style", "minutes", "image", "images", "named_images");

    private static final Set<String> TRUE = Set.of("true", "1", "on"), FALSE = Set.of("false", "0", "off");
    private final Set<String> supported, openAi;
    private final Map<String, Value> values = new LinkedHashMap<>();
    private final List<LoraChoice> loras = new ArrayList<>();

    /** The fields of a request for images. */
    RequestFields() {
        this(SUPPORTED, OPENAI);
    }

    private RequestFields(Set<String> supported, Set<String> openAi) {
        this.supported = supported;
        this.openAi = openAi;
    }

    /** The fields of a request for the training of a LoRA. */
    static RequestFields ofTraining() {
        return new RequestFields(TRAINING, Set.of());
    }

    /** The names of all fields; {@code openapi.json} describes them. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(supported);
        names.addAll(openAi);
        return names;
    }

    /** Refuses a field that does not exist. */
    void requireKnown(String name) {
        if (!supported.contains(name) && !openAi.contains(name))
            throw ApiException.forParam(
                    name,
                    400,
                    "unknown_parameter",
                    "Unknown parameter '%s'. The parameters are %s.",
                    RequestBody.sanitize(name),
                    String.join(", ", new TreeSet<>(supported)));
    }

    /** Adds a field that {@link #requireKnown exists}. */
    void add(String name, Value value) {
        if (values.putIfAbsent(name, value) != null) throw RequestBody.duplicate(name);
    }

    /** Adds an element of the field {@code "loras"}; refuses too many at once, since a body has room for millions. */
    void addLora(LoraChoice lora) {
        if (loras.size() == MAX_LORAS) throw invalidValue("loras", "'loras' has more than %d elements.", MAX_LORAS);
        loras.add(lora);
    }

    /** The elements of the field {@code loras}, in order. */
    List<LoraChoice> loras() {
        return Collections.unmodifiableList(loras);
    }

    Optional<String> text(String name) {
        return text(name, MAX_TEXT_LENGTH);
    }

    Optional<String> text(String name, int maxLength) {
        Value value = values.get(name);
        if (value == null) return Optional.empty();
        if (!value.isString()) throw invalidValue(name, "'%s' is %s, expected a string.", name, value.found());
        if (value.text().length() > maxLength) throw tooLong(name, maxLength);
        return Optional.of(value.text());
    }

    Optional<BigDecimal> number(String name, NumberRange range) {
        Value value = values.get(name);
        if (value == null) return Optional.empty();
        Optional<BigDecimal> number = range.parse(value.text());
        if (number.isEmpty())
            throw invalidValue(name, "'%s' is %s, expected %s.", name, value.found(), range.expected(value.text()));
        return number;
    }

    /** A boolean; false if it is absent. */
    boolean flag(String name) {
        Value value = values.get(name);
        if (value == null) return false;
        String text = value.text().strip().toLowerCase(Locale.ROOT);
        if (!TRUE.contains(text) && !FALSE.contains(text))
            throw invalidValue(name, "'%s' is %s, expected true or false.", name, value.found());
        return TRUE.contains(text);
    }

    /** One of several texts. */
    Optional<String> choice(String name, Collection<String> allowed) {
        Value value = values.get(name);
        if (value == null) return Optional.empty();
        if (!allowed.contains(value.text()))
            throw ApiException.forParam(
                    name,
                    400,
                    "unsupported_value",
                    "'%s' is %s, expected %s.",
                    name,
                    value.found(),
                    String.join(" or ", new TreeSet<>(allowed)));
        return Optional.of(value.text());
    }

    static ApiException tooLong(String name, int maxLength) {
        return invalidValue(
                name, "'%s' has more than %d characters. Shorten it.", RequestBody.sanitize(name), maxLength);
    }

    static ApiException invalidValue(String param, String format, Object... args) {
        return ApiException.forParam(param, 400, "invalid_value", format, args);
    }
}
