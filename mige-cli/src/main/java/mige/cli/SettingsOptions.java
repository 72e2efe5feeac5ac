package mige.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import mige.image.Picture;
import mige.pipeline.Region;
import mige.pipeline.Settings;
import mige.tensor.UsageException;
import picocli.CommandLine.Option;

/** The settings of a request as options. */
final class SettingsOptions {

    @Option(names = "--steps", paramLabel = "N", description = "Solver steps: more is slower and finer. Default: the model's own for the task.")
    private Integer steps;

    @Option(names = "--guidance", paramLabel = "G",
            description = "How far the words and the pictures in them pull; 1 is a plain prediction. Default: the model's own for the task.")
    private Double guidance;

    @Option(names = "--image-guidance", paramLabel = "G", description = "How far the picture to edit pulls; 1 is usual and fastest. Default: the model's own.")
    private Double imageGuidance;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
            description = "The same seed and settings give the same picture. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--keep-outside", paramLabel = "MASK|auto|nothing",
            description = "Keep the source's pixels bit for bit outside a mask picture (white: may change), outside of what clearly changed ('auto'), or nowhere. "
                    + "Default: the model's own; auto for the embedded one.")
    private String keepOutside;

    @Option(names = "--faithful", description = "Repeat the quirks of the reference's programs; see docs/faithful.md.")
    private boolean faithful;

    Settings settings() {
        return new Settings(
                steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
                guidance == null ? OptionalDouble.empty() : OptionalDouble.of(guidance),
                imageGuidance == null ? OptionalDouble.empty() : OptionalDouble.of(imageGuidance),
                seed, 1, keepOutside == null ? Optional.empty() : Optional.of(region()), faithful);
    }

    private Region region() {
        return switch (keepOutside) {
            case "auto" -> Region.AUTO;
            case "nothing" -> Region.EVERYWHERE;
            default -> Region.mask(Picture.read(Path.of(keepOutside)));
        };
    }

    void refuseRegionWithoutCanvas() {
        if (keepOutside != null)
            throw new UsageException("--keep-outside keeps parts of a picture that is edited, but a new picture is asked for; take it away, or use mige edit");
    }

    /** The words that give these settings again, with the values that were really used. */
    CommandWords retold(CommandWords words, Settings used) {
        CommandWords all = words.with("--seed", String.valueOf(seed));
        if (used.steps().isPresent()) all = all.with("--steps", String.valueOf(used.steps().getAsInt()));
        if (used.guidance().isPresent()) all = all.with("--guidance", CommandWords.number(used.guidance().getAsDouble()));
        if (used.imageGuidance().isPresent()) all = all.with("--image-guidance", CommandWords.number(used.imageGuidance().getAsDouble()));
        if (keepOutside != null) all = all.with("--keep-outside", keepOutside);
        return faithful ? all.with("--faithful") : all;
    }
}
