package dev.mige4j.corpus;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.sprites.AssetPackages;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;

/**
 * Brings the pinned packages of {@link dev.mige4j.corpus.sprites.AssetPackages} into a folder and checks each against
 * its SHA-512.
 *
 * <p>An archive that lies there already and has the right digest is not fetched again, so everything works offline from
 * the folder. New ones come through npm where npm is installed, else by HTTP from the registry named in the environment
 * ({@code MIGE_REGISTRY} or {@code npm_config_registry}).
 */
public final class CorpusDownloader {

    private CorpusDownloader() {}

    /** {@code ~/.cache/mige/corpus}, or where {@code MIGE_CORPUS} points. */
    public static Path defaultFolder() {
        String configured = System.getenv("MIGE_CORPUS");
        return configured != null && !configured.isBlank()
                ? Path.of(configured)
                : Path.of(System.getProperty("user.home"), ".cache", "mige", "corpus");
    }

    /** Fetches what is missing; tells {@code progress} a line a package. Returns the number of packages fetched. */
    public static int download(Path folder, Consumer<String> progress) {
        int downloaded = 0;
        try {
            Files.createDirectories(folder);
            for (AssetPackages.AssetPackage entry : AssetPackages.all()) {
                Path file = folder.resolve(entry.file());
                if (Files.exists(file) && integrity(file).equals(entry.integrity())) {
                    progress.accept(entry.name() + " " + entry.version() + ": in the cache");
                    continue;
                }
                Path tempFolder = Files.createTempDirectory(folder, ".fetch");
                try {
                    Path archive = downloadWithNpm(entry, tempFolder);
                    if (archive == null) archive = downloadOverHttp(entry, tempFolder);
                    String digest = integrity(archive);
                    if (!digest.equals(entry.integrity()))
                        throw new UsageException(
                                "%s %s: the archive has %s, expected %s; it is not the pinned package, so it was thrown away",
                                entry.name(), entry.version(), digest, entry.integrity());
                    Files.move(archive, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
                } finally {
                    deleteFolder(tempFolder);
                }
                downloaded++;
                progress.accept(
                        entry.name() + " " + entry.version() + ": fetched, " + Files.size(file) / 1024 + " KiB");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return downloaded;
    }

    /** npm's integrity value of a file. */
    static String integrity(Path file) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                in.transferTo(java.io.OutputStream.nullOutputStream());
            }
            return "sha512-" + Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Asks the installed npm, which knows the machine's registry; null where there is no npm. */
    private static Path downloadWithNpm(AssetPackages.AssetPackage entry, Path tempFolder) throws IOException {
        Process process;
        Path log = tempFolder.resolve("npm.log");
        try {
            process = new ProcessBuilder("npm", "pack", entry.name() + "@" + entry.version())
                    .directory(tempFolder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException noNpm) {
            return null;
        }
        try {
            if (process.waitFor() == 0 && Files.exists(tempFolder.resolve(entry.file())))
                return tempFolder.resolve(entry.file());
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while npm fetched " + entry.name(), e);
        }
        List<String> lines = Files.readAllLines(log);
        throw new UsageException(
                "npm could not fetch %s@%s (%s); check the network, or put %s into the corpus folder yourself",
                entry.name(),
                entry.version(),
                lines.isEmpty() ? "no output" : lines.get(lines.size() - 1),
                entry.file());
    }

    private static Path downloadOverHttp(AssetPackages.AssetPackage entry, Path tempFolder) throws IOException {
        String registry = System.getenv("MIGE_REGISTRY");
        if (registry == null) registry = System.getenv("npm_config_registry");
        if (registry == null)
            throw new UsageException(
                    "%s is not in the cache and npm is not installed; install npm, or name a registry in MIGE_REGISTRY",
                    entry.name());
        String baseName = entry.name().substring(entry.name().indexOf('/') + 1);
        URI uri = URI.create(registry.replaceAll("/+$", "") + "/" + entry.name() + "/-/" + baseName + "-"
                + entry.version() + ".tgz");
        Path archive = tempFolder.resolve(entry.file());
        try {
            HttpClient client = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .build();
            HttpResponse<Path> response =
                    client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofFile(archive));
            if (response.statusCode() != 200)
                throw new UsageException(
                        "The registry answered %d for %s %s; check MIGE_REGISTRY",
                        response.statusCode(), entry.name(), entry.version());
            return archive;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while fetching " + entry.name(), e);
        }
    }

    private static void deleteFolder(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path f : files.toList()) Files.delete(f);
        }
        Files.delete(folder);
    }
}
