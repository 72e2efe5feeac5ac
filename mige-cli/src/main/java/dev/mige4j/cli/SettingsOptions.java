package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** The settings of a request as options. */
final class SettingsOptions {

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Solver steps: more is slower and finer. Default: the model's own for the task.")
    private Integer steps;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description =
                    "How far the words and the pictures in them pull; 1 is a plain prediction. Default: the model's own for the task.")
    private Double guidance;

    @Option(
            names = "--image-guidance",
            paramLabel = "G",
            description = "How far the picture to edit pulls; 1 is usual and fastest. Default: the model's own.")
    private Double imageGuidance;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The same seed and settings give the same picture. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--keep-outside",
            paramLabel = "MASK|auto|nothing",
            description =
                    "Keep the source's pixels bit for bit outside a mask picture (white: may change), outside of what clearly changed ('auto'), or nowhere. "
                            + "Default: the model's own; auto for the embedded one.")
    private String mask;

    @Option(names = "--faithful", description = "Repeat the quirks of the reference's programs; see docs/faithful.md.")
    private boolean referenceCompatible;

    Settings toSettings() {
        return new Settings(
                steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
                guidance == null ? OptionalDouble.empty() : OptionalDouble.of(guidance),
                imageGuidance == null ? OptionalDouble.empty() : OptionalDouble.of(imageGuidance),
                seed,
                1,
                mask == null ? Optional.empty() : Optional.of(parseMask()),
                referenceCompatible);
    }

    private Region parseMask() {
        return switch (mask) {
            case "auto" -> Region.AUTO;
            case "nothing" -> Region.EVERYWHERE;
            default -> Region.mask(Image.read(Path.of(mask)));
        };
    }

    void rejectMaskWithoutSource() {
        if (mask != null)
            throw new UsageException(
                    "--keep-outside keeps parts of a picture that is edited, but a new picture is asked for; take it away, or use mige edit");
    }

    /** The words that give these settings again, with the values that were really used. */
    ReplayCommand appendTo(ReplayCommand command, Settings resolvedSettings) {
        ReplayCommand result = command.with("--seed", String.valueOf(seed));
        if (resolvedSettings.steps().isPresent())
            result = result.with(
                    "--steps", String.valueOf(resolvedSettings.steps().getAsInt()));
        if (resolvedSettings.guidance().isPresent())
            result = result.with(
                    "--guidance",
                    ReplayCommand.formatNumber(resolvedSettings.guidance().getAsDouble()));
        if (resolvedSettings.imageGuidance().isPresent())
            result = result.with(
                    "--image-guidance",
                    ReplayCommand.formatNumber(resolvedSettings.imageGuidance().getAsDouble()));
        if (mask != null) result = result.with("--keep-outside", mask);
        return referenceCompatible ? result.with("--faithful") : result;
    }
}
