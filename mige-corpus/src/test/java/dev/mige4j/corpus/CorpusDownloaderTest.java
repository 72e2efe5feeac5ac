package dev.mige4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.http.DownloadClient;
import dev.mige4j.corpus.sprites.AssetPackages.AssetPackage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusDownloaderTest {

    private static final byte[] CONTENT = "the archive".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private HttpServer registry;

    @BeforeEach
    void startRegistry() throws Exception {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/@icons/dogs/-/dogs-1.2.0.tgz", exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT);
            exchange.close();
        });
        registry.start();
    }

    @AfterEach
    void stopRegistry() {
        registry.stop(0);
    }

    @Test
    void downloadsAPackageFromTheRegistry() throws Exception {
        assertEquals(1, downloader(ProgressListener.NONE).download(List.of(packageOf(CONTENT))));
        assertEquals("the archive", Files.readString(folder.resolve("icons-dogs-1.2.0.tgz")));
    }

    @Test
    void keepsAnExistingPackage() throws Exception {
        Files.write(folder.resolve("icons-dogs-1.2.0.tgz"), CONTENT);
        registry.stop(0);
        assertEquals(0, downloader(ProgressListener.NONE).download(List.of(packageOf(CONTENT))));
    }

    @Test
    void rejectsAPackageWithAnotherChecksum() throws Exception {
        AssetPackage other = packageOf("eviHcra eht".getBytes(StandardCharsets.UTF_8));
        var e = assertThrows(
                UsageException.class, () -> downloader(ProgressListener.NONE).download(List.of(other)));
        assertTrue(e.getMessage().startsWith("@icons/dogs: the SHA-512 of the downloaded file"), e.getMessage());
        assertFalse(Files.exists(folder.resolve("icons-dogs-1.2.0.tgz")));
    }

    @Test
    void aMissingRegistryIsReported() {
        CorpusDownloader downloader = new CorpusDownloader(folder, false, null, ProgressListener.NONE, null);
        var e = assertThrows(UsageException.class, () -> downloader.download(List.of(packageOf(CONTENT))));
        assertEquals(
                "@icons/dogs 1.2.0 cannot be downloaded: npm is not installed, and the environment variable"
                        + " MIGE_REGISTRY names no registry.",
                e.getMessage());
    }

    @Test
    void stopsWhenTheListenerCancels() {
        assertThrows(CancelledException.class, () -> downloader((item, done, total) -> false)
                .download(List.of(packageOf(CONTENT))));
    }

    private CorpusDownloader downloader(ProgressListener progress) {
        DownloadClient client = new DownloadClient(DownloadClient.Options.standard()
                .withRetryPolicy(new DownloadClient.RetryPolicy(1, Duration.ofMillis(1), Duration.ofSeconds(5))));
        URI uri = URI.create("http://localhost:" + registry.getAddress().getPort() + "/");
        return new CorpusDownloader(folder, false, uri, progress, client);
    }

    private static AssetPackage packageOf(byte[] content) throws Exception {
        String integrity = "sha512-"
                + Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-512").digest(content));
        return new AssetPackage(
                "@icons/dogs",
                "1.2.0",
                "icons-dogs-1.2.0.tgz",
                "dogs",
                "train",
                "MIT",
                "an author",
                "https://example.org",
                content.length,
                integrity);
    }
}
