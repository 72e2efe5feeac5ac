package dev.mige4j.image;

import com.luciad.imageio.webp.internal.NativeLoader;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Loads the native library of libwebp, once. It is unpacked into a folder of its own in {@code java.io.tmpdir}, which
 * is deleted as soon as the library is loaded, so that nothing is left even if the process is killed. (Windows cannot
 * delete a loaded library; there webp-imageio deletes it at the next start.)
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
        Path folder;
        try {
            folder = Files.createTempDirectory(temporary, "mige-webp");
        } catch (IOException e) {
            return Optional.of("libwebp cannot be unpacked into " + temporary + ", which -D" + TEMPORARY + " changes");
        }
        try {
            Path probe = Files.createFile(folder.resolve("probe"));
            if (!probe.toFile().setExecutable(true) || !Files.isExecutable(probe))
                return Optional.of("libraries cannot be run from " + temporary + ", which -D" + TEMPORARY + " changes");
            System.setProperty(FOLDER_PROPERTY, folder.toString());
            return initialize();
        } catch (IOException e) {
            return Optional.of("libwebp cannot be unpacked into " + temporary + " (" + e.getMessage() + ")");
        } finally {
            System.clearProperty(FOLDER_PROPERTY);
            delete(folder);
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
