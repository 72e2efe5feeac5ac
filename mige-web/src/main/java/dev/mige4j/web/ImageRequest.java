package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.image.ImageHeader;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request understood: the task, its settings (a seed is chosen when none was given), and what it weighs in memory.
 *
 * <p>Which picture is what, for an edit: the source is the picture that {@code source} brings or names, else the first
 * one. Marks in the prompt ({@code <image>}, {@code <image:NAME>}) take the pictures in order; the source may be among
 * them or left out. A prompt without any mark gets one at its end for each picture besides the source, because clients
 * of OpenAI's API know no marks.
 */
record ImageRequest(Task task, Settings settings, long memoryBytes) {

    /** Which of the doors the request came through: with a source, without, or as the fields say. */
    enum Operation {
        GENERATION,
        EDIT,
        GENERATION_OR_EDIT
    }

    private static final Pattern POSITIONAL_PLACEHOLDER = Pattern.compile("<image(?:here)?>", Pattern.CASE_INSENSITIVE);
    private static final Pattern ANY_PLACEHOLDER =
            Pattern.compile("<image(?:here|\\s*:[^<>]*)?>", Pattern.CASE_INSENSITIVE);

    private static final Set<String> SUPPORTED_FIELDS = Set.of(
            "prompt",
            "model",
            "n",
            "size",
            "seed",
            "steps",
            "guidance",
            "image_guidance",
            "region",
            "faithful",
            "source");
    /** Fields of OpenAI's API that change nothing here, whatever they say. */
    private static final Set<String> IGNORED_FIELDS = Set.of(
            "user", "quality", "style", "moderation", "input_fidelity", "output_compression", "safety_identifier");
    /** Fields of OpenAI's API with the only values that can be honoured. */
    private static final Map<String, Set<String>> FIXED_VALUE_FIELDS = Map.of(
            "response_format",
            Set.of("b64_json"),
            "output_format",
            Set.of("png"),
            "background",
            Set.of("auto", "opaque"),
            "stream",
            Set.of("false"),
            "partial_images",
            Set.of("0"));

    static ImageRequest parse(RequestBody body, Operation operation, ImageGenerator generator, Limits limits) {
        validateFields(body, generator, limits);
        String prompt = body.formParam("prompt")
                .orElseThrow(() -> ApiException.forParam(
                        "prompt", 400, "missing_parameter", "'prompt' is missing: say what to make."));
        RequestImages images = RequestImages.decodeAll(body, limits);
        Task task = task(prompt, body, operation, images);
        Settings settings = settings(body, images, task);
        validateSize(body, generator, task);
        return new ImageRequest(task, settings, 3 * images.totalPixels);
    }

    // ---- fields

    private static void validateFields(RequestBody body, ImageGenerator generator, Limits limits) {
        body.fields.forEach((name, value) -> {
            if (FIXED_VALUE_FIELDS.containsKey(name)) {
                if (!FIXED_VALUE_FIELDS.get(name).contains(value))
                    throw ApiException.forParam(
                            name,
                            400,
                            "unsupported_value",
                            "'%s' is '%s'; this server can do %s.",
                            name,
                            RequestBody.sanitize(value),
                            String.join(" or ", new TreeSet<>(FIXED_VALUE_FIELDS.get(name))));
            } else if (!SUPPORTED_FIELDS.contains(name) && !IGNORED_FIELDS.contains(name)) {
                throw ApiException.forParam(
                        name,
                        400,
                        "unknown_parameter",
                        "'%s' is not known; the fields are %s.",
                        RequestBody.sanitize(name),
                        String.join(", ", new TreeSet<>(SUPPORTED_FIELDS)));
            }
        });
        body.formParam("model").filter(name -> !name.equals(generator.name())).ifPresent(name -> {
            throw ApiException.forParam(
                    "model",
                    404,
                    "model_not_found",
                    "There is no model '%s' here; the model is '%s'.",
                    RequestBody.sanitize(name),
                    generator.name());
        });
        if (parseNumber(body, "n", 1, ImageRequest::parseInteger) > limits.maxImages())
            throw ApiException.forParam(
                    "n",
                    400,
                    "invalid_value",
                    "'n' is %s, expected 1 to %d.",
                    body.fields.get("n"),
                    limits.maxImages());
        if (parseNumber(body, "steps", 2, ImageRequest::parseInteger) > limits.maxSteps())
            throw ApiException.forParam(
                    "steps",
                    400,
                    "invalid_value",
                    "'steps' is %s, expected 2 to %d.",
                    body.fields.get("steps"),
                    limits.maxSteps());
    }

    private static Settings settings(RequestBody body, RequestImages images, Task task) {
        Settings settings = Settings.DEFAULT
                .withSeed(parseNumber(body, "seed", ThreadLocalRandom.current().nextLong(1L << 31), Long::parseLong))
                .withCount(parseNumber(body, "n", 1, ImageRequest::parseInteger))
                .withFaithful(
                        body.formParam("faithful").map(Boolean::parseBoolean).orElse(false));
        Optional<Region> region = parseRegion(body, images, task);
        if (region.isPresent()) settings = settings.withRegion(region.get());
        if (body.formParam("steps").isPresent())
            settings = settings.withSteps(parseNumber(body, "steps", 0, ImageRequest::parseInteger));
        if (body.formParam("guidance").isPresent())
            settings = settings.withGuidance(parseNumber(body, "guidance", 0.0, Double::parseDouble));
        if (body.formParam("image_guidance").isPresent())
            settings = settings.withImageGuidance(parseNumber(body, "image_guidance", 0.0, Double::parseDouble));
        return settings;
    }

    private static Optional<Region> parseRegion(RequestBody body, RequestImages images, Task task) {
        Optional<String> requested = body.formParam("region");
        if (requested.isPresent() && !Set.of("everywhere", "auto").contains(requested.get()))
            throw ApiException.forParam(
                    "region",
                    400,
                    "invalid_value",
                    "'region' is '%s', expected everywhere or auto; send a picture as 'mask' to say where.",
                    RequestBody.sanitize(requested.get()));
        if (task.source().isEmpty()
                && (images.mask.isPresent() || requested.filter("auto"::equals).isPresent()))
            throw ApiException.forParam(
                    images.mask.isPresent() ? "mask" : "region",
                    400,
                    "invalid_value",
                    "A new picture is changed nowhere: leave mask and region away, or send a source to edit.");
        return images.mask
                .map(Region::mask)
                .or(() -> requested.map(name -> name.equals("auto") ? Region.AUTO : Region.EVERYWHERE));
    }

    private static void validateSize(RequestBody body, ImageGenerator generator, Task task) {
        String nativeSize = generator.size() + "x" + generator.size();
        Set<String> allowed = new TreeSet<>(Set.of("auto", nativeSize));
        task.source().ifPresent(source -> allowed.add(source.width() + "x" + source.height()));
        String size = body.formParam("size").orElse("auto");
        if (task.source().isPresent()) allowed.remove(nativeSize);
        if (!allowed.contains(size))
            throw ApiException.forParam(
                    "size",
                    400,
                    "invalid_value",
                    "'size' is '%s'; %s: say %s.",
                    RequestBody.sanitize(size),
                    task.source().isPresent()
                            ? "an edit has the size of its source"
                            : "this model makes pictures of one size",
                    String.join(" or ", allowed));
    }

    private static Integer parseInteger(String text) {
        return Integer.valueOf(text);
    }

    private static <N extends Number> N parseNumber(
            RequestBody body, String name, N defaultValue, java.util.function.Function<String, N> parser) {
        Optional<String> text = body.formParam(name);
        if (text.isEmpty()) return defaultValue;
        try {
            return parser.apply(text.get().strip());
        } catch (NumberFormatException e) {
            throw ApiException.forParam(
                    name,
                    400,
                    "invalid_type",
                    "'%s' is '%s', expected a number.",
                    name,
                    RequestBody.sanitize(text.get()));
        }
    }

    // ---- the task

    private static Task task(String prompt, RequestBody body, Operation operation, RequestImages images) {
        List<Image> positional = new ArrayList<>(images.positional);
        Optional<Image> source = operation == Operation.GENERATION ? Optional.empty() : images.source(body);
        if (operation == Operation.GENERATION
                && (body.file("source").isPresent() || body.formParam("source").isPresent()))
            throw ApiException.forParam(
                    "source", 400, "invalid_value", "A generation has no source; send it to /v1/images/edits.");
        if (operation == Operation.EDIT && source.isEmpty()) {
            if (positional.isEmpty())
                throw ApiException.forParam(
                        "image", 400, "missing_parameter", "'image' is missing: send the picture to edit.");
            source = Optional.of(positional.get(0));
            if (countPlaceholders(prompt, POSITIONAL_PLACEHOLDER) == positional.size() - 1
                    || countPlaceholders(prompt, ANY_PLACEHOLDER) == 0) positional.remove(0);
        }
        if (countPlaceholders(prompt, ANY_PLACEHOLDER) == 0 && !prompt.isBlank())
            prompt += " <image>".repeat(positional.size());
        Map<String, Image> named = new LinkedHashMap<>(images.named);
        if (source.isPresent()) dropUnreferencedSource(named, body.formParam("source"), prompt);
        try {
            return Task.of(Instruction.of(prompt, positional, named), source);
        } catch (UsageException e) {
            throw ApiException.forParam(
                    "prompt",
                    400,
                    "invalid_value",
                    "%s",
                    e.getMessage().replaceAll("Add --image( \\S+=FILE)?", "Send one more picture"));
        }
    }

    /** A source that is named, but not said in the prompt, is no picture of the instruction. */
    private static void dropUnreferencedSource(Map<String, Image> named, Optional<String> source, String prompt) {
        source.filter(name -> !Pattern.compile(
                                "<image\\s*:\\s*" + Pattern.quote(name) + "\\s*>", Pattern.CASE_INSENSITIVE)
                        .matcher(prompt)
                        .find())
                .ifPresent(named::remove);
    }

    private static int countPlaceholders(String prompt, Pattern pattern) {
        Matcher matcher = pattern.matcher(prompt);
        int count = 0;
        while (matcher.find()) count++;
        return count;
    }

    // ---- pictures

    /** The decoded pictures; sizes are checked from the headers before the first one is decoded. */
    private record RequestImages(
            List<Image> positional,
            Map<String, Image> named,
            Optional<Image> source,
            Optional<Image> mask,
            long totalPixels) {

        static RequestImages decodeAll(RequestBody body, Limits limits) {
            long totalPixels = 0;
            int count = 0;
            for (var files : body.files.entrySet())
                for (RequestBody.UploadedFile file : files.getValue()) {
                    totalPixels += validateHeader(file).pixels();
                    if (!files.getKey().equals("mask") && ++count > Instruction.MAX_IMAGES + 1)
                        throw ApiException.forParam(
                                "image",
                                400,
                                "invalid_value",
                                "More than %d pictures were sent; take some away.",
                                Instruction.MAX_IMAGES + 1);
                }
            if (totalPixels > limits.maxPixels())
                throw ApiException.forParam(
                        "image",
                        422,
                        "picture_too_large",
                        "The pictures have %d pixels together, expected at most %d; make them smaller.",
                        totalPixels,
                        limits.maxPixels());
            List<Image> positional = new ArrayList<>();
            for (RequestBody.UploadedFile file : body.images()) positional.add(decode(file, ImageFile::read));
            Map<String, Image> named = new LinkedHashMap<>();
            body.files.forEach((name, files) -> {
                if (name.startsWith("image:")) named.put(name.substring(6), decode(files.get(0), ImageFile::read));
            });
            return new RequestImages(
                    positional,
                    named,
                    body.file("source").map(file -> decode(file, ImageFile::read)),
                    body.file("mask").map(file -> decode(file, RequestImages::mask)),
                    totalPixels);
        }

        private static ImageHeader validateHeader(RequestBody.UploadedFile file) {
            ImageHeader header = ImageHeader.read(file.bytes())
                    .filter(found -> found.format() != ImageFormat.WEBP)
                    .orElseThrow(() -> ApiException.forParam(
                            file.label(),
                            415,
                            "unsupported_picture",
                            "%s is no picture this server takes; send PNG, JPEG, GIF or BMP.",
                            RequestBody.sanitize(file.label())));
            if (header.exceedsLimits())
                throw ApiException.forParam(
                        file.label(),
                        422,
                        "picture_too_large",
                        "%s has %d x %d pixels; make it smaller.",
                        RequestBody.sanitize(file.label()),
                        header.width(),
                        header.height());
            return header;
        }

        private static Image decode(RequestBody.UploadedFile file, BiFunction<byte[], String, Image> decoder) {
            try {
                return decoder.apply(file.bytes(), RequestBody.sanitize(file.label()));
            } catch (UsageException e) {
                throw ApiException.forParam(file.label(), 422, "unreadable_picture", "%s", e.getMessage());
            }
        }

        /**
         * White where may be painted. In OpenAI's API that is where the mask is transparent; without transparency,
         * where it is light.
         */
        private static Image mask(byte[] file, String name) {
            return ImageFile.alphaMask(file, name)
                    .map(RequestImages::invert)
                    .orElseGet(() -> ImageFile.read(file, name));
        }

        private static Image invert(Image image) {
            byte[] rgb = image.rgb();
            for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) ~rgb[i];
            return Image.of(image.width(), image.height(), rgb);
        }

        Optional<Image> source(RequestBody body) {
            if (source.isPresent()) return source;
            return body.formParam("source").map(name -> Optional.ofNullable(named.get(name))
                    .orElseThrow(() -> ApiException.forParam(
                            "source",
                            400,
                            "invalid_value",
                            "'source' names the picture '%s', but no picture has that name.",
                            RequestBody.sanitize(name))));
        }
    }
}
