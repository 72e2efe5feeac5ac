package dev.mige4j.pipeline;

import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.UserFolders;
import dev.mige4j.weights.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * The model folder of the artifact {@code mige-nano}. Resources of a jar are copied to a cache folder once, since
 * weights are memory-mapped from files; the system property {@value #CACHE_PROPERTY} chooses that folder.
 */
public final class EmbeddedModel {

    private static final String CACHE_PROPERTY = "mige.cache";
    private static final List<String> FILES = List.of(
            ModelConfig.FILE_NAME,
            ModelDomain.FILE_NAME,
            ModelFolder.ENCODER,
            ModelFolder.T5,
            ModelFolder.DENOISER,
            ModelFolder.AUTOENCODER,
            ModelFolder.TOKENIZER);

    private EmbeddedModel() {}

    /**
     * The model's configuration, without its other files.
     *
     * @throws UsageException when the artifact is not on the class path
     */
    public static ModelConfig config() {
        byte[] json = NanoArtifact.read(NanoArtifact.MODEL_FOLDER + ModelConfig.FILE_NAME);
        return ConfigFile.parse(new String(json, StandardCharsets.UTF_8), ModelConfig.FILE_NAME, ModelConfig.class);
    }

    /**
     * The folder with the model's files.
     *
     * @throws UsageException when the artifact is not on the class path, or its files cannot be extracted
     */
    public static Path folder() {
        URL config = NanoArtifact.find(NanoArtifact.MODEL_FOLDER + ModelConfig.FILE_NAME);
        try {
            return config.getProtocol().equals("file") ? Path.of(config.toURI()).getParent() : extract();
        } catch (IOException | URISyntaxException e) {
            throw new UsageException(
                    "The embedded model cannot be extracted to %s (%s); "
                            + "set the system property %s to a writable folder.",
                    cacheFolder(), e.getMessage(), CACHE_PROPERTY, e);
        }
    }

    private static Path cacheFolder() {
        String configured = System.getProperty(CACHE_PROPERTY);
        return configured != null
                ? Path.of(configured)
                : UserFolders.current().cache().resolve("mige");
    }

    private static Path extract() throws IOException {
        Path target = cacheFolder().resolve("embedded-" + Long.toHexString(checksum()));
        if (Files.isDirectory(target)) return target;
        Files.createDirectories(cacheFolder());
        Path temporary = Files.createTempDirectory(cacheFolder(), "embedded");
        try {
            for (String file : FILES) {
                try (InputStream in = open(file)) {
                    Files.copy(in, temporary.resolve(file));
                }
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            // another process was faster
        } finally {
            for (String file : FILES) Files.deleteIfExists(temporary.resolve(file)); // the disk is full, for instance
            Files.deleteIfExists(temporary);
        }
        return target;
    }

    /** Over the CRCs of all files, so that other weights are extracted to another folder. */
    private static long checksum() throws IOException {
        long combined = 0;
        for (String file : FILES) combined = 31 * combined + crc(file);
        return combined;
    }

    private static long crc(String file) throws IOException {
        URL url = NanoArtifact.find(NanoArtifact.MODEL_FOLDER + file);
        if (url.openConnection() instanceof JarURLConnection jar)
            return jar.getJarEntry().getCrc();
        try (var in = new CheckedInputStream(url.openStream(), new CRC32())) {
            in.transferTo(OutputStream.nullOutputStream());
            return in.getChecksum().getValue();
        }
    }

    private static InputStream open(String file) throws IOException {
        return NanoArtifact.find(NanoArtifact.MODEL_FOLDER + file).openStream();
    }
}
