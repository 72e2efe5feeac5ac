package dev.mige4j.common.http;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Chooses the proxy that the environment variables {@code http_proxy}, {@code https_proxy} and {@code no_proxy} name,
 * in lower or upper case, as curl and Python's {@code urllib} do. Without such a variable the proxy of the Java system
 * properties is used. Loopback addresses are reached directly.
 *
 * <pre>
 *   https_proxy=http://user:password@proxy.example.org:3128
 *   no_proxy=example.org,10.0.0.7,intranet:8080        a host and its subdomains; * for all
 * </pre>
 */
public final class EnvironmentProxySelector extends ProxySelector {

    private final Map<String, String> environment;

    /** @param environment the variables, such as {@link System#getenv()} */
    public EnvironmentProxySelector(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * The proxies to try for an address.
     *
     * @throws UsageException when the variable does not name an HTTP proxy
     */
    @Override
    public List<Proxy> select(URI uri) {
        URI proxy = proxyOf(uri);
        if (proxy != null) {
            int port = proxy.getPort() < 0 ? 80 : proxy.getPort();
            return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port)));
        }
        ProxySelector systemProperties = ProxySelector.getDefault();
        return variable(uri.getScheme() + "_proxy") != null || systemProperties == null
                ? List.of(Proxy.NO_PROXY)
                : systemProperties.select(uri);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
        // the request fails; there is no other proxy to try
    }

    /** The value of {@code Proxy-Authorization} for an address; null without a proxy, or for one without a password. */
    String authorization(URI uri) {
        URI proxy = proxyOf(uri);
        if (proxy == null || proxy.getRawUserInfo() == null) return null;
        String[] parts = proxy.getRawUserInfo().split(":", 2);
        String credentials = decode(parts[0]) + ":" + (parts.length > 1 ? decode(parts[1]) : "");
        return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether a proxy requires a password. */
    boolean hasPassword() {
        return Stream.of("http_proxy", "https_proxy")
                .map(this::variable)
                .anyMatch(value -> value != null && value.contains("@"));
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** The proxy of an address; null to connect directly. */
    private URI proxyOf(URI uri) {
        String name = uri.getScheme() + "_proxy", value = variable(name);
        return value == null || isLoopback(uri.getHost()) || isExempt(uri) ? null : parse(name, value);
    }

    private static URI parse(String name, String value) {
        try {
            URI proxy = URI.create(value.contains("://") ? value : "http://" + value);
            if ("http".equals(proxy.getScheme()) && proxy.getHost() != null) return proxy;
        } catch (IllegalArgumentException e) {
            // not an address; the value may contain a password, so it is not shown
        }
        throw new UsageException(
                "The environment variable %s does not name an HTTP proxy, expected http://HOST:PORT or"
                        + " http://USER:PASSWORD@HOST:PORT with special characters as %%XX.",
                name);
    }

    private boolean isExempt(URI uri) {
        String list = variable("no_proxy");
        String host = uri.getHost().toLowerCase(Locale.ROOT), hostAndPort = host + ":" + portOf(uri);
        return list != null
                && Stream.of(list.toLowerCase(Locale.ROOT).split("[,\\s]+"))
                        .map(entry -> entry.replaceFirst("^\\*?\\.", ""))
                        .filter(entry -> !entry.isEmpty())
                        .anyMatch(entry -> entry.equals("*") || matches(host, entry) || matches(hostAndPort, entry));
    }

    private static boolean matches(String host, String entry) {
        return host.equals(entry) || host.endsWith("." + entry);
    }

    private static int portOf(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
    }

    private static boolean isLoopback(String host) {
        return host.equalsIgnoreCase("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    /** The value of a variable in lower case, or else in upper case; null when it is empty. */
    private String variable(String name) {
        String value = environment.get(name);
        if (value == null) value = environment.get(name.toUpperCase(Locale.ROOT));
        return value == null || value.isBlank() ? null : value.strip();
    }
}
