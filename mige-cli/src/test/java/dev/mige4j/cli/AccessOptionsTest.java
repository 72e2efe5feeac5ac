package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.web.ServerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Who can use the server of {@code mige serve}. */
class AccessOptionsTest {

    static final String KEY = "0123456789abcdef";
    static final Map<String, String> NO_VARIABLES = Map.of();

    @TempDir
    Path folder;

    final StringWriter advice = new StringWriter();

    ServerConfig apply(Map<String, String> environment, Object... arguments) {
        String[] args = new String[arguments.length];
        for (int i = 0; i < arguments.length; i++) args[i] = arguments[i].toString();
        AccessOptions options = CommandLine.populateCommand(new AccessOptions(), args);
        return options.apply(ServerConfig.DEFAULT, environment, new PrintWriter(advice, true));
    }

    Path keyFile(String content) throws IOException {
        return Files.writeString(folder.resolve("key.txt"), content);
    }

    @Test
    void othersNeedAKeyUnlessTheUserSaysOtherwise() {
        for (String host : List.of("0.0.0.0", "::", "192.168.1.5")) {
            assertThrows(UsageException.class, () -> apply(NO_VARIABLES, "--host", host), host);
            assertThrows(UsageException.class, () -> apply(Map.of("MIGE_API_KEY", " "), "--host", host), host);
            assertEquals(
                    host, apply(Map.of("MIGE_API_KEY", KEY), "--host", host).host());
            assertTrue(AccessOptions.isOpen(apply(NO_VARIABLES, "--host", host, "--insecure")));
        }
        for (String host : List.of("127.0.0.1", "::1", "localhost", "127.0.0.2"))
            assertFalse(AccessOptions.isOpen(apply(NO_VARIABLES, "--host", host)), host);
        assertEquals("", advice.toString());
    }

    @Test
    void readsAKeyFromEachLineOfTheFile() throws IOException {
        assertEquals(
                List.of(KEY),
                apply(NO_VARIABLES, "--api-key-file", keyFile(KEY + "\n")).apiKeys());
        assertEquals(
                List.of(KEY, KEY + "2"),
                apply(Map.of("MIGE_API_KEY", "x"), "--api-key-file", keyFile("\uFEFF" + KEY + "\r\n\r\n " + KEY + "2"))
                        .apiKeys());
        for (String content : List.of("", "\n \n", "two words\n"))
            assertThrows(UsageException.class, () -> apply(NO_VARIABLES, "--api-key-file", keyFile(content)), content);
    }

    @Test
    void prefersTheOptionToTheVariable() {
        Map<String, String> variable = Map.of("MIGE_API_KEY", KEY + "\n");
        assertEquals(List.of(KEY), apply(variable).apiKeys());
        assertEquals(List.of(KEY + "2"), apply(variable, "--api-key", KEY + "2").apiKeys());
        assertThrows(UsageException.class, () -> apply(variable, "--api-key", ""));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void advisesAgainstKeysThatOthersCanReadOrGuess() throws IOException {
        Path file = keyFile(KEY);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        apply(NO_VARIABLES, "--api-key-file", file);
        assertEquals("", advice.toString());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        apply(NO_VARIABLES, "--api-key-file", file);
        assertEquals(
                "Other users of this computer can read %s; run: chmod 600 %s%n".formatted(file, file),
                advice.toString());
        advice.getBuffer().setLength(0);
        apply(NO_VARIABLES, "--api-key", "sesame");
        assertTrue(advice.toString().contains("can see --api-key in the list of processes"), advice.toString());
        assertTrue(advice.toString().contains("The API key has fewer than 16 characters"), advice.toString());
    }
}
