package dev.mige4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A command line that reproduces an image; stored in the image's PNG file. */
record ReplayCommand(List<String> arguments) {

    /** Key of the PNG text chunk that holds the arguments as a JSON array. */
    static final String KEY = "mige-command";

    private static final Pattern NO_QUOTES_NEEDED = Pattern.compile("[A-Za-z0-9_./:=,+@%-]+");

    ReplayCommand {
        arguments = List.copyOf(arguments);
    }

    ReplayCommand with(String... extra) {
        List<String> combined = new ArrayList<>(arguments);
        combined.addAll(List.of(extra));
        return new ReplayCommand(combined);
    }

    String toJson() {
        return Json.write(arguments);
    }

    static ReplayCommand fromJson(String json) {
        try {
            return new ReplayCommand(Json.MAPPER.readValue(json, new TypeReference<List<String>>() {}));
        } catch (JsonProcessingException e) {
            throw new UsageException("The command in the PNG file cannot be read: %s", e.getOriginalMessage());
        }
    }

    /** The command as one line for a POSIX shell. */
    String toShell() {
        StringBuilder line = new StringBuilder("mige");
        for (String argument : arguments)
            line.append(' ')
                    .append(
                            NO_QUOTES_NEEDED.matcher(argument).matches()
                                    ? argument
                                    : "'" + argument.replace("'", "'\\''") + "'");
        return line.toString();
    }

    /** Formats 5.0 as 5. */
    static String formatNumber(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }
}
