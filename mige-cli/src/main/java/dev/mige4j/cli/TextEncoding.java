package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;

/** The encoding of arguments, file names and terminal, which Java takes from the locale. */
final class TextEncoding {

    private TextEncoding() {}

    /** The encoding of the terminal; UTF-8 where it is ASCII, which would replace all other characters by '?'. */
    static Charset ofTerminal() {
        String name = System.getProperty("stdout.encoding"); // from Java 19 on
        Charset charset = Charset.forName(name != null ? name : System.getProperty("native.encoding"));
        return charset.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : charset;
    }

    /**
     * Java replaces what it cannot decode by U+FFFD, so the words or the file name would be others than those typed.
     *
     * @throws UsageException when an argument contains that character
     */
    static void checkArguments(String... args) {
        for (String argument : args) {
            if (argument.indexOf('\uFFFD') < 0) continue;
            throw new UsageException(
                    "the argument '%s' is not %s, the encoding of the locale; %s",
                    argument.replaceAll("\uFFFD+", "?"),
                    localeEncoding(),
                    localeEncoding().equals("UTF-8")
                            ? "type it in UTF-8, or rename the file if it is the name of one"
                            : "set the environment variable LC_ALL to C.UTF-8");
        }
    }

    /** The sentence for what cannot be a path, for instance because the encoding of the locale cannot express it. */
    static String explain(InvalidPathException e) {
        if (e.getInput().indexOf('\0') >= 0)
            return "'" + e.getInput().replace('\0', '?') + "' cannot be a file name: it has the character NUL";
        return "'" + e.getInput() + "' cannot be a file name in " + localeEncoding()
                + ", the encoding of the locale; set the environment variable LC_ALL to C.UTF-8";
    }

    private static String localeEncoding() {
        String name = System.getProperty("sun.jnu.encoding", "UTF-8");
        return name.startsWith("ANSI_X3.4") ? "ASCII" : name;
    }
}
