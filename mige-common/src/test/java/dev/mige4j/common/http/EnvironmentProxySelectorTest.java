package dev.mige4j.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentProxySelectorTest {

    private static String proxyOf(String url, String... variables) {
        Proxy proxy = selector(variables).select(URI.create(url)).get(0);
        return proxy.address() instanceof InetSocketAddress address
                ? address.getHostString() + ":" + address.getPort()
                : "none";
    }

    private static EnvironmentProxySelector selector(String... variables) {
        return new EnvironmentProxySelector(
                variables.length == 2
                        ? Map.of(variables[0], variables[1])
                        : Map.of(variables[0], variables[1], variables[2], variables[3]));
    }

    @Test
    void theVariableOfTheSchemeNamesTheProxy() {
        assertEquals("127.0.0.9:3128", proxyOf("https://hub.example/x", "https_proxy", "http://127.0.0.9:3128"));
        assertEquals("127.0.0.9:3128", proxyOf("https://hub.example/x", "https_proxy", "127.0.0.9:3128"));
        assertEquals("127.0.0.9:80", proxyOf("http://hub.example/x", "http_proxy", "http://127.0.0.9/"));
        assertEquals("none", proxyOf("http://hub.example/x", "https_proxy", "http://127.0.0.9:3128"));
        assertEquals("none", proxyOf("https://hub.example/x", "https_proxy", ""));
    }

    @Test
    void upperCaseNamesCountUnlessThereIsOneInLowerCase() {
        assertEquals("127.0.0.9:1", proxyOf("https://hub.example", "HTTPS_PROXY", "http://127.0.0.9:1"));
        assertEquals(
                "127.0.0.9:2",
                proxyOf("https://hub.example", "HTTPS_PROXY", "http://127.0.0.9:1", "https_proxy", "127.0.0.9:2"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hub.example | true",
                "example | true",
                ".example | true",
                "*.example | true",
                "other.org, HUB.example | true",
                "other.org hub.example | true",
                "hub.example:443 | true",
                "* | true",
                "hub.example:8443 | false",
                "ub.example | false",
                "hub.example.org | false",
                "'' | false"
            })
    void noProxyExemptsHostsAndTheirSubdomains(String noProxy, boolean exempt) {
        String proxy = proxyOf("https://hub.example/x", "https_proxy", "127.0.0.9:3128", "NO_PROXY", noProxy);
        assertEquals(exempt ? "none" : "127.0.0.9:3128", proxy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:80", "http://127.0.0.1", "http://[::1]:8080"})
    void loopbackAddressesAreReachedDirectly(String url) {
        assertEquals("none", proxyOf(url, "http_proxy", "127.0.0.9:3128"));
        assertNull(selector("http_proxy", "http://a:b@127.0.0.9:3128").authorization(URI.create(url)));
    }

    @Test
    void userAndPasswordAreDecoded() {
        EnvironmentProxySelector selector = selector("https_proxy", "http://me:a%40b+c@127.0.0.9:3128");
        assertEquals("Basic bWU6YUBiK2M=", selector.authorization(URI.create("https://hub.example"))); // me:a@b+c
        assertNull(selector.authorization(URI.create("http://hub.example")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://p:1", "socks5://p:1", "http://", "http://user:p#ss@proxy:1", "a b"})
    void otherProxiesAreRejectedWithoutShowingThePassword(String proxy) {
        var e = assertThrows(UsageException.class, () -> proxyOf("https://hub.example", "https_proxy", proxy));
        assertEquals(
                "The environment variable https_proxy does not name an HTTP proxy, expected http://HOST:PORT or"
                        + " http://USER:PASSWORD@HOST:PORT with special characters as %XX.",
                e.getMessage());
        assertFalse(e.getMessage().contains("p#ss"));
    }
}
