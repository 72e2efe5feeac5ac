package dev.mige4j.web;

import dev.mige4j.common.UsageException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a server is set up.
 *
 * @param host address to listen on; the default is this machine only
 * @param port TCP port, 0 for any free one
 * @param apiKey when present, {@code /v1} and {@code /metrics} ask for it as {@code Authorization: Bearer KEY}
 * @param limits what one client may ask for, and what is kept
 * @param log takes one line of JSON a request, without pictures, words or keys
 */
public record ServerConfig(String host, int port, Optional<String> apiKey, Limits limits, Consumer<String> log) {

    public static final ServerConfig DEFAULT =
            new ServerConfig("127.0.0.1", 8080, Optional.empty(), Limits.DEFAULT, line -> {});

    public ServerConfig {
        if (port < 0 || port > 65535) throw new UsageException("the port is %d, expected 0 to 65535", port);
        if (apiKey.isPresent() && apiKey.get().isBlank())
            throw new UsageException("the API key is blank; give one of a few characters, or none");
    }

    public ServerConfig withHost(String host) {
        return new ServerConfig(host, port, apiKey, limits, log);
    }

    public ServerConfig withPort(int port) {
        return new ServerConfig(host, port, apiKey, limits, log);
    }

    public ServerConfig withApiKey(String apiKey) {
        return new ServerConfig(host, port, Optional.of(apiKey), limits, log);
    }

    public ServerConfig withLimits(Limits limits) {
        return new ServerConfig(host, port, apiKey, limits, log);
    }

    public ServerConfig withLog(Consumer<String> log) {
        return new ServerConfig(host, port, apiKey, limits, log);
    }
}
