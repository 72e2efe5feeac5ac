package dev.mige4j.pipeline;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;

/**
 * Finds the resources of the artifact {@code mige-nano}: the embedded model and the sample images. The library does not
 * depend on it.
 */
final class NanoArtifact {

    static final String MODEL_FOLDER = "dev/mige4j/nano/embedded/";
    static final String SAMPLES_FOLDER = "dev/mige4j/nano/samples/";

    private NanoArtifact() {}

    /**
     * @return the address of a resource
     * @throws UsageException when the artifact is not on the class path, with its Maven coordinates
     */
    static URL find(String resource) {
        URL url = NanoArtifact.class.getClassLoader().getResource(resource);
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (url == null && context != null) url = context.getResource(resource);
        if (url == null)
            throw new UsageException(
                    "The embedded model and its sample images are not on the class path; add the Maven dependency %s.",
                    coordinates());
        return url;
    }

    static byte[] read(String resource) {
        try (InputStream in = find(resource).openStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String coordinates() {
        String version = NanoArtifact.class.getPackage().getImplementationVersion();
        return "dev.mige4j:mige-nano:" + (version == null ? "(the version of mige-model)" : version);
    }
}
