package dev.mige4j.web;

import dev.mige4j.common.NumberRange;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Placeholders;
import dev.mige4j.task.Task;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A parsed generation or edit request: the task, its settings (with a random seed if none was given), the format of the
 * results, and the memory its images occupy.
 *
 * <p>The source of an edit is the image that {@code source} contains or names, or else the first image. The
 * placeholders in the prompt ({@code <image>}, {@code <image:NAME>}) refer to the images in order; the source may be
 * among them. A prompt without placeholders gets one appended per image besides the source, because clients of OpenAI's
 * API do not know placeholders.
 */
record ImageRequest(Task task, Settings settings, ImageEncoding encoding, long memoryBytes) {

    /** Whether the endpoint requires a source image, forbids it or accepts both. */
    enum Operation {
        GENERATION,
        EDIT,
        GENERATION_OR_EDIT
    }

    private static final Pattern POSITIONAL_PLACEHOLDER = Pattern.compile("<image>");
    private static final Pattern NUMBERED_PLACEHOLDER = Pattern.compile("<image:\\d+>");
    private static final Pattern ANY_PLACEHOLDER = Pattern.compile("<image(?::[^<>]*)?>");

    private static final NumberRange GUIDANCE = NumberRange.decimal(0, Settings.MAX_GUIDANCE);

    private static final Set<String> SUPPORTED_FIELDS = Set.of(
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
            "source");
    /** Fields of OpenAI's API that are accepted and have no effect. */
    private static final Set<String> IGNORED_FIELDS =
            Set.of("user", "quality", "style", "moderation", "input_fidelity", "safety_identifier");

    private static final Map<String, ImageFormat> OUTPUT_FORMATS =
            Map.of("png", ImageFormat.PNG, "jpeg", ImageFormat.JPEG, "webp", ImageFormat.WEBP);
    /** Fields of OpenAI's API that accept only these values. */
    private static final Map<String, Set<String>> FIXED_VALUE_FIELDS = Map.of(
            "response_format", Set.of("b64_json"),
            "output_format", OUTPUT_FORMATS.keySet(),
            "background", Set.of("auto", "opaque"),
            "stream", Set.of("false"),
            "partial_images", Set.of("0"));

    /**
     * Validates the fields, decodes the images and builds the task; throws {@link ApiException} for invalid requests.
     */
    static ImageRequest parse(
            RequestBody body, Operation operation, ImageGenerator generator, Limits limits, DecodeGate decodeGate)
            throws InterruptedException {
        validateFields(body, generator);
        String prompt = body.field("prompt")
                .orElseThrow(() -> ApiException.forParam(
                        "prompt", 400, "missing_parameter", "The parameter 'prompt' is missing."));
        requireDecoded(prompt);
        ImageEncoding encoding = parseEncoding(body);
        RequestImages images = RequestImages.decodeAll(body, limits, decodeGate);
        Task task = parseTask(normalizePlaceholders(prompt), body, operation, images);
        Settings settings = parseSettings(body, images, task, limits);
        validateSize(body, generator, task);
        task.source().ifPresent(source -> encoding.requireSize(source.width(), source.height()));
        return new ImageRequest(task, settings, encoding, images.memoryBytes());
    }

    /** Rejects a prompt with bytes that were not UTF-8, or with half of a surrogate pair. */
    private static void requireDecoded(String prompt) {
        if (prompt.indexOf('\uFFFD') >= 0
                || !StandardCharsets.UTF_8.newEncoder().canEncode(prompt))
            throw invalidValue("prompt", "'prompt' has characters that are not valid UTF-8. Send it in that encoding.");
    }

    // ---- fields

    private static void validateFields(RequestBody body, ImageGenerator generator) {
        body.fields().forEach(ImageRequest::validateField);
        body.field("model").filter(name -> !name.equals(generator.name())).ifPresent(name -> {
            throw ApiException.forParam(
                    "model",
                    404,
                    "model_not_found",
                    "There is no model '%s'. The model is '%s'.",
                    RequestBody.sanitize(name),
                    generator.name());
        });
    }

    private static void validateField(String name, String value) {
        if (FIXED_VALUE_FIELDS.containsKey(name)) {
            if (!FIXED_VALUE_FIELDS.get(name).contains(value))
                throw ApiException.forParam(
                        name,
                        400,
                        "unsupported_value",
                        "The value '%s' of '%s' is not supported, expected %s.",
                        RequestBody.sanitize(value),
                        name,
                        String.join(" or ", new TreeSet<>(FIXED_VALUE_FIELDS.get(name))));
        } else if (!SUPPORTED_FIELDS.contains(name) && !IGNORED_FIELDS.contains(name)) {
            throw ApiException.forParam(
                    name,
                    400,
                    "unknown_parameter",
                    "Unknown parameter '%s'. The parameters are %s.",
                    RequestBody.sanitize(name),
                    String.join(", ", new TreeSet<>(SUPPORTED_FIELDS)));
        }
    }

    private static Settings parseSettings(RequestBody body, RequestImages images, Task task, Limits limits) {
        Settings settings = Settings.DEFAULT
                .withSeed(parseNumber(body, "seed", NumberRange.whole(Long.MIN_VALUE, Long.MAX_VALUE))
                        .map(BigDecimal::longValue)
                        .orElse(Settings.RANDOM_SEED))
                .withChosenSeed()
                .withFirstIndex(parseNumber(body, "first_index", NumberRange.whole(0, Settings.MAX_FIRST_INDEX))
                        .map(BigDecimal::intValue)
                        .orElse(0))
                .withCount(parseNumber(body, "n", NumberRange.whole(1, limits.maxImages()))
                        .map(BigDecimal::intValue)
                        .orElse(1))
                .withFaithful(parseBoolean(body, "faithful"))
                .withFast(parseBoolean(body, "fast"));
        Optional<Region> region = parseRegion(body, images, task);
        Optional<BigDecimal> steps =
                parseNumber(body, "steps", NumberRange.whole(Settings.MIN_STEPS, limits.maxSteps()));
        Optional<BigDecimal> guidance = parseNumber(body, "guidance", GUIDANCE);
        Optional<BigDecimal> imageGuidance = parseNumber(body, "image_guidance", GUIDANCE);
        if (region.isPresent()) settings = settings.withRegion(region.get());
        if (steps.isPresent()) settings = settings.withSteps(steps.get().intValue());
        if (guidance.isPresent())
            settings = settings.withGuidance(guidance.get().doubleValue());
        if (imageGuidance.isPresent())
            settings = settings.withImageGuidance(imageGuidance.get().doubleValue());
        return settings;
    }

    private static Optional<Region> parseRegion(RequestBody body, RequestImages images, Task task) {
        Optional<String> requested = body.field("region");
        if (requested.isPresent() && !Set.of("everywhere", "auto").contains(requested.get()))
            throw invalidValue(
                    "region",
                    "'region' is '%s', expected everywhere or auto. Send an image as 'mask' to choose the area.",
                    RequestBody.sanitize(requested.get()));
        if (task.source().isEmpty()
                && (images.mask().isPresent()
                        || requested.filter("auto"::equals).isPresent()))
            throw invalidValue(
                    images.mask().isPresent() ? "mask" : "region",
                    "'mask' and 'region' apply to edits only. Send a source image or omit them.");
        try {
            images.mask().ifPresent(mask -> mask.checkSource(task.source().orElseThrow()));
        } catch (UsageException e) {
            throw invalidValue("mask", "%s", e.getMessage());
        }
        return images.mask().or(() -> requested.map(name -> name.equals("auto") ? Region.AUTO : Region.EVERYWHERE));
    }

    private static void validateSize(RequestBody body, ImageGenerator generator, Task task) {
        String size = body.field("size").orElse("auto");
        String expected = task.source()
                .map(source -> source.width() + "x" + source.height())
                .orElse(generator.size() + "x" + generator.size());
        if (!size.equals("auto") && !size.equals(expected))
            throw invalidValue(
                    "size",
                    task.source().isPresent()
                            ? "'size' is '%s', expected auto or %s, the size of the source."
                            : "'size' is '%s', expected auto or %s, the image size of the model.",
                    RequestBody.sanitize(size),
                    expected);
    }

    private static ImageEncoding parseEncoding(RequestBody body) {
        ImageEncoding encoding = encoding(body.field("output_format").orElse("png"));
        Optional<Integer> quality = parseNumber(body, "output_compression", NumberRange.whole(0, 100))
                .map(BigDecimal::intValue);
        if (encoding.format() == ImageFormat.PNG
                && quality.filter(value -> value < 100).isPresent())
            throw invalidValue(
                    "output_compression",
                    "PNG has no loss, so that 'output_compression' %d needs 'output_format' jpeg or webp.",
                    quality.get());
        return quality.isEmpty() ? encoding : encoding.withQuality(Math.max(1, quality.get()));
    }

    /** The value of {@code output_format} that stands for an encoding. */
    static String outputFormat(ImageEncoding encoding) {
        return encoding.format().name().toLowerCase(Locale.ROOT);
    }

    /** The encoding that a value of {@code output_format} stands for, with the default quality. */
    static ImageEncoding encoding(String outputFormat) {
        validateField("output_format", outputFormat);
        return ImageEncoding.of(OUTPUT_FORMATS.get(outputFormat));
    }

    private static boolean parseBoolean(RequestBody body, String name) {
        String text = body.field(name).orElse("false").strip();
        if (!Set.of("true", "false").contains(text))
            throw invalidValue(name, "'%s' is '%s', expected true or false.", name, RequestBody.sanitize(text));
        return text.equals("true");
    }

    private static Optional<BigDecimal> parseNumber(RequestBody body, String name, NumberRange range) {
        return body.field(name).map(text -> range.parse(text)
                .orElseThrow(() -> invalidValue(
                        name, "'%s' is '%s', expected %s.", name, RequestBody.sanitize(text), range.expected(text))));
    }

    private static ApiException invalidValue(String param, String format, Object... args) {
        return ApiException.forParam(param, 400, "invalid_value", format, args);
    }

    // ---- task

    private static Task parseTask(String prompt, RequestBody body, Operation operation, RequestImages images) {
        if (operation == Operation.GENERATION
                && (body.file("source").isPresent() || body.field("source").isPresent()))
            throw invalidValue("source", "A generation has no source image. Use /v1/images/edits.");
        List<Image> positional = new ArrayList<>(images.positional());
        Optional<Image> source =
                operation == Operation.GENERATION ? Optional.empty() : images.resolveSource(body.field("source"));
        if (operation == Operation.EDIT && source.isEmpty()) {
            if (positional.isEmpty())
                throw ApiException.forParam("image", 400, "missing_parameter", "The parameter 'image' is missing.");
            source = Optional.of(positional.get(0));
            if (countPlaceholders(prompt, ANY_PLACEHOLDER) == 0
                    || (countPlaceholders(prompt, NUMBERED_PLACEHOLDER) == 0
                            && countPlaceholders(prompt, POSITIONAL_PLACEHOLDER) == positional.size() - 1))
                positional.remove(0);
        }
        if (countPlaceholders(prompt, ANY_PLACEHOLDER) == 0 && !prompt.isBlank())
            prompt += " <image>".repeat(positional.size());
        Map<String, Image> named = new LinkedHashMap<>(images.named());
        if (source.isPresent()) removeUnreferencedSource(named, body.field("source"), prompt);
        try {
            return Task.of(Instruction.of(prompt, positional, named), source);
        } catch (UsageException e) {
            throw invalidValue("prompt", "%s", e.getMessage());
        }
    }

    private static String normalizePlaceholders(String prompt) {
        try {
            return Placeholders.normalize(prompt);
        } catch (UsageException e) {
            throw invalidValue("prompt", "%s", e.getMessage());
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
