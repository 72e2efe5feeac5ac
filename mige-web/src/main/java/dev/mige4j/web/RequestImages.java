package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.image.ImageHeader;
import dev.mige4j.pipeline.Region;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The decoded images of a request. All sizes are checked from the file headers before the first image is decoded.
 *
 * @param positional images for the {@code <image>} placeholders, in order
 * @param named images for the {@code <image:NAME>} placeholders
 * @param source the image to edit, if it was sent as a file of its own
 * @param mask the part of the source that may change, if a mask was sent
 */
record RequestImages(List<Image> positional, Map<String, Image> named, Optional<Image> source, Optional<Region> mask) {

    /** Checks all sizes, then decodes all images. */
    static RequestImages decodeAll(RequestBody body, Limits limits, DecodeGate gate) throws InterruptedException {
        return gate.run(validateHeaders(body, limits), () -> decodeAll(body));
    }

    private static RequestImages decodeAll(RequestBody body) {
        List<Image> positional = new ArrayList<>();
        for (RequestBody.UploadedFile file : body.images()) positional.add(decode(file));
        Map<String, Image> named = new LinkedHashMap<>();
        body.namedImages().forEach((name, file) -> named.put(name, decode(file)));
        return new RequestImages(
                positional,
                named,
                body.file("source").map(file -> decode(file)),
                body.file("mask").map(RequestImages::decodeMask));
    }

    /** Returns the total number of pixels; throws {@link ApiException} if there are too many pixels. */
    private static long validateHeaders(RequestBody body, Limits limits) {
        long totalPixels = 0;
        for (RequestBody.UploadedFile file : body.allFiles()) {
            totalPixels += ImageHeader.read(file.content())
                    .map(header -> checkSize(header, file))
                    .orElse(0L); // a format that only decoding can identify
        }
        if (totalPixels > limits.maxPixels())
            throw ApiException.forParam(
                    "image",
                    422,
                    "image_too_large",
                    "The images have %s in total, expected at most %s. Send smaller images.",
                    megapixels(totalPixels),
                    megapixels(limits.maxPixels()));
        return totalPixels;
    }

    private static long checkSize(ImageHeader header, RequestBody.UploadedFile file) {
        if (header.exceedsLimits())
            throw ApiException.forParam(
                    file.label(),
                    422,
                    "image_too_large",
                    "%s has %d x %d pixels, expected at most %d per side and %s in total. Send a smaller image.",
                    RequestBody.sanitize(file.label()),
                    header.width(),
                    header.height(),
                    ImageHeader.MAX_SIDE,
                    megapixels(ImageHeader.MAX_PIXELS));
        return header.pixels();
    }

    private static Image decode(RequestBody.UploadedFile file) {
        try {
            return Image.read(file.content(), RequestBody.sanitize(file.label()));
        } catch (UsageException e) {
            boolean known = ImageFormat.detect(file.content()).isPresent();
            throw ApiException.forParam(
                    file.label(),
                    known ? 422 : 415,
                    known ? "invalid_image" : "unsupported_image",
                    "%s",
                    e.getMessage());
        }
    }

    private static Region decodeMask(RequestBody.UploadedFile file) {
        Image mask = decode(file);
        try {
            return Region.mask(mask);
        } catch (UsageException e) {
            throw ApiException.forParam("mask", 400, "invalid_value", "%s", e.getMessage());
        }
    }

    /** {@code 48000000} as {@code 48.0 megapixels}. */
    static String megapixels(long pixels) {
        return String.format(Locale.ROOT, "%.1f megapixels", pixels / 1e6);
    }

    /** The memory of the decoded images, in bytes. */
    long memoryBytes() {
        List<Image> all = new ArrayList<>(positional);
        all.addAll(named.values());
        source.ifPresent(all::add);
        mask.filter(Region.Mask.class::isInstance)
                .map(region -> ((Region.Mask) region).mask())
                .ifPresent(all::add);
        return all.stream()
                .mapToLong(image -> (image.hasAlpha() ? 4L : 3L) * image.width() * image.height())
                .sum();
    }

    /** The source: its own file, or the named image that the field {@code source} refers to. */
    Optional<Image> resolveSource(Optional<String> sourceName) {
        if (source.isPresent()) return source;
        return sourceName.map(name -> Optional.ofNullable(named.get(name))
                .orElseThrow(() -> ApiException.forParam(
                        "source",
                        400,
                        "invalid_value",
                        "'source' refers to an image named '%s', which the request does not contain.",
                        RequestBody.sanitize(name))));
    }
}
