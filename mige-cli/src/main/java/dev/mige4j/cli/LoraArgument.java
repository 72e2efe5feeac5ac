package dev.mige4j.cli;

import dev.mige4j.common.NumberRange;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.weights.lora.LoraFile;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A LoRA on the command line: {@code FILE}, or {@code FILE:SCALE}.
 *
 * @param file the file, or the folder that PEFT writes
 * @param scale factor of the adapters, 1 unless it is given
 */
record LoraArgument(Path file, double scale) {

    private static final NumberRange SCALE = NumberRange.decimal(-Lora.MAX_SCALE, Lora.MAX_SCALE);

    /** A colon is part of the file's name if there is such a file, or if no number follows. */
    static LoraArgument parse(String argument) {
        int colon = argument.lastIndexOf(':');
        if (colon <= 0 || Files.exists(Path.of(argument))) return new LoraArgument(Path.of(argument), 1);
        String scale = argument.substring(colon + 1);
        Path file = Path.of(argument.substring(0, colon));
        Optional<BigDecimal> number = SCALE.parse(scale);
        if (number.isPresent()) return new LoraArgument(file, number.get().doubleValue());
        if (Files.exists(file) || scale.matches("[-+.,\\d]+"))
            throw new TypeConversionException("expected " + expected(argument));
        return new LoraArgument(Path.of(argument), 1);
    }

    /** What the option accepts instead of a text. */
    static String expected(String text) {
        return "FILE, or FILE:SCALE with " + SCALE.expected(text.substring(text.lastIndexOf(':') + 1));
    }

    /**
     * Reads the file's header.
     *
     * @throws UsageException when there is no such file, or it is no LoRA
     */
    Lora read() {
        if (!Files.exists(file))
            throw new UsageException(
                    "%s: no such file; --lora takes a LoRA file, which mige teach writes, or a folder that PEFT writes",
                    file);
        try {
            return new Lora(LoraFile.read(file), scale);
        } catch (WeightsException e) {
            throw new UsageException("%s", e.getMessage(), e);
        }
    }

    /** The argument as text. */
    String toArgument() {
        return scale == 1 ? file.toString() : file + ":" + ReplayCommand.formatNumber(scale);
    }

    static final class LoraArgumentConverter implements ITypeConverter<LoraArgument> {
        @Override
        public LoraArgument convert(String argument) {
            try {
                if (!argument.isEmpty()) return parse(argument);
            } catch (InvalidPathException e) {
                // reported below
            }
            throw new TypeConversionException("expected " + expected(argument));
        }
    }
}
