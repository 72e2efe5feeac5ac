package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Configuration of a {@link Server}.
 *
 * @param host address to listen on; the default is the loopback interface
 * @param port TCP port; 0 chooses a free one
 * @param apiKeys unless empty, requests to {@code /v1/} and {@code /metrics} need {@code Authorization: Bearer KEY}
 *     with one of them; result images do not
 * @param allowedHosts further names, without scheme and port, by which clients may reach the server, such as the name
 *     that a proxy passes on; requests with another {@code Host} header are rejected
 * @param compatibility how requests are treated that expect another model of OpenAI's API
 * @param limits limits on requests and retained results
 * @param loraFolder the folder of the LoRA files ({@code NAME.safetensors}) that requests may apply by name; empty:
 *     none
 */
public record ServerConfig(
        String host,
        int port,
        List<String> apiKeys,
        List<String> allowedHosts,
        OpenAiCompatibility compatibility,
        Limits limits,
        Optional<Path> loraFolder) {

    /** Listens on 127.0.0.1:8080 without an API key. */
    public static final ServerConfig DEFAULT = new ServerConfig(
            "127.0.0.1", 8080, List.of(), List.of(), OpenAiCompatibility.DEFAULT, Limits.DEFAULT, Optional.empty());

    /** What can stand in a header. */
    private static final Pattern API_KEY = Pattern.compile("[!-~]+");

    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]");

    /**
     * @throws UsageException when the port is out of range, an API key or a host is malformed, or there is no such
     *     folder
     */
    public ServerConfig {
        if (port < 0 || port > 65535) throw new UsageException("The port is %d, expected 0 to 65535.", port);
        if (host.isBlank()) throw new UsageException("The host is blank, expected an address or a name.");
        for (String apiKey : apiKeys) {
            if (apiKey.isBlank()) throw new UsageException("The API key is blank.");
            if (!API_KEY.matcher(apiKey).matches())
                throw new UsageException(
                        "An API key has other characters than letters, digits and punctuation of ASCII, without"
                                + " spaces, which clients could not send.");
        }
        for (String name : allowedHosts)
            if (!HOST_NAME.matcher(name).matches())
                throw new UsageException(
                        "The allowed host is '%s', expected a name such as mige.example, without scheme, port and"
                                + " path.",
                        name);
        if (loraFolder.isPresent() && !Files.isDirectory(loraFolder.get()))
            throw new UsageException(
                    "The folder of the LoRA files is '%s', which is not a folder; create it first.", loraFolder.get());
        apiKeys = List.copyOf(apiKeys);
        allowedHosts = List.copyOf(allowedHosts);
    }

    /**
     * Whether only this computer reaches the {@link #host}.
     *
     * @throws UsageException when the host has no address
     */
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new UsageException("The host '%s' has no address.", host, e);
        }
    }

    /** Other addresses than loopback ones are reached by others, so that an API key is advisable. */
    public ServerConfig withHost(String host) {
        return new ServerConfig(host, port, apiKeys, allowedHosts, compatibility, limits, loraFolder);
    }

    public ServerConfig withPort(int port) {
        return new ServerConfig(host, port, apiKeys, allowedHosts, compatibility, limits, loraFolder);
    }

    public ServerConfig withApiKey(String apiKey) {
        return withApiKeys(List.of(apiKey));
    }

    /** Accepts each of several keys, so that they can be replaced one after the other. */
    public ServerConfig withApiKeys(List<String> apiKeys) {
        return new ServerConfig(host, port, apiKeys, allowedHosts, compatibility, limits, loraFolder);
    }

    public ServerConfig withAllowedHosts(List<String> allowedHosts) {
        return new ServerConfig(host, port, apiKeys, allowedHosts, compatibility, limits, loraFolder);
    }

    public ServerConfig withCompatibility(OpenAiCompatibility compatibility) {
        return new ServerConfig(host, port, apiKeys, allowedHosts, compatibility, limits, loraFolder);
    }

    public ServerConfig withLimits(Limits limits) {
        return new ServerConfig(host, port, apiKeys, allowedHosts, compatibility, limits, loraFolder);
    }

    /** Requests may apply the LoRA files of this folder; files may be added and removed while the server runs. */
    public ServerConfig withLoraFolder(Path loraFolder) {
        return new ServerConfig(host, port, apiKeys, allowedHosts, compatibility, limits, Optional.of(loraFolder));
    }
}
