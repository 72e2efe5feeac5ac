package dev.mige4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The words of a command line, kept in a picture's file so that the picture can be made again. */
record ReplayCommand(List<String> arguments) {

    /** The key of the PNG text entry that holds the words as a JSON list. */
    static final String KEY = "mige-command";

    private static final ObjectMapper JSON = new ObjectMapper();
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
        try {
            return JSON.writeValueAsString(arguments);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("words are plain data", e);
        }
    }

    static ReplayCommand fromJson(String json) {
        try {
            return new ReplayCommand(JSON.readValue(json, new TypeReference<List<String>>() {}));
        } catch (JsonProcessingException e) {
            throw new UsageException("the command in the picture cannot be read: %s", e.getOriginalMessage());
        }
    }

    /** One line for a POSIX shell. */
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

    /** A number as a person writes it: 5 rather than 5.0. */
    static String formatNumber(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }
}
