package dev.mige4j.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/**
 * An image argument of the command line: {@code FILE} for the next {@code <image>}, {@code NAME=FILE} for
 * {@code <image:NAME>}.
 */
record ImageArgument(Optional<String> name, Path file) {

    private static final Pattern NAME_AND_FILE =
            Pattern.compile("([\\p{L}\\p{N}][\\p{L}\\p{N}_ -]*)=(.+)", Pattern.DOTALL);

    static ImageArgument parse(String argument) {
        Matcher matcher = NAME_AND_FILE.matcher(argument);
        if (!matcher.matches() || Files.exists(Path.of(argument)))
            return new ImageArgument(Optional.empty(), Path.of(argument));
        return new ImageArgument(Optional.of(matcher.group(1)), Path.of(matcher.group(2)));
    }

    /** The argument as text. */
    String toArgument() {
        return name.map(n -> n + "=").orElse("") + file;
    }

    static final class ImageArgumentConverter implements ITypeConverter<ImageArgument> {
        @Override
        public ImageArgument convert(String argument) {
            return parse(argument);
        }
    }
}
