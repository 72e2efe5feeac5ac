package dev.mige4j.pipeline;

import dev.mige4j.common.UsageException;
import dev.mige4j.weights.lora.LoraFile;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A LoRA file and how strongly it acts, for {@link Mige#withLoras}.
 *
 * @param file the adapters
 * @param scale factor of their effect: 1 as trained, 0 none; from −{@value #MAX_SCALE} to {@value #MAX_SCALE}
 */
public record Lora(LoraFile file, double scale) {

    /** Largest scale. */
    public static final double MAX_SCALE = 10;

    private static final Pattern WITH_SCALE = Pattern.compile("(.+):([+-]?(?:\\d+\\.?\\d*|\\.\\d+))");

    public Lora {
        UsageException.requireNonNull(file, "LoRA file");
        if (!(Math.abs(scale) <= MAX_SCALE))
            throw new UsageException(
                    "The LoRA %s has the scale %s, expected a number from -%s to %s.",
                    file.name(), scale, (int) MAX_SCALE, (int) MAX_SCALE);
    }

    /**
     * The LoRA of a file, or of a folder that PEFT wrote, as it was trained.
     *
     * @throws dev.mige4j.common.WeightsException when the file is missing, damaged, or no LoRA
     */
    public static Lora of(Path file) {
        return of(file, 1);
    }

    /** As {@link #of(Path)}, with a scale. */
    public static Lora of(Path file, double scale) {
        return new Lora(LoraFile.read(file), scale);
    }

    /** From {@code FILE} or {@code FILE:SCALE}, such as {@code my-mug.safetensors:0.8}. */
    public static Lora parse(String text) {
        UsageException.requireNonNull(text, "LoRA");
        Matcher scaled = WITH_SCALE.matcher(text);
        try {
            return scaled.matches() && !Files.exists(Path.of(text))
                    ? of(Path.of(scaled.group(1)), Double.parseDouble(scaled.group(2)))
                    : of(Path.of(text));
        } catch (InvalidPathException e) {
            throw new UsageException("The LoRA %s is not the name of a file: %s", text, e.getReason(), e);
        }
    }

    /** The name of the file without its ending. */
    public String name() {
        return file.name();
    }

    /** The same file with another scale. */
    public Lora withScale(double newScale) {
        return new Lora(file, newScale);
    }
}
