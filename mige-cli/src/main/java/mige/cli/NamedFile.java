package mige.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/** A picture as it is given on the command line: {@code FILE} for the next {@code <image>}, {@code NAME=FILE} for {@code <image:NAME>}. */
record NamedFile(Optional<String> name, Path file) {

    private static final Pattern NAMED = Pattern.compile("([\\p{L}\\p{N}][\\p{L}\\p{N}_ -]*)=(.+)", Pattern.DOTALL);

    static NamedFile of(String word) {
        Matcher named = NAMED.matcher(word);
        if (!named.matches() || Files.exists(Path.of(word))) return new NamedFile(Optional.empty(), Path.of(word));
        return new NamedFile(Optional.of(named.group(1)), Path.of(named.group(2)));
    }

    /** The word that gives this again. */
    String word() {
        return name.map(n -> n + "=").orElse("") + file;
    }

    static final class Converter implements ITypeConverter<NamedFile> {
        @Override
        public NamedFile convert(String word) {
            return of(word);
        }
    }
}
