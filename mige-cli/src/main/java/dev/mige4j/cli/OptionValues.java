package dev.mige4j.cli;

import dev.mige4j.common.NumberRange;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageSize;
import java.lang.reflect.AnnotatedElement;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** The values that options and parameters accept: numbers in a {@link Range}, names of a choice, sizes, and paths. */
final class OptionValues {

    private static final NumberRange INT = NumberRange.whole(Integer.MIN_VALUE, Integer.MAX_VALUE),
            LONG = NumberRange.whole(Long.MIN_VALUE, Long.MAX_VALUE),
            DOUBLE = NumberRange.decimal(-Double.MAX_VALUE, Double.MAX_VALUE);

    private OptionValues() {}

    /** Registers the converters of numbers and paths. */
    static CommandLine register(CommandLine commandLine) {
        return commandLine
                .registerConverter(int.class, number(INT, BigDecimal::intValue))
                .registerConverter(Integer.class, number(INT, BigDecimal::intValue))
                .registerConverter(long.class, number(LONG, BigDecimal::longValue))
                .registerConverter(double.class, number(DOUBLE, BigDecimal::doubleValue))
                .registerConverter(Double.class, number(DOUBLE, BigDecimal::doubleValue))
                .registerConverter(ImageSize.class, OptionValues::size)
                .registerConverter(Path.class, OptionValues::path);
    }

    private static <N> ITypeConverter<N> number(NumberRange range, Function<BigDecimal, N> value) {
        return text -> range.parse(text)
                .map(value)
                .orElseThrow(() -> new TypeConversionException("expected " + range.expected(text)));
    }

    private static Path path(String text) {
        try {
            if (!text.isEmpty()) return Path.of(text);
        } catch (InvalidPathException e) {
            // reported below
        }
        throw new TypeConversionException("expected a file or folder");
    }

    private static ImageSize size(String text) {
        try {
            return ImageSize.parse(text);
        } catch (UsageException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** Throws a {@link ParameterException} if a number of a parsed command is out of its range. */
    static void requireInRange(CommandLine command) {
        for (OptionSpec option : command.getParseResult().matchedOptions())
            for (String text : option.stringValues())
                if (range(option).isPresent() && range(option).get().parse(text).isEmpty())
                    throw new ParameterException(command, "not in the range", option, text);
    }

    private static Optional<NumberRange> range(ArgSpec option) {
        Range range = option.userObject() instanceof AnnotatedElement field ? field.getAnnotation(Range.class) : null;
        Class<?> type = option.typeInfo().getType();
        boolean isDouble = type == double.class || type == Double.class;
        if (range != null)
            return Optional.of(
                    isDouble
                            ? NumberRange.decimal(range.min(), range.max())
                            : NumberRange.whole((long) range.min(), (long) range.max()));
        if (isDouble) return Optional.of(DOUBLE);
        if (type == long.class) return Optional.of(LONG);
        return type == int.class || type == Integer.class ? Optional.of(INT) : Optional.empty();
    }

    /** What an option accepts instead of a text, such as {@code a whole number from 2 to 1000}. */
    static String expected(ArgSpec option, String text) {
        Class<?> type = option.auxiliaryTypes()[option.auxiliaryTypes().length - 1];
        if (type == Path.class) return "a file or folder";
        if (type == ImageSize.class)
            return "WIDTHxHEIGHT from %d to %d pixels, such as 1024x1536"
                    .formatted(ImageSize.MIN_SIDE, ImageSize.MAX_SIDE);
        if (type == LoraArgument.class) return LoraArgument.expected(text);
        if (type.isEnum()) return choice(List.of(type.getEnumConstants()));
        return range(option).map(range -> range.expected(text)).orElse(option.paramLabel());
    }

    /** {@code a, b or c}. */
    static String choice(Collection<?> names) {
        return names.stream()
                .map(Object::toString)
                .collect(Collectors.joining(", "))
                .replaceFirst(", ([^,]*)$", " or $1");
    }
}
