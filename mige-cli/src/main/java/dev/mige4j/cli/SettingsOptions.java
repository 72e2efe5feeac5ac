package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import picocli.CommandLine.Option;

/** The options for {@link Settings}. */
final class SettingsOptions {

    @Option(
            names = "--steps",
            paramLabel = "N",
            description =
                    "Number of solver steps. Default: the model's; of the embedded model" + " ${bundle:default.steps}.")
    @Range(min = Settings.MIN_STEPS, max = Settings.MAX_STEPS)
    private Integer steps;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description =
                    "Classifier-free guidance scale; 1 turns guidance off. Default: the model's; of the embedded model"
                            + " ${bundle:default.guidance}.")
    @Range(min = 0, max = Settings.MAX_GUIDANCE)
    private Double guidance;

    @Option(
            names = "--image-guidance",
            paramLabel = "G",
            description = "Guidance scale of the source image; 1 is the fastest. Default: the model's; of the embedded"
                    + " model ${bundle:default.image-guidance}.")
    @Range(min = 0, max = Settings.MAX_GUIDANCE)
    private Double imageGuidance;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Random seed; the same seed and settings give the same image. -1: a random one, which is"
                    + " printed. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--first-index",
            paramLabel = "I",
            defaultValue = "0",
            description = "Index of the first image, from 0: --first-index 1 gives the second image of -n 2 alone."
                    + " Default: ${DEFAULT-VALUE}.")
    @Range(min = 0, max = Settings.MAX_FIRST_INDEX)
    private int firstIndex;

    @Option(
            names = "--mask",
            paramLabel = "FILE|auto|none",
            description =
                    "Where the edit may change pixels: a mask image (lighter than middle grey: editable; in a mask with"
                            + " transparency, the transparent pixels), 'auto' (where the result clearly differs), or"
                            + " 'none' (everywhere). Outside, the source's pixels are kept exactly."
                            + " Default: the model's; of the embedded model ${bundle:default.mask}.")
    private String mask;

    /** The name of {@code --mask} in the recipes of earlier releases. */
    @Option(names = "--keep-outside", hidden = true)
    private String earlierMaskOption;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            description =
                    "Size of the result in pixels, such as 1024x1536: it is scaled so that it covers this size, and"
                            + " cropped in the middle. Default: that of the source, or else of the model's images.")
    private ImageSize size;

    @Option(
            names = "--faithful",
            description = "Reproduce the inference quirks of the reference implementation; see docs/faithful.md.")
    private boolean faithful;

    @Option(
            names = "--fast",
            description = "Two to four times faster, nearly the same image: the model's fast sampling, with fewer steps"
                    + " and guidance at fewer noise levels. Not together with --faithful.")
    private boolean fast;

    Settings toSettings() {
        if (earlierMaskOption != null) mask = earlierMaskOption;
        return new Settings(
                steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
                guidance == null ? OptionalDouble.empty() : OptionalDouble.of(guidance),
                imageGuidance == null ? OptionalDouble.empty() : OptionalDouble.of(imageGuidance),
                seed,
                firstIndex,
                1,
                mask == null ? Optional.empty() : Optional.of(parseMask()),
                Optional.ofNullable(size),
                faithful,
                fast);
    }

    private Region parseMask() {
        return switch (mask) {
            case "auto" -> Region.AUTO;
            case "none", "nothing" -> Region.EVERYWHERE;
            default -> Region.mask(Image.read(Path.of(mask)));
        };
    }

    /** The file of the mask, if it is read from one. */
    Optional<Path> maskFile() {
        return Optional.ofNullable(mask).filter(SettingsOptions::isMaskFile).map(Path::of);
    }

    /** Whether a value of {@code --mask} names a file. */
    static boolean isMaskFile(String mask) {
        return !Set.of("auto", "none", "nothing").contains(mask);
    }

    void rejectMaskWithoutSource() {
        if (mask != null)
            throw new UsageException(
                    "--mask needs a source image, but a new image is generated; remove it, or use mige edit");
    }

    /** Rejects what cannot be the same for all samples of an evaluation, or would not be the same when it resumes. */
    void rejectSettingsOfOneImage() {
        if (size != null) throw new UsageException("--size is no setting of an evaluation; remove it");
        if (firstIndex != 0) throw new UsageException("--first-index is no setting of an evaluation; remove it");
        if (seed == Settings.RANDOM_SEED)
            throw new UsageException(
                    "--seed -1 is random, but an evaluation must be the same when it resumes; give a seed");
        if (maskFile().isPresent())
            throw new UsageException(
                    "--mask is the file %s, but an evaluation edits many images; use auto or none",
                    maskFile().get());
    }

    /** Appends the options that reproduce these settings, with the values that were used. */
    ReplayCommand appendTo(ReplayCommand command, Settings resolvedSettings) {
        ReplayCommand result = command.with("--seed", String.valueOf(resolvedSettings.seed()));
        if (resolvedSettings.firstIndex() > 0)
            result = result.with("--first-index", String.valueOf(resolvedSettings.firstIndex()));
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
        if (mask != null) result = result.with("--mask", mask);
        if (size != null) result = result.with("--size", size.toString());
        if (fast) result = result.with("--fast");
        return faithful ? result.with("--faithful") : result;
    }
}
