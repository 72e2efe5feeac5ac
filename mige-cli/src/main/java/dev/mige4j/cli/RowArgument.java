package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An argument that makes a row of a report: {@code VALUE}, or {@code NAME=VALUE} with the name of the row. */
record RowArgument(Optional<String> name, String value) {

    static RowArgument parse(String argument) {
        int equals = argument.indexOf('=');
        if (equals <= 0 || argument.lastIndexOf('/', equals) >= 0 || Files.exists(Path.of(argument)))
            return new RowArgument(Optional.empty(), argument);
        return new RowArgument(Optional.of(argument.substring(0, equals)), argument.substring(equals + 1));
    }

    /** The name, or else that of the folder. */
    String nameOrFolder() {
        return name.orElseGet(
                () -> Path.of(value).toAbsolutePath().normalize().getFileName().toString());
    }

    /** The arguments by the names of their rows, in order. */
    static Map<String, RowArgument> byName(String option, List<String> arguments) {
        Map<String, RowArgument> byName = new LinkedHashMap<>();
        for (String argument : arguments) {
            RowArgument row = parse(argument);
            if (byName.putIfAbsent(row.nameOrFolder(), row) != null)
                throw new UsageException(
                        "%s names two rows '%s'; give them different names, such as %s other=%s",
                        option, row.nameOrFolder(), option, row.value);
        }
        return byName;
    }
}
