package dev.mige4j.parity;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The golden files that this module contains as resources. Goldens are memory-mapped, so a set inside a jar is first
 * extracted to a temporary folder, which {@link #close} deletes.
 */
public final class BundledGoldens implements AutoCloseable {

    private static final String RESOURCES = "goldens", ANY_FILE = RESOURCES + "/README.md";

    private final Path folder;
    private final boolean temporary;

    private BundledGoldens(Path folder, boolean temporary) {
        this.folder = folder;
        this.temporary = temporary;
    }

    /**
     * Makes the bundled goldens available as files.
     *
     * @throws UsageException when the class path has none, or the temporary folder cannot be written
     */
    public static BundledGoldens open() {
        URL resource = BundledGoldens.class.getResource(ANY_FILE);
        if (resource == null)
            throw new UsageException("This build contains no golden files; specify a folder of them.");
        try {
            if (resource.openConnection() instanceof JarURLConnection connection) {
                connection.setUseCaches(false);
                String entry = connection.getEntryName();
                Path jar = Path.of(connection.getJarFileURL().toURI());
                return extract(jar, entry.substring(0, entry.lastIndexOf('/')));
            }
            return new BundledGoldens(Path.of(resource.toURI()).getParent(), false);
        } catch (IOException | URISyntaxException e) {
            throw new UsageException("The bundled golden files could not be extracted: %s", e.getMessage(), e);
        }
    }

    private static BundledGoldens extract(Path jar, String prefix) throws IOException {
        BundledGoldens goldens = new BundledGoldens(Files.createTempDirectory("mige-goldens"), true);
        try (FileSystem entries = FileSystems.newFileSystem(jar)) {
            Path root = entries.getPath(prefix);
            for (Path source : list(root)) {
                Path target = goldens.folder.resolve(root.relativize(source).toString());
                if (Files.isDirectory(source)) Files.createDirectories(target);
                else Files.copy(source, target);
            }
        } catch (IOException e) {
            goldens.close();
            throw e;
        }
        return goldens;
    }

    /** The folder that holds the files; valid until {@link #close}. */
    public Path folder() {
        return folder;
    }

    /** Deletes the extracted files, if there are any. A file that is still mapped (on Windows) is left behind. */
    @Override
    public void close() {
        if (!temporary) return;
        try {
            List<Path> deepestFirst =
                    list(folder).stream().sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) Files.deleteIfExists(file);
        } catch (IOException e) {
            folder.toFile().deleteOnExit();
        }
    }

    private static List<Path> list(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.toList();
        }
    }
}
