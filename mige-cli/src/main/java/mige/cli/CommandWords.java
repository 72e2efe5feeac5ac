package mige.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import mige.tensor.UsageException;

/** The words of a command line, kept in a picture's file so that the picture can be made again. */
record CommandWords(List<String> words) {

    /** The key of the PNG text entry that holds the words as a JSON list. */
    static final String KEY = "mige-command";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,+@%-]+");

    CommandWords {
        words = List.copyOf(words);
    }

    CommandWords with(String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return new CommandWords(all);
    }

    String json() {
        try {
            return JSON.writeValueAsString(words);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("words are plain data", e);
        }
    }

    static CommandWords fromJson(String json) {
        try {
            return new CommandWords(JSON.readValue(json, new TypeReference<List<String>>() {}));
        } catch (JsonProcessingException e) {
            throw new UsageException("the command in the picture cannot be read: %s", e.getOriginalMessage());
        }
    }

    /** One line for a POSIX shell. */
    String shell() {
        StringBuilder line = new StringBuilder("mige");
        for (String word : words) line.append(' ').append(PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'");
        return line.toString();
    }

    /** A number as a person writes it: 5 rather than 5.0. */
    static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9 ? String.valueOf((long) value) : String.valueOf(value);
    }
}
