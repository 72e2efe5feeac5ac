package mige.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import mige.tensor.WeightsException;
import mige.weights.ModelFolder;

/** The folder of the model that ships with the library; unpacked from the jar once, into a cache folder, when it is not a folder already. */
final class Embedded {

    private static final String PLACE = "/mige/embedded/";
    private static final List<String> FILES = List.of(ModelConfig.FILE, ModelFolder.ENCODER, ModelFolder.T5, ModelFolder.DENOISER,
            ModelFolder.AUTOENCODER, ModelFolder.TOKENIZER);

    private Embedded() {}

    static Path folder() {
        URL config = Embedded.class.getResource(PLACE + ModelConfig.FILE);
        if (config == null) throw new WeightsException("this build carries no embedded model; name a model folder instead");
        try {
            if (config.getProtocol().equals("file")) return Path.of(config.toURI()).getParent();
            return unpacked();
        } catch (IOException | java.net.URISyntaxException e) {
            throw new WeightsException("the embedded model cannot be unpacked into %s: %s; set -Dmige.cache to a folder that can be written",
                    cache(), e.getMessage(), e);
        }
    }

    private static Path cache() {
        String set = System.getProperty("mige.cache");
        return set != null ? Path.of(set) : Path.of(System.getProperty("user.home"), ".cache", "mige");
    }

    private static Path unpacked() throws IOException {
        Path target = cache().resolve("embedded-" + Long.toHexString(checksum()));
        if (Files.isDirectory(target)) return target;
        Files.createDirectories(cache());
        Path part = Files.createTempDirectory(cache(), "embedded");
        for (String file : FILES) {
            try (InputStream in = open(file)) {
                Files.copy(in, part.resolve(file));
            }
        }
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException e) {
            for (String file : FILES) Files.deleteIfExists(part.resolve(file));        // another process was faster
            Files.deleteIfExists(part);
        }
        return target;
    }

    /** Of the files' checksums in the jar: other weights unpack into another folder. */
    private static long checksum() throws IOException {
        long all = 0;
        for (String file : FILES) {
            URL url = Embedded.class.getResource(PLACE + file);
            if (url == null) throw new IOException("the library has no " + PLACE + file);
            if (url.openConnection() instanceof JarURLConnection jar) all = 31 * all + jar.getJarEntry().getCrc();
        }
        return all;
    }

    private static InputStream open(String file) throws IOException {
        InputStream in = Embedded.class.getResourceAsStream(PLACE + file);
        if (in == null) throw new IOException("the library has no " + PLACE + file);
        return in;
    }
}
