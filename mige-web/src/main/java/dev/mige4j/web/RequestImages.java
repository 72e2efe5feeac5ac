package dev.mige4j.web;

import dev.mige4j.common.HeapFullException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.image.ImageHeader;
import dev.mige4j.pipeline.Region;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

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
    static RequestImages decodeAll(RequestBody body, Limits limits, DecodeGate gate, DecodeGate.Client client)
            throws InterruptedException {
        return gate.run(checkHeaders(body, limits), client, ended -> decodeAll(body, ended));
    }

    private static RequestImages decodeAll(RequestBody body, BooleanSupplier ended) {
        List<Image> positional = new ArrayList<>();
        for (RequestBody.UploadedFile file : body.images()) positional.add(decode(file, ended));
        Map<String, Image> named = new LinkedHashMap<>();
        body.namedImages().forEach((name, file) -> named.put(name, decode(file, ended)));
        return new RequestImages(
                positional,
                named,
                body.file("source").map(file -> decode(file, ended)),
                body.file("mask").map(file -> decodeMask(file, ended)));
    }

    /** Returns what decoding takes; throws {@link ApiException} if there are too many pixels. */
    private static DecodeGate.Cost checkHeaders(RequestBody body, Limits limits) {
        long totalPixels = 0, largest = 0, work = 0;
        for (RequestBody.UploadedFile file : body.allFiles()) {
            Optional<ImageHeader> header = ImageHeader.read(file.content());
            header.ifPresent(h -> checkSize(h, file));
            long pixels = header.map(ImageHeader::pixels).orElseGet(() -> ImageFile.pluginPixels(file.content()));
            totalPixels += pixels;
            largest = Math.max(largest, pixels);
            work += header.map(ImageHeader::work).orElse(pixels);
        }
        if (totalPixels > limits.maxPixels())
            throw ApiException.forParam(
                    "image",
                    422,
                    "image_too_large",
                    "The images have %s in total, expected at most %s. Send smaller images.",
                    megapixels(totalPixels),
                    megapixels(limits.maxPixels()));
        return new DecodeGate.Cost(totalPixels, largest, work);
    }

    private static void checkSize(ImageHeader header, RequestBody.UploadedFile file) {
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
    }

    private static Image decode(RequestBody.UploadedFile file, BooleanSupplier ended) {
        try {
            return ImageFile.read(file.content(), RequestBody.sanitize(file.label()), ended);
        } catch (HeapFullException e) {
            throw e;
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

    private static Region decodeMask(RequestBody.UploadedFile file, BooleanSupplier ended) {
        Image mask = decode(file, ended);
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
