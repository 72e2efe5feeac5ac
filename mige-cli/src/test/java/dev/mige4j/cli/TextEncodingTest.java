package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * The command line without its launcher, in processes with other locales. The shell passes bytes that no locale
 * changes.
 */
@DisabledOnOs(OS.WINDOWS)
class TextEncodingTest {

    private static final String U_IN_UTF8 = "$(printf '\\303\\274')";

    private record Output(int exitCode, byte[] bytes) {
        String in(Charset charset) {
            return new String(bytes, charset).strip();
        }
    }

    private static Output mige(String locale, String javaOptions, String shellArguments)
            throws IOException, InterruptedException {
        String java = System.getProperty("java.home") + "/bin/java -Xshare:auto -XX:TieredStopAtLevel=1 " + javaOptions;
        ProcessBuilder builder =
                new ProcessBuilder("sh", "-c", java + " -cp \"$CLASS_PATH\" dev.mige4j.cli.Main " + shellArguments);
        builder.environment().put("CLASS_PATH", System.getProperty("java.class.path"));
        builder.environment().put("LC_ALL", locale);
        Process process = builder.redirectErrorStream(true).start();
        byte[] bytes = process.getInputStream().readAllBytes();
        return new Output(process.waitFor(), bytes);
    }

    @Test
    void inAnAsciiLocaleOtherCharactersAreRefused() throws Exception {
        Output output = mige("C", "", "generate f" + U_IN_UTF8 + "r");
        assertEquals(2, output.exitCode);
        assertEquals(
                "mige: the argument 'f?r' is not ASCII, the encoding of the locale; set the environment variable LC_ALL"
                        + " to C.UTF-8",
                output.in(StandardCharsets.UTF_8));
    }

    @Test
    void messagesAreInTheEncodingOfTheTerminal() throws Exception {
        // The encoding of the terminal is set directly, since most computers have few locales.
        String arguments = "recipe " + U_IN_UTF8 + ".png", expected = "mige: \u00fc.png: no such file";
        Output latin1 = mige("C.UTF-8", "-Dstdout.encoding=ISO-8859-1", arguments);
        assertEquals(expected, latin1.in(StandardCharsets.ISO_8859_1));
        Output ascii = mige("C.UTF-8", "-Dstdout.encoding=ANSI_X3.4-1968", arguments);
        assertEquals(expected, ascii.in(StandardCharsets.UTF_8));
    }

    @Test
    void aPathThatTheLocaleCannotExpressIsNamed() {
        String sentence = TextEncoding.explain(new InvalidPathException("\u00fc.png", "unmappable"));
        assertEquals("'\u00fc.png' cannot be a file name in ", sentence.substring(0, sentence.indexOf("in ") + 3));
    }

    @Test
    void aPathWithNulIsNamed() {
        assertEquals(
                "'a?b.png' cannot be a file name: it has the character NUL",
                TextEncoding.explain(new InvalidPathException("a\0b.png", "Nul character not allowed")));
    }
}
