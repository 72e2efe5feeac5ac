package dev.mige4j.weights.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.common.http.DownloadClient;
import dev.mige4j.weights.hub.LocalHub.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs against a local hub that disconnects, stalls, redirects, and sends wrong content. */
class HubDownloaderTest {

    private static final DownloadClient.RetryPolicy FAST =
            new DownloadClient.RetryPolicy(3, Duration.ofMillis(10), Duration.ofMillis(700));

    @TempDir
    Path folder;

    @TempDir
    Path cache;

    final byte[] big = new byte[300_000], config = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
    LocalHub hub;

    @BeforeEach
    void startHub() throws IOException {
        new Random(1).nextBytes(big);
        hub = new LocalHub().put("me/model", "vae.safetensors", big).put("me/model", "sub/config.json", config);
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    private HubDownloader downloader(String repository, String revision, String token) {
        return HubDownloader.fromHub(new HubSettings(hub.url(), token, cache), repository, revision)
                .withOptions(DownloadClient.Options.standard().withRetryPolicy(FAST));
    }

    private HubDownloader downloader() {
        return downloader("me/model", "main", "secret");
    }

    private void downloadAll() {
        downloader().download(folder, name -> true, ProgressListener.NONE);
    }

    private String messageOfDownload() {
        return assertThrows(RuntimeException.class, this::downloadAll).getMessage();
    }

    private void assertComplete() throws IOException {
        assertArrayEquals(big, Files.readAllBytes(folder.resolve("vae.safetensors")));
        assertArrayEquals(config, Files.readAllBytes(folder.resolve("sub/config.json")));
        assertEquals(List.of("sub/config.json", "vae.safetensors"), filesIn(folder));
    }

    private static List<String> filesIn(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static void assertContains(String expected, String actual) {
        assertTrue(actual.contains(expected), actual);
    }

    @Test
    void downloadsMatchingFilesAndReportsProgress() throws IOException {
        List<String> progress = new ArrayList<>();
        List<Path> files = downloader()
                .download(
                        folder,
                        name -> name.endsWith(".json"),
                        (file, done, total) -> progress.add(file + " " + done + " " + total));
        assertEquals(List.of(folder.resolve("sub/config.json")), files);
        assertEquals("sub/config.json 8 8", progress.get(progress.size() - 1));
        downloadAll();
        assertComplete();
    }

    @Test
    void keepsVerifiedFiles() throws IOException {
        downloadAll();
        hub.requests().clear();
        downloadAll();
        assertEquals(1, hub.requests().size(), hub.requests().toString());
        byte[] damaged = big.clone();
        damaged[7]++;
        Files.write(folder.resolve("vae.safetensors"), damaged);
        downloadAll();
        assertComplete();
    }

    @Test
    void followsPagination() throws IOException {
        hub.pageSize(1);
        downloadAll();
        assertComplete();
    }

    @Test
    void refusesAListThatContinuesOnAnotherHost() {
        hub.answer("/tree/", Answer.withHeaders("Link", "<https://other.example.org/next>; rel=\"next\""));
        assertEquals(
                hub.url() + ": its list of me/model continues on other.example.org, but a list must come from one"
                        + " server. Choose another hub (HF_ENDPOINT).",
                messageOfDownload());
    }

    @Test
    void refusesAnEndlessList() {
        hub.answer(
                "/tree/", Answer.withHeaders("Link", "</api/models/me/model/tree/main?recursive=true>; rel=\"next\""));
        assertContains("lists more than 200 pages of files", messageOfDownload());
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>log in</html>", "{\"error\": \"busy\"}", "3"})
    void refusesAListThatIsNone(String list) {
        hub.answer("/tree/", Answer.body("text/html", list));
        assertContains("the response is not a list of files", messageOfDownload());
    }

    @Test
    void downloadsFromAMirror() throws IOException {
        HubDownloader.fromMirror(hub.mirrorUrl("me/model")).download(folder, name -> true, ProgressListener.NONE);
        assertComplete();
    }

    @Test
    void resumesAfterDisconnects() throws IOException {
        hub.answer("/storage/", 4, Answer.disconnectAfter(60_000));
        downloadAll();
        assertComplete();
        assertEquals(
                4,
                hub.requests("/storage/").stream()
                        .filter(line -> line.contains("bytes="))
                        .count());
    }

    @Test
    void resumesAfterAReadTimeout() throws IOException {
        hub.answer("/storage/", 1, Answer.stallAfter(60_000, 3000));
        downloadAll();
        assertComplete();
    }

    @Test
    void resumesInALaterRun() throws IOException {
        var e = assertThrows(CancelledException.class, () -> downloader()
                .download(folder, name -> true, (file, done, total) -> done < 100_000));
        assertContains("a new download continues from there.", e.getMessage());
        assertTrue(Files.size(folder.resolve("vae.safetensors.part")) >= 100_000);
        assertFalse(Files.exists(folder.resolve("vae.safetensors")));
        downloadAll();
        assertComplete();
        assertFalse(hub.requests("bytes=").isEmpty());
    }

    @Test
    void skipsTheBeginningWhenTheServerIgnoresRanges() throws IOException {
        hub.answer("/storage/", Answer.ignoringTheRange());
        Files.write(folder.resolve("vae.safetensors.part"), Arrays.copyOf(big, 1000));
        downloadAll();
        assertComplete();
    }

    @Test
    void restartsWhenThePartFileIsStale() throws IOException {
        Files.write(folder.resolve("vae.safetensors.part"), new byte[1000]);
        downloadAll();
        assertComplete();
        Files.delete(folder.resolve("vae.safetensors"));
        Files.write(folder.resolve("vae.safetensors.part"), new byte[400_000]);
        downloadAll();
        assertComplete();
    }

    @Test
    void givesUpAfterRepeatedDisconnects() {
        hub.answer("/storage/", Answer.disconnectAfter(0));
        assertContains("could not be downloaded in 3 attempts", messageOfDownload());
    }

    @Test
    void givesUpWhenEveryConnectionBringsAlmostNothing() {
        hub.answer("/storage/", Answer.disconnectAfter(1));
        assertContains("could not be downloaded in 3 attempts", messageOfDownload());
    }

    @Test
    void waitsAsLongAsTheHubAsks() throws IOException {
        hub.answer("/resolve/", 1, Answer.status(429, "RateLimit", "\"resolvers\";r=0;t=1"));
        List<String> waits = new ArrayList<>();
        downloader()
                .withWaitListener((url, reason, remaining) -> waits.add(reason))
                .download(folder, name -> true, ProgressListener.NONE);
        assertComplete();
        assertEquals("the server responds 429 (too many requests)", waits.get(0));
    }

    @Test
    void retriesServerErrors() throws IOException {
        hub.answer("/", 2, Answer.status(503));
        downloadAll();
        assertComplete();
    }

    @Test
    void asksTheHubForAFreshAddressWhenTheOldOneHasExpired() throws IOException {
        hub.answer("/storage/1/", 1, Answer.disconnectAfter(60_000)).answer("/storage/2/", 1, Answer.status(403));
        downloadAll();
        assertComplete();
        assertEquals(
                3,
                hub.requests("/resolve/main/vae.safetensors").size(),
                hub.requests().toString());
    }

    @Test
    void discardsFilesWithAWrongChecksum() throws IOException {
        hub.answer("/storage/", Answer.body("application/octet-stream", "x".repeat(big.length)));
        assertContains(
                "vae.safetensors: the SHA-256 of the downloaded file is not the expected one", messageOfDownload());
        assertEquals(List.of("sub/config.json"), filesIn(folder));
    }

    @ParameterizedTest
    @ValueSource(ints = {-5000, 5000})
    void refusesAFileOfAnotherSizeThanListed(int difference) throws IOException {
        hub.answer("/storage/", Answer.body("application/octet-stream", "x".repeat(big.length + difference)));
        assertEquals(
                "vae.safetensors: the server sends a file of " + (big.length + difference)
                        + " bytes, expected 300000 as in its list of files. Try again later.",
                messageOfDownload());
        assertEquals(List.of("sub/config.json"), filesIn(folder));
    }

    @Test
    void refusesAWebPageInPlaceOfAFile() throws IOException {
        Files.write(folder.resolve("vae.safetensors.part"), Arrays.copyOf(big, 1000));
        hub.answer("/storage/", Answer.body("text/html; charset=utf-8", "<html>log in</html>"));
        assertContains("vae.safetensors: the server sends a web page instead of the file", messageOfDownload());
        assertEquals(1000, Files.size(folder.resolve("vae.safetensors.part")));
    }

    @Test
    void refusesAFileThatChangedAfterItWasListed() throws IOException {
        List<RemoteFile> files = downloader().list();
        hub.put("me/model", "vae.safetensors", new byte[big.length]);
        var e = assertThrows(WeightsException.class, () -> downloader().download(folder, files, ProgressListener.NONE));
        assertEquals(
                "vae.safetensors: the file on the server has changed since the download began. Start again.",
                e.getMessage());
    }

    @Test
    void readsRangesOfAFileAcrossDisconnects() throws IOException {
        hub.answer("/storage/", 2, Answer.disconnectAfter(30_000));
        RemoteFile file = downloader().list().get(1);
        try (InputStream in = downloader().open(file, 100_000, 200_000)) {
            assertArrayEquals(Arrays.copyOfRange(big, 100_000, 200_000), in.readAllBytes());
        }
        try (InputStream in = downloader().open(file, 250_000, -1)) {
            assertArrayEquals(Arrays.copyOfRange(big, 250_000, 300_000), in.readAllBytes());
        }
    }

    @Test
    void reportsAFullDisk() {
        hub.answer(
                "/tree/",
                Answer.body(
                        "application/json", "[{\"type\": \"file\", \"path\": \"a\", \"size\": 1152921504606846976}]"));
        assertContains("needs 1.2 EB, the disk has", messageOfDownload());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../evil", "a/../../evil", "/etc/evil", "a//b", "C:evil", "a\\\\..\\\\b", "", "./a", "a\\u0000b"
            })
    void rejectsPathTraversal(String name) throws IOException {
        hub.put("me/model", name, config);
        assertContains("which would be outside the folder", messageOfDownload());
        assertEquals(List.of(), filesIn(folder));
    }

    @Test
    void rejectsSymlinksOutOfTheFolder(@TempDir Path outside) throws IOException {
        Files.createSymbolicLink(folder.resolve("sub"), outside);
        assertContains("is a symbolic link out of the folder", messageOfDownload());
        assertEquals(List.of(), filesIn(outside));
    }

    @Test
    void sendsTheTokenToItsOwnHostOnly() throws IOException {
        downloadAll();
        assertComplete();
        assertEquals(1, hub.requests("/tree/main with token").size());
        assertEquals(1, hub.requests("/resolve/main/vae.safetensors with token").size());
        assertEquals(List.of("/storage/1/me/model/vae.safetensors"), hub.requests("/storage/"));
    }

    @Test
    void refusesRedirectsInALoop() {
        hub.answer("/resolve/", Answer.status(302, "Location", "/me/model/resolve/main/vae.safetensors"));
        assertContains("redirects more than 8 times", messageOfDownload());
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://example.org/x", "http://[bad", "http:///x"})
    void refusesRedirectsToOtherKindsOfAddresses(String location) {
        hub.answer("/resolve/", Answer.status(302, "Location", location));
        assertContains(": redirects to ", messageOfDownload());
    }

    @Test
    void saysHowToGiveATokenWhenAccessIsDenied() {
        hub.gate("me/model", "right");
        String advice = "Log in and accept its licence at " + hub.url() + "/me/model; then ";
        for (String token : Arrays.asList(null, "wrong")) {
            var e = assertThrows(UsageException.class, () -> downloader("me/model", "main", token)
                    .download(folder, name -> true, ProgressListener.NONE));
            assertEquals(
                    "me/model: the repository is gated (" + (token == null ? 401 : 403) + "). " + advice
                            + (token == null ? "set HF_TOKEN to" : "check that HF_TOKEN is") + " an access token from "
                            + hub.url() + "/settings/tokens that may read it.",
                    e.getMessage());
        }
        var absent = assertThrows(UsageException.class, () -> downloader("me/absent", "main", null)
                .list());
        assertContains(
                "me/absent: access denied (401): the repository does not exist, is private, or is gated.",
                absent.getMessage());
    }

    @Test
    void saysWhatIsNotFound() {
        var revision = assertThrows(
                UsageException.class, () -> downloader("me/model", "v9", null).list());
        assertContains("me/model: the repository has no revision 'v9' (404).", revision.getMessage());
        hub.answer("/resolve/main/sub/", Answer.status(404));
        assertContains("me/model: the revision 'main' has no file 'sub/config.json' (404)", messageOfDownload());
        hub.answer("/tree/", Answer.status(404));
        assertContains(
                "the hub has no repository 'me/model', or the repository has no revision 'main' (404)",
                messageOfDownload());
    }

    @Test
    void saysWhatIsThereWhenNothingIsRequested() {
        var e = assertThrows(
                UsageException.class, () -> downloader().download(folder, name -> false, ProgressListener.NONE));
        assertEquals(
                "me/model: has none of the requested files. It has sub/config.json, vae.safetensors.", e.getMessage());
    }

    @Test
    void reportsInvalidArguments() {
        HubSettings settings = new HubSettings(hub.url(), null, cache);
        assertThrows(UsageException.class, () -> HubDownloader.fromHub(settings, "../x", "main"));
        assertThrows(UsageException.class, () -> HubDownloader.fromHub(settings, "me/model", "../x"));
        assertThrows(UsageException.class, () -> HubDownloader.fromMirror(URI.create("file:///etc")));
    }

    @Test
    void takesFilesFromTheCacheOfTheHub() throws IOException {
        Path snapshot = cacheSnapshot();
        Files.write(snapshot.resolve("../../blobs/1"), big);
        Files.createSymbolicLink(snapshot.resolve("vae.safetensors"), Path.of("../../blobs/1"));
        Files.writeString(snapshot.resolve("sub/config.json"), "{\"b\": 1}");
        downloadAll();
        assertComplete();
        assertEquals(List.of(), hub.requests("vae.safetensors"));
        assertEquals(1, hub.requests("config.json").size()); // the one in the cache has another content
    }

    @Test
    void linksLargeFilesOfTheCache() throws IOException {
        Path cached = cacheSnapshot().resolve("model.pth");
        Files.write(cached, new byte[10_000_001]);
        hub.put("me/model", "model.pth", LocalHub.Content.of(cached));
        Path target = downloader()
                .download(folder, name -> name.endsWith(".pth"), ProgressListener.NONE)
                .get(0);
        assertEquals(Files.getAttribute(cached, "unix:ino"), Files.getAttribute(target, "unix:ino"));
    }

    private Path cacheSnapshot() throws IOException {
        Files.createDirectories(cache.resolve("models--me--model/blobs"));
        Path snapshot = cache.resolve("models--me--model/snapshots/abc");
        Files.createDirectories(snapshot.resolve("sub"));
        return snapshot;
    }

    @Test
    @SuppressWarnings("try") // held, not used
    void refusesTwoDownloadsIntoOneFolder() throws IOException {
        try (FolderLock lock = FolderLock.acquire(folder, "download")) {
            assertEquals(
                    folder + ": another download into this folder is running. Wait until it has finished, or choose"
                            + " another folder.",
                    messageOfDownload());
        }
        downloadAll();
        assertComplete();
    }
}
