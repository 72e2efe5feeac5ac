package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.web.ServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;

/** Options of {@code mige serve} about who can use the server. */
final class AccessOptions {

    private static final String KEY_VARIABLE = "MIGE_API_KEY";
    private static final int MAX_FILE_BYTES = 1 << 16;
    /** Shorter keys can be guessed. */
    private static final int MIN_KEY_LENGTH = 16;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Address to listen on; 0.0.0.0 accepts requests of other computers and needs an API key."
                    + " Default: ${DEFAULT-VALUE}.")
    private String host;

    @Option(
            names = "--allowed-host",
            paramLabel = "NAME",
            description =
                    "Name by which clients may reach the server, such as that of a proxy, besides localhost and IP"
                            + " addresses; may be given several times.")
    private List<String> allowedHosts = List.of();

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description = "File with the API key that clients must send; each of several lines is a valid key. The"
                    + " environment variable " + KEY_VARIABLE + " can contain a key instead. Default: none.")
    private Path apiKeyFile;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description = "API key that clients must send. Other users of this computer can see it in the list of"
                    + " processes; --api-key-file hides it.")
    private String apiKey;

    @Option(
            names = "--insecure",
            description = "Listen without an API key even if other computers can reach the server.")
    private boolean insecure;

    /**
     * The configuration with the address, the names and the keys.
     *
     * @param err receives advice
     * @throws UsageException when other computers could use the server without a key
     */
    ServerConfig apply(ServerConfig config, Map<String, String> environment, PrintWriter err) {
        ServerConfig applied =
                config.withHost(host).withAllowedHosts(allowedHosts).withApiKeys(apiKeys(environment, err));
        if (applied.apiKeys().stream().anyMatch(key -> key.length() < MIN_KEY_LENGTH))
            err.println(
                    "The API key has fewer than " + MIN_KEY_LENGTH + " characters, and guesses are not limited; use a"
                            + " random one, such as from: openssl rand -hex 16");
        if (isOpen(applied) && !insecure)
            throw new UsageException(
                    "--host %s lets other computers use the server, and there is no API key; give one with"
                            + " --api-key-file or %s, or add --insecure if everyone may use it.",
                    host, KEY_VARIABLE);
        return applied;
    }

    /** Whether other computers can use the server without a key. */
    static boolean isOpen(ServerConfig config) {
        return config.apiKeys().isEmpty() && !config.isLoopback();
    }

    private List<String> apiKeys(Map<String, String> environment, PrintWriter err) {
        if (apiKey != null && apiKeyFile != null)
            throw new UsageException("--api-key and --api-key-file are both given; give one of them.");
        if (apiKeyFile != null) {
            if (othersCanRead(apiKeyFile))
                err.println("Other users of this computer can read " + apiKeyFile + "; run: chmod 600 " + apiKeyFile);
            return readKeys(apiKeyFile);
        }
        if (apiKey != null) {
            err.println("Other users of this computer can see --api-key in the list of processes; --api-key-file or "
                    + KEY_VARIABLE + " hides it.");
            return List.of(apiKey.strip());
        }
        return Optional.ofNullable(environment.get(KEY_VARIABLE))
                .map(String::strip)
                .filter(key -> !key.isEmpty())
                .map(List::of)
                .orElse(List.of());
    }

    private static List<String> readKeys(Path file) {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(MAX_FILE_BYTES);
        } catch (NoSuchFileException e) {
            throw new UsageException("%s: there is no such file.", file, e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
        String text = new String(content, StandardCharsets.UTF_8).replaceFirst("^\uFEFF", ""); // a byte order mark
        List<String> keys =
                text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        if (keys.isEmpty()) throw new UsageException("%s contains no API key, expected one on a line.", file);
        return keys;
    }

    private static boolean othersCanRead(Path file) {
        PosixFileAttributeView attributes = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (attributes == null) return false; // no such permissions on this system
        try {
            Set<PosixFilePermission> permissions = attributes.readAttributes().permissions();
            return permissions.contains(PosixFilePermission.GROUP_READ)
                    || permissions.contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException e) {
            return false; // reading the file says why
        }
    }
}
