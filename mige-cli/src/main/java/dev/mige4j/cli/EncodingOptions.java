package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The options {@code --format} and {@code --quality} of written images. */
final class EncodingOptions {

    /** The formats in which images are written. */
    enum Format {
        png,
        jpeg,
        webp;

        private ImageFormat imageFormat() {
            return ImageFormat.valueOf(name().toUpperCase(Locale.ROOT));
        }

        ImageEncoding encoding() {
            return ImageEncoding.of(imageFormat());
        }
    }

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "One of ${COMPLETION-CANDIDATES}. Default: that of the extension of -o, else png.")
    private Format format;

    @Option(
            names = "--quality",
            paramLabel = "1..100",
            description = "Quality of JPEG and WebP. Default: " + ImageEncoding.DEFAULT_QUALITY + ".")
    @Range(min = 1, max = 100)
    private Integer quality;

    /** The encoding for {@code --format} and {@code --quality}. */
    ImageEncoding encoding() {
        return withQuality(format == null ? ImageEncoding.PNG : format.encoding(), quality);
    }

    /** The encoding for a file name, whose extension must agree with {@code --format}. */
    ImageEncoding encoding(Path file) {
        ImageEncoding encoding = ImageEncoding.ofFile(file);
        if (format != null && format.imageFormat() != encoding.format())
            throw new UsageException(
                    "--format is %s, but the name %s stands for %s; remove --format, or name a file that ends in %s",
                    format, file, encoding.format(), format.encoding().extension());
        return withQuality(encoding, quality);
    }

    /** @param quality null: that of the encoding */
    static ImageEncoding withQuality(ImageEncoding encoding, Integer quality) {
        if (quality == null) return encoding;
        if (encoding.format() == ImageFormat.PNG)
            throw new UsageException(
                    "--quality is for JPEG and WebP, but the image is written as PNG, without loss; choose another"
                            + " --format or extension");
        return encoding.withQuality(quality);
    }

    /** Appends the options that reproduce an encoding other than the default. */
    static ReplayCommand appendTo(ReplayCommand command, ImageEncoding encoding) {
        if (encoding.format() == ImageFormat.PNG) return command;
        ReplayCommand result =
                command.with("--format", encoding.format().toString().toLowerCase(Locale.ROOT));
        return encoding.quality() == ImageEncoding.DEFAULT_QUALITY
                ? result
                : result.with("--quality", String.valueOf(encoding.quality()));
    }
}
