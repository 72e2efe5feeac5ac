package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import java.util.Optional;

/**
 * Configuration of a {@link Server}.
 *
 * @param host address to listen on; the default is the loopback interface
 * @param port TCP port; 0 chooses a free one
 * @param apiKey if present, requests to {@code /v1/} and {@code /metrics} need {@code Authorization: Bearer KEY}
 * @param limits limits on requests and retained results
 */
public record ServerConfig(String host, int port, Optional<String> apiKey, Limits limits) {

    /** Listens on 127.0.0.1:8080 without an API key. */
    public static final ServerConfig DEFAULT = new ServerConfig("127.0.0.1", 8080, Optional.empty(), Limits.DEFAULT);

    /** @throws UsageException when the port is out of range or the API key is blank */
    public ServerConfig {
        if (port < 0 || port > 65535) throw new UsageException("The port is %d, expected 0 to 65535.", port);
        if (apiKey.isPresent() && apiKey.get().isBlank()) throw new UsageException("The API key is blank.");
    }

    public ServerConfig withHost(String host) {
        return new ServerConfig(host, port, apiKey, limits);
    }

    public ServerConfig withPort(int port) {
        return new ServerConfig(host, port, apiKey, limits);
    }

    public ServerConfig withApiKey(String apiKey) {
        return new ServerConfig(host, port, Optional.of(apiKey), limits);
    }

    public ServerConfig withLimits(Limits limits) {
        return new ServerConfig(host, port, apiKey, limits);
    }
}
