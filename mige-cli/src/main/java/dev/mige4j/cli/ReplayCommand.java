package dev.mige4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A command line that reproduces an image; stored in the image's file. */
record ReplayCommand(List<String> arguments) {

    /** Key of the text in an image file that holds the arguments as a JSON array. */
    static final String KEY = "mige-command";

    /** Key of the text that holds the recipe of the first turn, to which the files in the command belong. */
    static final String FIRST_RECIPE_KEY = "mige-first-recipe";

    private static final Pattern NO_QUOTES_NEEDED = Pattern.compile("[A-Za-z0-9_./:=,+@%-]+");

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\u0080-\\u009f&&[^\n\t]]");

    /** What separates the options from arguments that begin with a dash, too. */
    private static final String END_OF_OPTIONS = "--";

    ReplayCommand {
        arguments = List.copyOf(arguments);
    }

    /** A command with arguments and without options. */
    static ReplayCommand of(String name, String... arguments) {
        Stream<String> separator = Stream.of(arguments).anyMatch(argument -> argument.startsWith("-"))
                ? Stream.of(END_OF_OPTIONS)
                : Stream.empty();
        return new ReplayCommand(Stream.concat(Stream.of(name), Stream.concat(separator, Stream.of(arguments)))
                .toList());
    }

    /** With an option, and its value if it has one. */
    ReplayCommand with(String... option) {
        List<String> extended = new ArrayList<>(arguments);
        int end = arguments.indexOf(END_OF_OPTIONS);
        extended.addAll(end < 0 ? arguments.size() : end, List.of(option));
        return new ReplayCommand(extended);
    }

    String toJson() {
        return Json.write(arguments);
    }

    static ReplayCommand fromJson(String json) {
        try {
            List<String> arguments = Json.MAPPER.readValue(json, new TypeReference<List<String>>() {});
            if (arguments != null && !arguments.isEmpty() && !arguments.contains(null))
                return new ReplayCommand(arguments);
        } catch (JsonProcessingException e) {
            throw new UsageException("The command in the image file cannot be read: %s", e.getOriginalMessage());
        }
        throw new UsageException("The command in the image file cannot be read: it has no arguments.");
    }

    /** The command for a POSIX shell, which begins as this program was called. */
    String toShell() {
        return Stream.concat(Stream.of(System.getProperty("mige.command", "mige")), arguments.stream())
                .map(ReplayCommand::quote)
                .collect(Collectors.joining(" "));
    }

    /** Control characters, which a terminal would obey, are written as escapes. */
    private static String quote(String argument) {
        if (NO_QUOTES_NEEDED.matcher(argument).matches()) return argument;
        if (!CONTROL.matcher(argument).find()) return singleQuoted(argument);
        int end = argument.length(); // the shell drops line breaks at the end of $(...)
        while (argument.charAt(end - 1) == '\n') end--;
        String escaped = CONTROL.matcher(argument.substring(0, end).replace("\\", "\\\\"))
                .replaceAll(ReplayCommand::octal);
        String printed = "\"$(printf %b " + singleQuoted(escaped) + ")\"";
        return end == argument.length() ? printed : printed + singleQuoted(argument.substring(end));
    }

    private static String singleQuoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /** The bytes of a character in UTF-8 as escapes, quoted as a replacement. */
    private static String octal(MatchResult character) {
        StringBuilder escapes = new StringBuilder();
        for (byte b : character.group().getBytes(StandardCharsets.UTF_8))
            escapes.append(String.format(Locale.ROOT, "\\0%03o", b & 0xff));
        return Matcher.quoteReplacement(escapes.toString());
    }

    /** Formats 5.0 as 5. */
    static String formatNumber(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }
}
