package dev.mige4j.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs against a server that answers every request with the next of the given responses. */
class DownloadClientTest {

    private static final DownloadClient.RetryPolicy FAST =
            new DownloadClient.RetryPolicy(2, Duration.ofMillis(1), Duration.ofSeconds(5));

    static { // The JDK reads whether passwords may be sent to proxies when its client is first used.
        client(DownloadClient.WaitListener.NONE, Map.of("https_proxy", "http://user:password@127.0.0.1:1"));
    }

    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<String> responses = Collections.synchronizedList(new ArrayList<>());
    private ServerSocket server;

    @BeforeEach
    void startServer() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "test-server");
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void stopServer() throws IOException {
        server.close();
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket connection = server.accept()) {
                requests.add(readHead(connection.getInputStream()));
                String response = responses.size() > 1 ? responses.remove(0) : responses.get(0);
                connection.getOutputStream().write(response.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // closed by the test or by the client
            }
        }
    }

    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) break;
            head.write(next);
        }
        return head.toString(StandardCharsets.UTF_8);
    }

    private void respond(String status, String... headers) {
        String all = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        responses.add("HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: 2\r\n" + all + "\r\nok");
    }

    private static DownloadClient client(DownloadClient.WaitListener listener, Map<String, String> environment) {
        return new DownloadClient(
                new DownloadClient.Options(FAST, listener, new EnvironmentProxySelector(environment)));
    }

    private String get(DownloadClient client, String url) {
        return new String(client.get(URI.create(url), 1000).body(), StandardCharsets.UTF_8);
    }

    private String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/list";
    }

    private String proxy() {
        return "http://user:pass%20word@127.0.0.1:" + server.getLocalPort();
    }

    @Test
    void sendsThePasswordOfAProxyOnceItIsConfigured() {
        respond("200 OK");
        DownloadClient client = client(DownloadClient.WaitListener.NONE, Map.of("http_proxy", proxy()));
        assertEquals("ok", get(client, "http://hub.example/list"));
        String request = requests.get(0);
        assertTrue(request.startsWith("GET http://hub.example/list HTTP/1.1\r\n"), request);
        assertTrue(request.contains("Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n"), request);
    }

    @Test
    void sendsThePasswordOfAProxyForHttpsButNotTheToken() {
        respond("502 Bad Gateway");
        DownloadClient client = new DownloadClient(
                new DownloadClient.Options(
                        FAST,
                        DownloadClient.WaitListener.NONE,
                        new EnvironmentProxySelector(Map.of("HTTPS_PROXY", proxy()))),
                new DownloadClient.Server(
                        URI.create("https://hub.example"), "secret", (url, status, errorCode) -> "refused"));
        var e = assertThrows(UsageException.class, () -> get(client, "https://hub.example/list"));
        assertEquals(
                "https://hub.example/list: could not be downloaded in 2 attempts (Tunnel failed, got: 502). Check the"
                        + " proxy 127.0.0.1:" + server.getLocalPort() + "; a new attempt continues from there.",
                e.getMessage());
        String request = requests.get(0);
        assertTrue(request.startsWith("CONNECT hub.example:443 HTTP/1.1\r\n"), request);
        assertTrue(request.contains("Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n"), request);
        assertTrue(!request.contains("secret"), request);
    }

    @Test
    void aProxyThatWantsAPasswordIsReported() {
        respond("407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"x\"");
        DownloadClient client =
                client(DownloadClient.WaitListener.NONE, Map.of("https_proxy", "127.0.0.1:" + server.getLocalPort()));
        var e = assertThrows(UsageException.class, () -> get(client, "https://hub.example/list"));
        assertTrue(e.getMessage().contains("the proxy denies access (407)"), e.getMessage());
    }

    @Test
    void waitsAsLongAsTheServerAsksAndTellsWhy() {
        respond("429 Too Many Requests", "Retry-After: 1");
        respond("200 OK");
        List<String> waits = new ArrayList<>();
        long start = System.nanoTime();
        DownloadClient client =
                client((url, reason, remaining) -> waits.add(reason + " " + remaining.toMillis()), Map.of());
        assertEquals("ok", get(client, url()));
        assertTrue(System.nanoTime() - start >= 1_000_000_000L);
        assertEquals("the server responds 429 (too many requests) 1000", waits.get(0));
    }

    @Test
    void doesNotWaitLongerThanTenMinutes() {
        respond("503 Service Unavailable", "Retry-After: 7200");
        var e = assertThrows(
                UsageException.class, () -> get(client(DownloadClient.WaitListener.NONE, Map.of()), url()));
        assertEquals(
                url() + ": the server responds 503 (busy) and asks to wait for 120 minutes. Try again then; the"
                        + " download continues from there.",
                e.getMessage());
    }

    @Test
    void waitingCanBeCancelled() {
        respond("429 Too Many Requests", "Retry-After: 300");
        DownloadClient client = client((url, reason, remaining) -> false, Map.of());
        assertThrows(CancelledException.class, () -> get(client, url()));
    }

    @Test
    void saysWhyThereIsNoConnection() throws IOException {
        server.close();
        DownloadClient client = client(DownloadClient.WaitListener.NONE, Map.of());
        var e = assertThrows(UsageException.class, () -> get(client, url()));
        assertTrue(
                e.getMessage().contains("in 2 attempts (the connection is refused). Check the network"),
                e.getMessage());
    }

    @Test
    void aCertificateThatIsNotTrustedIsReportedAtOnce(@TempDir Path folder) throws Exception {
        HttpsServer https = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(selfSigned(folder.resolve("keys"))));
        https.start();
        try {
            DownloadClient client = client(
                    (url, reason, remaining) -> {
                        throw new AssertionError(reason);
                    },
                    Map.of());
            String url = "https://localhost:" + https.getAddress().getPort() + "/";
            var e = assertThrows(UsageException.class, () -> get(client, url));
            assertTrue(
                    e.getMessage().startsWith(url + ": the certificate of localhost is not trusted."), e.getMessage());
        } finally {
            https.stop(0);
        }
    }

    private static SSLContext selfSigned(Path keys) throws Exception {
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        new ProcessBuilder(
                        keytool,
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-alias",
                        "a",
                        "-storepass",
                        "password",
                        "-keystore",
                        keys.toString())
                .start()
                .waitFor();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, "password".toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(store, "password".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning"})
    void cancelsWhileTheServerIsSilent(String beginning) throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            AtomicBoolean cancelled = new AtomicBoolean();
            List<Socket> connections = Collections.synchronizedList(new ArrayList<>());
            Thread thread = new Thread(
                    () -> {
                        try {
                            Socket connection = silent.accept();
                            connections.add(connection); // which stays open
                            readHead(connection.getInputStream());
                            connection.getOutputStream().write(beginning.getBytes(StandardCharsets.UTF_8));
                            cancelled.set(true);
                        } catch (IOException e) {
                            // closed by the test
                        }
                    },
                    "silent-server");
            thread.start();
            DownloadClient.WaitListener listener = new DownloadClient.WaitListener() {
                @Override
                public boolean onWait(URI url, String reason, Duration remaining) {
                    return !cancelled.get();
                }

                @Override
                public boolean isCancelled() {
                    return cancelled.get();
                }
            };
            String url = "http://127.0.0.1:" + silent.getLocalPort() + "/list";
            long start = System.nanoTime();
            assertThrows(CancelledException.class, () -> get(client(listener, Map.of()), url));
            assertTrue(System.nanoTime() - start < 2_000_000_000L, "before the read timeout of 5 s");
            for (Socket connection : connections) connection.close();
        }
    }
}
