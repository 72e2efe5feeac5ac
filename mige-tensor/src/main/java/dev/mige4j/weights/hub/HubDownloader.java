package dev.mige4j.weights.hub;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.DownloadClient;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.ResumableDownload;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Downloads a model folder from a hub or a mirror, and resumes an earlier download.
 *
 * <p>Files are downloaded one after another, each by {@link ResumableDownload}. Files that {@code huggingface_hub} has
 * in its cache are taken from there. File names that would leave the folder are refused, and the token is sent to the
 * hub's own host only. Files that no longer exist on the server are kept.
 */
public final class HubDownloader {

    private static final long MAX_COPIED_BYTES = 10_000_000;

    private final HubRepository repository;
    private final Path cacheFolder; // of the repository in the cache; null: a mirror
    private final DownloadClient.Options options;

    private HubDownloader(HubRepository repository, Path cacheFolder, DownloadClient.Options options) {
        this.repository = repository.withOptions(options);
        this.cacheFolder = cacheFolder;
        this.options = options;
    }

    /**
     * A model on a hub.
     *
     * @param repository {@code owner/name}
     * @param revision a branch, tag or commit
     * @throws UsageException when an argument is malformed
     */
    public static HubDownloader fromHub(HubSettings settings, String repository, String revision) {
        DownloadClient.Options options = DownloadClient.Options.standard();
        return new HubDownloader(
                new HubRepository(settings.endpoint(), repository, revision, settings.token(), options),
                settings.cache().resolve("models--" + repository.replace("/", "--")),
                options);
    }

    /** A plain web server with an {@code index.json}. */
    public static HubDownloader fromMirror(URI address) {
        DownloadClient.Options options = DownloadClient.Options.standard();
        return new HubDownloader(new HubRepository(address, null, null, null, options), null, options);
    }

    /** This downloader, with a listener that is informed while it waits before its next attempt. */
    public HubDownloader withWaitListener(DownloadClient.WaitListener listener) {
        return withOptions(options.withWaitListener(listener));
    }

    HubDownloader withOptions(DownloadClient.Options options) {
        return new HubDownloader(repository, cacheFolder, options);
    }

    /**
     * The files on the server.
     *
     * @throws UsageException when the server cannot be reached or has no such repository
     * @throws WeightsException when it lists an unsafe file name or a file without a size
     */
    public List<RemoteFile> list() {
        return repository.list();
    }

    /**
     * Reads a part of a file; connects at the first read, and again where the connection is lost.
     *
     * @param offset of the first byte
     * @param end offset behind the last byte, -1 for all the rest
     * @return a stream whose reads throw as {@link dev.mige4j.common.ReconnectingInputStream}
     */
    public InputStream open(RemoteFile file, long offset, long end) {
        return repository.open(file, offset, end);
    }

    /**
     * Downloads every file whose path passes {@code filter} into {@code folder}, as {@link #download(Path, List,
     * ProgressListener)}.
     *
     * @throws UsageException also when no file passes
     */
    public List<Path> download(Path folder, Predicate<String> filter, ProgressListener progress) {
        List<RemoteFile> files = list();
        List<RemoteFile> requested =
                files.stream().filter(file -> filter.test(file.path())).toList();
        if (requested.isEmpty())
            throw new UsageException(
                    "%s: has none of the requested files. It has %s.",
                    repository.name(), files.isEmpty() ? "no files" : summarize(files));
        return download(folder, requested, progress);
    }

    private static String summarize(List<RemoteFile> files) {
        String names = String.join(
                ", ",
                files.stream()
                        .limit(20)
                        .map(file -> TensorFile.sanitize(file.path()))
                        .toList());
        return files.size() <= 20 ? names : names + " and " + (files.size() - 20) + " more";
    }

    /**
     * Downloads files into {@code folder}. Existing files with the right checksum are kept, incomplete ones are
     * continued. The folder is locked meanwhile.
     *
     * @param files elements of {@link #list()}
     * @return the paths of the files
     * @throws UsageException when the server fails, the disk is full, or another download into the folder is running
     * @throws dev.mige4j.common.CancelledException when {@code progress} returned false
     * @throws WeightsException when the content of a file differs from the listed size or checksum
     */
    public List<Path> download(Path folder, List<RemoteFile> files, ProgressListener progress) {
        List<Path> paths = new ArrayList<>();
        try {
            Files.createDirectories(folder);
            try (FolderLock lock = FolderLock.acquire(folder)) {
                requireFreeSpace(folder, files);
                for (RemoteFile file : files) paths.add(download(file, resolveTarget(folder, file.path()), progress));
            }
        } catch (ResumableDownload.CorruptDownloadException e) {
            throw new WeightsException("%s", e.getMessage(), e);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(folder, e);
        }
        return paths;
    }

    private void requireFreeSpace(Path folder, List<RemoteFile> files) throws IOException {
        long requiredBytes = 0;
        for (RemoteFile file : files) {
            Path target = resolveTarget(folder, file.path()), partFile = ResumableDownload.partFile(target);
            if (Files.exists(target) && Files.size(target) == file.size()) continue;
            requiredBytes += file.size() - (Files.exists(partFile) ? Math.min(Files.size(partFile), file.size()) : 0);
        }
        long freeBytes = Files.getFileStore(folder).getUsableSpace();
        if (requiredBytes > freeBytes) throw AtomicFile.diskFull(folder, requiredBytes, freeBytes);
    }

    private Path download(RemoteFile file, Path target, ProgressListener progress) throws IOException {
        ResumableDownload download = repository.download(file);
        if (!download.isComplete(target)) {
            Optional<Path> cached = findCached(file);
            if (cached.isEmpty()) {
                download.download(target, progress);
                return target;
            }
            linkOrCopy(cached.get(), target);
        }
        progress.onProgress(file.path(), file.size(), file.size());
        return target;
    }

    /**
     * The file in the cache of {@code huggingface_hub}, of whatever revision, if it has the listed size and checksum.
     * It must not be modified.
     */
    public Optional<Path> findCached(RemoteFile file) throws IOException {
        Path snapshots = cacheFolder == null ? null : cacheFolder.resolve("snapshots");
        if (snapshots == null || file.checksum() == null || !Files.isDirectory(snapshots)) return Optional.empty();
        try (Stream<Path> revisions = Files.list(snapshots)) {
            for (Path revision : revisions.toList()) {
                Path cached = revision.resolve(file.path());
                if (Files.isReadable(cached) && repository.download(file).isComplete(cached))
                    return Optional.of(cached.toRealPath());
            }
        }
        return Optional.empty();
    }

    /** Links a large file, which needs no space, and copies a small one, which its owner may edit. */
    private static void linkOrCopy(Path cached, Path target) throws IOException {
        if (Files.size(cached) > MAX_COPIED_BYTES) {
            try {
                Files.deleteIfExists(target);
                Files.createLink(target, cached);
                return;
            } catch (UnsupportedOperationException | FileSystemException e) {
                // another disk, or one without links
            }
        }
        Path partFile = ResumableDownload.partFile(target);
        Files.copy(cached, partFile, StandardCopyOption.REPLACE_EXISTING);
        AtomicFile.move(partFile, target);
    }

    private static Path resolveTarget(Path folder, String path) throws IOException {
        HubRepository.requireSafePath(path);
        Path target = folder.resolve(path).normalize();
        Files.createDirectories(target.getParent());
        if (!target.getParent().toRealPath().startsWith(folder.toRealPath())
                || Files.isSymbolicLink(target)
                || Files.isSymbolicLink(ResumableDownload.partFile(target)))
            throw new WeightsException(
                    "%s: is a symbolic link out of the folder; nothing was downloaded. "
                            + "Remove it, or choose another folder.",
                    target);
        return target;
    }
}
