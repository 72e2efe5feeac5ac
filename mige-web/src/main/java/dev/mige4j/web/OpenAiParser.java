package dev.mige4j.web;

import dev.mige4j.common.NumberRange;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.Region;
import dev.mige4j.task.Task;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the fields in which OpenAI's API expects another model than the loaded one: maps them to what this one can do,
 * with a notice, or refuses them if the server is strict.
 */
final class OpenAiParser {

    private static final NumberRange PARTIAL_IMAGES = NumberRange.whole(0, 3);

    private final ImageGenerator generator;
    private final OpenAiCompatibility compatibility;
    private final ModelNames modelNames;

    OpenAiParser(ImageGenerator generator, OpenAiCompatibility compatibility) {
        this.generator = generator;
        this.compatibility = compatibility;
        this.modelNames = new ModelNames(generator.name(), compatibility);
    }

    /** @param forJob whether the answer is a job, which has URLs and events of its own */
    OpenAiOptions parse(RequestFields fields, boolean forJob) {
        List<String> notices = new ArrayList<>();
        Optional<String> model = fields.text("model");
        model.ifPresent(name -> modelNames.require(name, "model"));
        model.filter(name -> !name.equals(generator.name()))
                .ifPresent(name -> notices.add("The model '%s' is answered by '%s', the model of this server."
                        .formatted(name, generator.name())));
        boolean url = fields.choice("response_format", choices("b64_json", "url"))
                .map("url"::equals)
                .orElse(!compatibility.strict()
                        && model.filter(ModelNames::hasUrlsByDefault).isPresent());
        String background = fields.choice("background", List.of("auto", "opaque", "transparent"))
                .orElse("auto");
        if (compatibility.strict() && background.equals("transparent"))
            throw unsupported("background", "'background' is 'transparent', expected auto or opaque.");
        return new OpenAiOptions(url, parseStream(fields, forJob), parsePartialImages(fields), background, notices);
    }

    private List<String> choices(String supported, String mapped) {
        return compatibility.strict() ? List.of(supported) : List.of(supported, mapped);
    }

    private boolean parseStream(RequestFields fields, boolean forJob) {
        if (!fields.flag("stream")) return false;
        if (compatibility.strict()) throw unsupported("stream", "'stream' is true, expected false.");
        if (forJob)
            throw unsupported("stream", "'stream' is true, but a job has events of its own: /v1/jobs/{id}/events.");
        if (fields.number("n", NumberRange.whole(1, Integer.MAX_VALUE))
                .filter(n -> n.compareTo(BigDecimal.ONE) > 0)
                .isPresent())
            throw unsupported("n", "'n' is more than 1, but a stream has one image. Send several requests.");
        return true;
    }

    private int parsePartialImages(RequestFields fields) {
        int count = fields.number("partial_images", PARTIAL_IMAGES)
                .map(BigDecimal::intValue)
                .orElse(0);
        if (compatibility.strict() && count > 0)
            throw unsupported("partial_images", "'partial_images' is %d, expected 0.".formatted(count));
        return count;
    }

    /**
     * The size of the results, if it is another than they have anyway: that of the source, or else of the model's
     * images.
     */
    Optional<ImageSize> parseSize(RequestFields fields, Task task) {
        String size = fields.text("size").orElse("auto");
        String ownSize = task.source()
                .map(source -> source.width() + "x" + source.height())
                .orElse(generator.size() + "x" + generator.size());
        if (size.equals("auto") || size.equals(ownSize)) return Optional.empty();
        if (compatibility.strict())
            throw RequestFields.invalidValue(
                    "size",
                    task.source().isPresent()
                            ? "'size' is '%s', expected auto or %s, the size of the source."
                            : "'size' is '%s', expected auto or %s, the image size of the model.",
                    RequestBody.sanitize(size),
                    ownSize);
        try {
            return Optional.of(ImageSize.parse(RequestBody.sanitize(size)));
        } catch (UsageException e) {
            throw RequestFields.invalidValue("size", "%s", e.getMessage());
        }
    }

    /** Refuses a mask that must be scaled, as OpenAI's API does, if the server is strict. */
    void checkMask(Optional<Region> region, Task task) {
        if (!compatibility.strict() || task.source().isEmpty()) return;
        Image source = task.source().get();
        region.filter(Region.Mask.class::isInstance)
                .map(mask -> ((Region.Mask) mask).mask())
                .filter(mask -> mask.width() != source.width() || mask.height() != source.height())
                .ifPresent(mask -> {
                    throw RequestFields.invalidValue(
                            "mask",
                            "The mask has %d x %d pixels, but the source has %d x %d. Send a mask of the same size.",
                            mask.width(),
                            mask.height(),
                            source.width(),
                            source.height());
                });
    }

    private static ApiException unsupported(String param, String message) {
        return ApiException.forParam(param, 400, "unsupported_value", "%s", message);
    }
}
