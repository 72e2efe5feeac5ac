package dev.mige4j.weights.hub;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.common.http.DownloadClient;
import dev.mige4j.common.http.ResumableDownload;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Downloads a model folder from a hub or a mirror, and resumes an earlier download.
 *
 * <p>Files are downloaded one after another, each by {@link ResumableDownload}. Files that {@code huggingface_hub} has
 * in its cache are taken from there. File names that would leave the folder are refused, and the token is sent to the
 * hub's own host only. Files that no longer exist on the server are kept.
 */
public final class HubDownloader {

    private final HubRepository repository;
    private final HubCache cache; // null: a mirror
    private final DownloadClient.Options options;

    private HubDownloader(HubRepository repository, HubCache cache, DownloadClient.Options options) {
        this.repository = repository.withOptions(options);
        this.cache = cache;
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
                HubCache.of(settings.cache(), repository),
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

    /** As this one, with other pauses between attempts, proxies or wait listener. */
    public HubDownloader withOptions(DownloadClient.Options options) {
        return new HubDownloader(repository, cache, options);
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
     * @return a stream whose reads throw as {@link dev.mige4j.common.http.ReconnectingInputStream}
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
            try (FolderLock lock = FolderLock.acquire(folder, "download")) {
                requireFreeSpace(folder, files);
                for (RemoteFile file : files) paths.add(download(file, resolveTarget(folder, file.path()), progress));
            }
        } catch (ResumableDownload.CorruptDownloadException e) {
            throw new WeightsException("%s", e.getMessage(), e);
        } catch (IOException e) {
            if (!AtomicFile.isDiskFull(e)) throw AtomicFile.writeFailed(folder, e);
            throw new UsageException(
                    "%s: the disk is full. Make room; a new download continues from there.", folder, e);
        }
        return paths;
    }

    private void requireFreeSpace(Path folder, List<RemoteFile> files) throws IOException {
        long requiredBytes = 0;
        for (RemoteFile file : files) {
            Path target = resolveTarget(folder, file.path()), partFile = ResumableDownload.partFile(target);
            boolean exists = Files.exists(target) && Files.size(target) == file.size();
            if (exists || (cache != null && cache.canLink(file, folder))) continue;
            requiredBytes += file.size() - (Files.exists(partFile) ? Math.min(Files.size(partFile), file.size()) : 0);
        }
        long freeBytes = Files.getFileStore(folder).getUsableSpace();
        if (requiredBytes > freeBytes) throw AtomicFile.diskFull(folder, requiredBytes, freeBytes);
    }

    private Path download(RemoteFile file, Path target, ProgressListener progress) throws IOException {
        ResumableDownload download = repository.download(file);
        if (!download.isComplete(target, progress)) {
            Optional<Path> cached = findCached(file, progress);
            if (cached.isPresent()) HubCache.linkOrCopy(cached.get(), target);
            else download.download(target, progress);
        }
        progress.onProgress(file.path(), file.size(), file.size());
        return target;
    }

    /**
     * The file in the cache of {@code huggingface_hub}, of whatever revision, if it has the listed size and checksum.
     * It must not be modified.
     *
     * @param progress called while the checksum is computed
     */
    public Optional<Path> findCached(RemoteFile file, ProgressListener progress) throws IOException {
        return cache == null ? Optional.empty() : cache.find(file, repository.download(file), progress);
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
