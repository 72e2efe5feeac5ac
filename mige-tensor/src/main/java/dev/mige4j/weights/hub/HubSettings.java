package dev.mige4j.weights.hub;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.UserFolders;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where the hub is, who asks, and which files are here already: the environment variables of {@code huggingface_hub}.
 *
 * <pre>
 *   HF_ENDPOINT    address of the hub                    https://huggingface.co
 *   HF_TOKEN       access token                          the content of HF_TOKEN_PATH
 *   HF_TOKEN_PATH  file with the access token            $HF_HOME/token
 *   HF_HUB_CACHE   cache of downloaded repositories      $HF_HOME/hub
 *   HF_HOME        folder of both                        $XDG_CACHE_HOME/huggingface, ~/.cache/huggingface
 * </pre>
 *
 * <p>Source: {@code huggingface_hub/constants.py} and {@code utils/_auth.py}.
 *
 * @param endpoint address of the hub
 * @param token access token, null for none
 * @param cache cache of {@code huggingface_hub}, which is read only; need not exist
 */
public record HubSettings(URI endpoint, String token, Path cache) {

    /** The settings in the environment of this process. */
    public static HubSettings fromEnvironment() {
        return of(System.getenv(), UserFolders.current().home());
    }

    /**
     * The settings in the given environment variables.
     *
     * @throws UsageException when a variable has no valid value
     */
    static HubSettings of(Map<String, String> environment, Path home) {
        Path cacheHome = folder(environment, "XDG_CACHE_HOME", home, home.resolve(".cache"));
        Path hubHome = folder(environment, "HF_HOME", home, cacheHome.resolve("huggingface"));
        String endpoint = environment.getOrDefault("HF_ENDPOINT", "").strip();
        return new HubSettings(
                parseEndpoint(endpoint.isEmpty() ? "https://huggingface.co" : endpoint),
                token(environment, folder(environment, "HF_TOKEN_PATH", home, hubHome.resolve("token"))),
                folder(environment, "HF_HUB_CACHE", home, hubHome.resolve("hub")));
    }

    /** These settings with another hub. */
    public HubSettings withEndpoint(String endpoint) {
        return new HubSettings(parseEndpoint(endpoint), token, cache);
    }

    private static URI parseEndpoint(String endpoint) {
        try {
            URI uri = URI.create(endpoint.replaceFirst("/+$", ""));
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())))
                return uri;
        } catch (IllegalArgumentException e) {
            // reported below
        }
        throw new UsageException(
                "'%s' is not the address of a server, expected one such as https://huggingface.co", endpoint);
    }

    private static Path folder(Map<String, String> environment, String name, Path home, Path defaultFolder) {
        String value = environment.getOrDefault(name, "").strip();
        if (value.isEmpty()) return defaultFolder;
        return value.equals("~") || value.startsWith("~/")
                ? home.resolve(value.substring(1).replaceFirst("^/", ""))
                : Path.of(value);
    }

    private static String token(Map<String, String> environment, Path file) {
        String token = environment.getOrDefault("HF_TOKEN", "").strip(), source = "The variable HF_TOKEN";
        if (token.isEmpty() && Files.exists(file)) {
            source = file.toString();
            try {
                token = Files.readString(file).strip();
            } catch (IOException e) {
                throw new UsageException("%s: the access token could not be read (%s).", file, e.getMessage(), e);
            }
        }
        if (token.isEmpty()) return null;
        if (!token.matches("[!-~]+"))
            throw new UsageException("%s: contains no access token, expected one such as hf_... on one line.", source);
        return token;
    }
}
