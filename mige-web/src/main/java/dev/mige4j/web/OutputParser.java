package dev.mige4j.web;

import dev.mige4j.common.NumberRange;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads the file format of the results. */
final class OutputParser {

    private static final Map<String, ImageFormat> FORMATS =
            Map.of("png", ImageFormat.PNG, "jpeg", ImageFormat.JPEG, "webp", ImageFormat.WEBP);
    private static final NumberRange COMPRESSION = NumberRange.whole(0, 100);

    private OutputParser() {}

    static ImageEncoding parse(RequestFields fields) {
        ImageEncoding encoding = ImageEncoding.of(
                FORMATS.get(fields.choice("output_format", FORMATS.keySet()).orElse("png")));
        Optional<Integer> quality =
                fields.number("output_compression", COMPRESSION).map(BigDecimal::intValue);
        if (encoding.format() == ImageFormat.PNG
                && quality.filter(value -> value < 100).isPresent())
            throw RequestFields.invalidValue(
                    "output_compression",
                    "PNG has no loss, so that 'output_compression' %d needs 'output_format' jpeg or webp.",
                    quality.get());
        return quality.isEmpty() ? encoding : encoding.withQuality(Math.max(1, quality.get()));
    }

    /** Refuses an encoding that cannot hold a result of the size of the source. */
    static void requireSize(ImageEncoding encoding, Image source) {
        try {
            encoding.requireSize(source.width(), source.height());
        } catch (UsageException e) {
            throw RequestFields.invalidValue("output_format", "%s", e.getMessage());
        }
    }

    /** The value of {@code output_format} that stands for an encoding. */
    static String outputFormat(ImageEncoding encoding) {
        return encoding.format().name().toLowerCase(Locale.ROOT);
    }

    /** The encoding that a value of {@code output_format} stands for, with the default quality. */
    static ImageEncoding encoding(String outputFormat) {
        RequestFields fields = new RequestFields();
        fields.add("output_format", new RequestFields.Value(outputFormat, true));
        return parse(fields);
    }
}
