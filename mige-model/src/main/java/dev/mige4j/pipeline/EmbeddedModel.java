package dev.mige4j.pipeline;

import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The folder of the model that ships with the library; unpacked from the jar once, into a cache folder, when it is not
 * a folder already.
 */
final class EmbeddedModel {

    private static final String RESOURCE_FOLDER = "/dev/mige4j/nano/embedded/";
    private static final List<String> FILES = List.of(
            ModelConfig.FILE_NAME,
            ModelFolder.ENCODER,
            ModelFolder.T5,
            ModelFolder.DENOISER,
            ModelFolder.AUTOENCODER,
            ModelFolder.TOKENIZER);

    private EmbeddedModel() {}

    static Path folder() {
        URL config = EmbeddedModel.class.getResource(RESOURCE_FOLDER + ModelConfig.FILE_NAME);
        if (config == null)
            throw new WeightsException("this build carries no embedded model; name a model folder instead");
        try {
            if (config.getProtocol().equals("file"))
                return Path.of(config.toURI()).getParent();
            return unpack();
        } catch (IOException | java.net.URISyntaxException e) {
            throw new WeightsException(
                    "the embedded model cannot be unpacked into %s: %s; set -Dmige.cache to a folder that can be written",
                    cacheFolder(), e.getMessage(), e);
        }
    }

    private static Path cacheFolder() {
        String set = System.getProperty("mige.cache");
        return set != null ? Path.of(set) : Path.of(System.getProperty("user.home"), ".cache", "mige");
    }

    private static Path unpack() throws IOException {
        Path target = cacheFolder().resolve("embedded-" + Long.toHexString(checksum()));
        if (Files.isDirectory(target)) return target;
        Files.createDirectories(cacheFolder());
        Path temporary = Files.createTempDirectory(cacheFolder(), "embedded");
        for (String file : FILES) {
            try (InputStream in = open(file)) {
                Files.copy(in, temporary.resolve(file));
            }
        }
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException e) {
            for (String file : FILES) Files.deleteIfExists(temporary.resolve(file)); // another process was faster
            Files.deleteIfExists(temporary);
        }
        return target;
    }

    /** Of the files' checksums in the jar: other weights unpack into another folder. */
    private static long checksum() throws IOException {
        long combined = 0;
        for (String file : FILES) {
            URL url = EmbeddedModel.class.getResource(RESOURCE_FOLDER + file);
            if (url == null) throw new IOException("the library has no " + RESOURCE_FOLDER + file);
            if (url.openConnection() instanceof JarURLConnection jar)
                combined = 31 * combined + jar.getJarEntry().getCrc();
        }
        return combined;
    }

    private static InputStream open(String file) throws IOException {
        InputStream in = EmbeddedModel.class.getResourceAsStream(RESOURCE_FOLDER + file);
        if (in == null) throw new IOException("the library has no " + RESOURCE_FOLDER + file);
        return in;
    }
}
