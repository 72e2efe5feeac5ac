package dev.mige4j.cli;

import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import picocli.CommandLine.Option;

/** The options {@code --format} and {@code --quality} of the outputs of an evaluation, whose files are measured. */
final class OutputFormatOptions {

    /** As the reference writes the outputs that it measures. */
    private static final ImageEncoding REFERENCE = new ImageEncoding(ImageFormat.JPEG, 75);

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Format of the outputs, which are measured as they are in the files; one of"
                    + " ${COMPLETION-CANDIDATES}. Default: png; with --faithful jpeg of quality 75, as the reference.")
    private EncodingOptions.Format format;

    @Option(
            names = "--quality",
            paramLabel = "1..100",
            description = "Quality of JPEG and WebP. Default: " + ImageEncoding.DEFAULT_QUALITY + ".")
    @Range(min = 1, max = 100)
    private Integer quality;

    ImageEncoding encoding(boolean faithful) {
        ImageEncoding byDefault = faithful ? REFERENCE : ImageEncoding.PNG;
        return EncodingOptions.withQuality(format == null ? byDefault : format.encoding(), quality);
    }
}
