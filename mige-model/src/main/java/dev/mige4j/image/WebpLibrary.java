package dev.mige4j.image;

import com.luciad.imageio.webp.internal.NativeLoader;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.UserFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Loads the native library of libwebp, once. It is unpacked into a folder of its own in {@code java.io.tmpdir}, or in
 * {@link UserFolders#cache} where the temporary folder cannot be used. The folder is deleted as soon as the library is
 * loaded, so that nothing is left even if the process is killed. (Windows cannot delete a loaded library; there
 * webp-imageio deletes it at the next start.)
 */
final class WebpLibrary {

    private static final String FOLDER_PROPERTY = "com.luciad.imageio.webp.tmpdir", TEMPORARY = "java.io.tmpdir";

    private WebpLibrary() {}

    private static final class Loaded {
        /** Why the library could not be loaded, as a clause; empty if it is loaded. */
        static final Optional<String> FAILURE = load();
    }

    /**
     * Loads the library unless it is loaded already.
     *
     * @throws UsageException with {@code name}, the name of the image, when it cannot be loaded
     */
    static void require(String name) {
        Loaded.FAILURE.ifPresent(failure -> {
            throw new UsageException(
                    "%s: WebP images cannot be read or written here because %s; use PNG or JPEG.", name, failure);
        });
    }

    private static Optional<String> load() {
        if (System.getProperty("os.name").startsWith("Windows") || System.getProperty(FOLDER_PROPERTY) != null)
            return initialize();
        Path temporary = Path.of(System.getProperty(TEMPORARY));
        Optional<Path> folder = createFolder(temporary).or(WebpLibrary::createFolderInCache);
        if (folder.isEmpty())
            return Optional.of("libwebp cannot be unpacked into " + temporary + " and run from there (-D" + TEMPORARY
                    + " changes the folder)");
        try {
            System.setProperty(FOLDER_PROPERTY, folder.get().toString());
            return initialize();
        } finally {
            System.clearProperty(FOLDER_PROPERTY);
            delete(folder.get());
        }
    }

    private static Optional<Path> createFolderInCache() {
        try {
            return createFolder(Files.createDirectories(UserFolders.current().cache()));
        } catch (IOException | UsageException e) {
            return Optional.empty();
        }
    }

    /** A new folder in {@code parent} from which libraries can be loaded; empty if that is not possible. */
    private static Optional<Path> createFolder(Path parent) {
        try {
            Path folder = Files.createTempDirectory(parent, "mige-webp");
            Path probe = Files.createFile(folder.resolve("probe"));
            // a file is not executable if its file system is mounted with noexec
            boolean usable = probe.toFile().setExecutable(true) && Files.isExecutable(probe);
            if (!usable) delete(folder);
            return usable ? Optional.of(folder) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> initialize() {
        try {
            NativeLoader.initialize();
            return Optional.empty();
        } catch (IllegalStateException | UnsatisfiedLinkError e) {
            return Optional.of("libwebp does not run on this system");
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // the library is loaded all the same, and a temporary folder may be left
        }
    }
}
