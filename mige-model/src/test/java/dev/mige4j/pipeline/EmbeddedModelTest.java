package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The artifact mige-nano, present and absent. */
class EmbeddedModelTest {

    /** Loads the classes of this class path again, without the resources of mige-nano. */
    private static final class LoaderWithoutNano extends URLClassLoader {

        LoaderWithoutNano() {
            super(
                    Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                            .map(LoaderWithoutNano::toUrl)
                            .toArray(URL[]::new),
                    ClassLoader.getPlatformClassLoader());
        }

        private static URL toUrl(String path) {
            try {
                return Path.of(path).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException(path, e);
            }
        }

        @Override
        public URL getResource(String name) {
            return name.startsWith("dev/mige4j/nano/") ? null : super.getResource(name);
        }
    }

    private static Throwable failure(String className, String method, Class<?>[] types, Object... arguments)
            throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader context = thread.getContextClassLoader();
        try (LoaderWithoutNano loader = new LoaderWithoutNano()) {
            thread.setContextClassLoader(loader);
            Method call = loader.loadClass(className).getMethod(method, types);
            return assertThrows(InvocationTargetException.class, () -> call.invoke(null, arguments))
                    .getCause();
        } finally {
            thread.setContextClassLoader(context);
        }
    }

    @Test
    void namesTheMavenCoordinatesWhenTheArtifactIsAbsent() throws Exception {
        for (Throwable failure : new Throwable[] {
            failure(Mige.class.getName(), "embedded", new Class<?>[0]),
            failure(SampleImage.class.getName(), "read", new Class<?>[] {String.class}, "dog")
        }) {
            assertEquals(UsageException.class.getName(), failure.getClass().getName());
            assertTrue(
                    failure.getMessage()
                            .startsWith("The embedded model and its sample images are not on the class path; "
                                    + "add the Maven dependency dev.mige4j:mige-nano:"),
                    failure.getMessage());
        }
    }

    @Test
    void opensTheEmbeddedModel() {
        try (Mige mige = Mige.embedded()) {
            assertEquals("nano", mige.name());
            assertTrue(mige.loadReport().missing().isEmpty());
        }
    }

    @Test
    void everySampleImageCanBeRead() {
        assertEquals(8, SampleImage.all().size());
        for (SampleImage sample : SampleImage.all()) {
            Image image = SampleImage.read(sample.name());
            assertTrue(image.width() > 0
                    && !sample.caption().isEmpty()
                    && !sample.credit().isEmpty());
        }
    }

    @Test
    void unknownSampleNameIsReportedWithAllNames() {
        assertEquals(
                "There is no sample image 'cat'; "
                        + "the names are dog, penguin, teapot, guitar, meadow, beach, table, lake.",
                assertThrows(UsageException.class, () -> SampleImage.read("cat"))
                        .getMessage());
    }

    @Test
    void saysWhatTheModelCanDo() {
        try (Mige embedded = Mige.embedded();
                Mige random = Mige.random(1)) {
            String words = "\\w+, \\w+, \\w+", description = embedded.description();
            assertTrue(
                    description.matches("Makes drawings of 128 x 128 pixels and knows \\d+ words, such as " + words
                            + "; subjects need an image, and photographs come out blurred\\."),
                    description);
            assertEquals("Makes images of 32 x 32 pixels.", random.description());
        }
    }
}
