package dev.mige4j.weights.hub;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.http.ResumableDownload;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files of one repository in the cache of {@code huggingface_hub}, which is never written.
 *
 * <pre>
 *   models--OWNER--NAME/snapshots/COMMIT/PATH     a link into blobs, or the file itself
 * </pre>
 *
 * @param snapshots the folder of the commits; need not exist
 */
record HubCache(Path snapshots) {

    private static final long MAX_COPIED_BYTES = 10_000_000;

    static HubCache of(Path cache, String repository) {
        return new HubCache(
                cache.resolve("models--" + repository.replace("/", "--")).resolve("snapshots"));
    }

    /** The file, of whatever commit, if it has the listed size and checksum. */
    Optional<Path> find(RemoteFile file, ResumableDownload download, ProgressListener progress) throws IOException {
        for (Path candidate : candidates(file))
            if (download.isComplete(candidate, progress)) return Optional.of(candidate);
        return Optional.empty();
    }

    /** Whether a file of the listed size could be linked into the folder, which needs no space. */
    boolean canLink(RemoteFile file, Path folder) throws IOException {
        for (Path candidate : candidates(file))
            if (file.size() > MAX_COPIED_BYTES && Files.getFileStore(candidate).equals(Files.getFileStore(folder)))
                return true;
        return false;
    }

    private Set<Path> candidates(RemoteFile file) throws IOException {
        Set<Path> candidates = new LinkedHashSet<>();
        if (file.checksum() == null || !Files.isDirectory(snapshots)) return candidates;
        try (Stream<Path> commits = Files.list(snapshots)) {
            for (Path commit : commits.toList()) {
                Path path = commit.resolve(file.path());
                if (Files.isReadable(path) && Files.size(path) == file.size()) candidates.add(path.toRealPath());
            }
        }
        return candidates;
    }

    /** Links a large file, and copies a small one, which its owner may edit. */
    static void linkOrCopy(Path cached, Path target) throws IOException {
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
}
