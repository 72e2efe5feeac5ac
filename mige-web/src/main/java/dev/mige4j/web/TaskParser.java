package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Placeholders;
import dev.mige4j.task.Task;
import dev.mige4j.web.ImageRequest.Operation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Builds the task of a request from its prompt and images.
 *
 * <p>The source of an edit is the image that {@code source} contains or names, or else the first image. The
 * placeholders in the prompt ({@code <image>}, {@code <image:NAME>}) refer to the images in order; the source may be
 * among them. A prompt without placeholders gets one appended per image besides the source, because clients of OpenAI's
 * API do not know placeholders.
 */
final class TaskParser {

    private static final Pattern POSITIONAL_PLACEHOLDER = Pattern.compile("<image>");
    private static final Pattern NUMBERED_PLACEHOLDER = Pattern.compile("<image:\\d+>");
    private static final Pattern ANY_PLACEHOLDER = Pattern.compile("<image(?::[^<>]*)?>");

    private TaskParser() {}

    /** The prompt with its placeholders in the usual spelling. */
    static String parsePrompt(RequestFields fields) {
        String prompt = fields.text("prompt", Instruction.MAX_LENGTH)
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> missing("prompt"));
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(prompt))
            throw RequestFields.invalidValue(
                    "prompt", "'prompt' has half of a surrogate pair, which is no character. Send it in UTF-8.");
        try {
            return Placeholders.normalize(prompt);
        } catch (UsageException e) {
            throw RequestFields.invalidValue("prompt", "%s", e.getMessage());
        }
    }

    private static ApiException missing(String name) {
        return ApiException.forParam(name, 400, "missing_parameter", "The parameter '%s' is missing.", name);
    }

    /** The task of a prompt that {@link #parsePrompt} returned. */
    static Task parse(String prompt, RequestBody body, Operation operation, RequestImages images) {
        if (operation == Operation.GENERATION
                && (body.file("source").isPresent()
                        || body.fields().text("source").isPresent()))
            throw RequestFields.invalidValue("source", "A generation has no source image. Use /v1/images/edits.");
        List<Image> positional = new ArrayList<>(images.positional());
        Optional<Image> source = operation == Operation.GENERATION
                ? Optional.empty()
                : images.resolveSource(body.fields().text("source"));
        if (operation == Operation.EDIT && source.isEmpty()) {
            if (positional.isEmpty()) throw missing("image");
            source = Optional.of(positional.get(0));
            if (countPlaceholders(prompt, ANY_PLACEHOLDER) == 0
                    || (countPlaceholders(prompt, NUMBERED_PLACEHOLDER) == 0
                            && countPlaceholders(prompt, POSITIONAL_PLACEHOLDER) == positional.size() - 1))
                positional.remove(0);
        }
        if (countPlaceholders(prompt, ANY_PLACEHOLDER) == 0) prompt += " <image>".repeat(positional.size());
        Map<String, Image> named = new LinkedHashMap<>(images.named());
        if (source.isPresent()) removeUnreferencedSource(named, body.fields().text("source"), prompt);
        try {
            return Task.of(Instruction.of(prompt, positional, named), source);
        } catch (UsageException e) {
            throw RequestFields.invalidValue("prompt", "%s", e.getMessage());
        }
    }

    /** A named source that the prompt does not refer to is not an image of the instruction. */
    private static void removeUnreferencedSource(Map<String, Image> named, Optional<String> sourceName, String prompt) {
        sourceName
                .filter(name -> !Pattern.compile(
                                "<image\\s*:\\s*" + Pattern.quote(name) + "\\s*>", Pattern.CASE_INSENSITIVE)
                        .matcher(prompt)
                        .find())
                .ifPresent(named::remove);
    }

    private static long countPlaceholders(String prompt, Pattern pattern) {
        return pattern.matcher(prompt).results().count();
    }
}
