package dev.mige4j.corpus;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.UserFolders;
import dev.mige4j.common.http.DownloadClient;
import dev.mige4j.common.http.ResumableDownload;
import dev.mige4j.corpus.sprites.AssetPackages;
import dev.mige4j.corpus.sprites.AssetPackages.AssetPackage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Downloads the pinned packages of {@link AssetPackages} into a folder and checks each against its SHA-512.
 *
 * <p>Packages that the folder already has are not downloaded again, so a complete folder needs no network. The others
 * are downloaded by npm from its configured registry; where npm is not installed, over HTTP from the registry in the
 * environment variable {@code MIGE_REGISTRY} or {@code npm_config_registry}.
 */
public final class CorpusDownloader {

    private final Path folder;
    private final URI registry; // null: none
    private final boolean useNpm;
    private final ProgressListener progress;
    private final DownloadClient client;

    /** {@code registry} is null when there is none. */
    CorpusDownloader(Path folder, boolean useNpm, URI registry, ProgressListener progress, DownloadClient client) {
        this.folder = folder;
        this.useNpm = useNpm;
        this.registry = registry;
        this.progress = progress;
        this.client = client;
    }

    /** The environment variable {@code MIGE_CORPUS}, or {@code mige/corpus} in {@link UserFolders#cache}. */
    public static Path defaultFolder() {
        String configured = System.getenv("MIGE_CORPUS");
        return configured != null && !configured.isBlank()
                ? Path.of(configured)
                : UserFolders.current().cache().resolve(Path.of("mige", "corpus"));
    }

    /**
     * Downloads the packages that the folder lacks.
     *
     * @param progress receives the bytes of each package
     * @return the number of downloaded packages
     * @throws UsageException when a package cannot be downloaded or has another checksum
     * @throws CancelledException when the listener cancels or the thread is interrupted
     */
    public static int download(Path folder, ProgressListener progress) {
        String registry = System.getenv("MIGE_REGISTRY");
        if (registry == null) registry = System.getenv("npm_config_registry");
        return new CorpusDownloader(
                        folder,
                        true,
                        registry == null ? null : URI.create(registry),
                        progress,
                        new DownloadClient(DownloadClient.Options.standard()))
                .download(AssetPackages.all());
    }

    int download(List<AssetPackage> packages) {
        int downloaded = 0;
        try {
            Files.createDirectories(folder);
            for (AssetPackage p : packages) {
                Path file = folder.resolve(p.file());
                ResumableDownload download = new ResumableDownload(client, url(p), p.name(), p.bytes(), checksum(p));
                if (download.isComplete(file, ProgressListener.NONE)) continue;
                if (!useNpm || !downloadWithNpm(p, download, file)) downloadOverHttp(p, download, file);
                downloaded++;
            }
        } catch (ResumableDownload.CorruptDownloadException e) {
            throw new UsageException("%s", e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return downloaded;
    }

    /** URL of the archive in the registry; null without a registry. */
    private URI url(AssetPackage p) {
        if (registry == null) return null;
        String baseName = p.name().substring(p.name().indexOf('/') + 1);
        return URI.create(registry.toString().replaceAll("/+$", "") + "/" + p.name() + "/-/" + baseName + "-"
                + p.version() + ".tgz");
    }

    private static ResumableDownload.Checksum checksum(AssetPackage p) {
        byte[] digest = Base64.getDecoder().decode(p.integrity().substring("sha512-".length()));
        return new ResumableDownload.Checksum("SHA-512", "", HexFormat.of().formatHex(digest));
    }

    private void downloadOverHttp(AssetPackage p, ResumableDownload download, Path file) throws IOException {
        if (registry == null)
            throw new UsageException(
                    "%s %s cannot be downloaded: npm is not installed, and the environment variable MIGE_REGISTRY names"
                            + " no registry.",
                    p.name(), p.version());
        download.download(file, progress);
    }

    /** Returns false when npm is not installed. */
    private boolean downloadWithNpm(AssetPackage p, ResumableDownload download, Path file) throws IOException {
        reportProgress(p, 0);
        Path tempFolder = Files.createTempDirectory(folder, ".npm");
        try {
            Path archive = tempFolder.resolve(p.file());
            if (!packWithNpm(p, tempFolder)) return false;
            if (!download.isComplete(archive, ProgressListener.NONE))
                throw new UsageException(
                        "%s %s: the archive from npm has another size or SHA-512 than the pinned one; it was deleted.",
                        p.name(), p.version());
            AtomicFile.move(archive, file);
        } finally {
            deleteFolder(tempFolder);
        }
        reportProgress(p, p.bytes());
        return true;
    }

    private void reportProgress(AssetPackage p, long done) {
        if (!progress.onProgress(p.name(), done, p.bytes()))
            throw new CancelledException("The download of the icon packages was cancelled.");
    }

    /** Runs {@code npm pack}; returns false when npm is not installed. */
    private static boolean packWithNpm(AssetPackage p, Path tempFolder) throws IOException {
        Path log = tempFolder.resolve("npm.log");
        Process process;
        try {
            process = new ProcessBuilder("npm", "pack", p.name() + "@" + p.version())
                    .directory(tempFolder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            return false;
        }
        try {
            if (process.waitFor() == 0 && Files.exists(tempFolder.resolve(p.file()))) return true;
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new CancelledException("The download of %s was interrupted.", p.name());
        }
        List<String> lines = Files.readAllLines(log);
        throw new UsageException(
                "npm could not download %s %s (%s). Check the network, or put the file %s into the corpus folder.",
                p.name(), p.version(), lines.isEmpty() ? "no output" : lines.get(lines.size() - 1), p.file());
    }

    private static void deleteFolder(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path f : files.toList()) Files.delete(f);
        }
        Files.delete(folder);
    }
}
