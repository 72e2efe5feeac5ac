package dev.mige4j.web;

import dev.mige4j.common.NumberRange;
import dev.mige4j.image.Image;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** A parsed request for the training of a LoRA: the subject, the time it may take, and the memory of its images. */
record TrainingRequest(LoraTrainer.Subject subject, Duration budget, long memoryBytes) {

    static final double DEFAULT_MINUTES = 5, MAX_MINUTES = 60;

    /** At least a second, so that a test can be short. */
    private static final NumberRange MINUTES = NumberRange.decimal(1 / 60.0, MAX_MINUTES);

    /** What is a file name on every system and a word of a prompt. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]+(-[A-Za-z0-9]+)*");

    private static final int MAX_NAME_LENGTH = 40;

    private static final String MASK_SUFFIX = "-mask";

    /** Validates the fields, then decodes the images; throws {@link ApiException} for invalid requests. */
    static TrainingRequest parse(RequestBody body, Limits limits, DecodeGate decodeGate, DecodeGate.Client client)
            throws InterruptedException {
        String name = parseName(body.fields());
        BigDecimal minutes = body.fields().number("minutes", MINUTES).orElse(BigDecimal.valueOf(DEFAULT_MINUTES));
        boolean style = body.fields().flag("style");
        requireCount(body);
        RequestImages decoded = RequestImages.decodeAll(body, limits, decodeGate, client);
        Map<String, Image> images = new LinkedHashMap<>(), masks = new LinkedHashMap<>();
        for (Image image : decoded.positional()) images.put("image-" + (images.size() + 1), image);
        decoded.named().forEach((label, image) -> {
            if (isMask(label)) masks.put(label.substring(0, label.length() - MASK_SUFFIX.length()), image);
            else if (images.put(label, image) != null) throw RequestBody.duplicate("image[" + label + "]");
        });
        masks.forEach((label, mask) -> requireImage(label, mask, images));
        return new TrainingRequest(
                new LoraTrainer.Subject(name, style, images, masks),
                Duration.ofMillis(Math.round(60_000 * minutes.doubleValue())),
                decoded.memoryBytes());
    }

    private static String parseName(RequestFields fields) {
        String name = fields.text("name")
                .orElseThrow(() -> ApiException.forParam(
                        "name", 400, "missing_parameter", "'name' is missing: the word for the subject."));
        if (name.length() > MAX_NAME_LENGTH || !NAME.matcher(name).matches())
            throw RequestFields.invalidValue(
                    "name",
                    "'name' is '%s', expected 1 to %d letters from A to Z and digits, with single hyphens between them,"
                            + " such as my-mug.",
                    RequestBody.sanitize(name),
                    MAX_NAME_LENGTH);
        return name;
    }

    private static void requireCount(RequestBody body) {
        long masks = body.namedImages().keySet().stream()
                .filter(TrainingRequest::isMask)
                .count();
        long count = body.images().size() + body.namedImages().size() - masks;
        if (count < LoraTrainer.MIN_IMAGES || count > LoraTrainer.MAX_IMAGES)
            throw RequestFields.invalidValue(
                    "image",
                    "The request has %d images of the subject, expected %d to %d.",
                    count,
                    LoraTrainer.MIN_IMAGES,
                    LoraTrainer.MAX_IMAGES);
    }

    private static boolean isMask(String label) {
        return label.endsWith(MASK_SUFFIX);
    }

    private static void requireImage(String label, Image mask, Map<String, Image> images) {
        Image image = images.get(label);
        String param = "image[" + label + MASK_SUFFIX + "]";
        if (image == null)
            throw RequestFields.invalidValue(
                    param,
                    "%s is a mask, but the request has no image of the name %s.",
                    RequestBody.sanitize(param),
                    RequestBody.sanitize(label));
        if (image.width() != mask.width() || image.height() != mask.height())
            throw RequestFields.invalidValue(
                    param,
                    "%s has %d x %d pixels, but its image has %d x %d. Send a mask of the same size.",
                    RequestBody.sanitize(param),
                    mask.width(),
                    mask.height(),
                    image.width(),
                    image.height());
    }
}
