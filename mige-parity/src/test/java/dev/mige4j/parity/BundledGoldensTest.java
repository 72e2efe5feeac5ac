package dev.mige4j.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledGoldensTest {

    @TempDir
    Path folder;

    @Test
    void containsGoldensOfTheEncoderAndTheDiffusion() {
        try (BundledGoldens goldens = BundledGoldens.open()) {
            assertTrue(Files.exists(goldens.folder().resolve("encoder/t5_encoder.safetensors")));
            assertTrue(Files.exists(goldens.folder().resolve("diffusion/dit.safetensors")));
        }
    }

    @Test
    void extractsTheFilesOfAJarAndDeletesThemWhenClosed() throws Exception {
        Path jar = jarOfThisModule();
        try (URLClassLoader loader = new OwnClassesFirst(jar.toUri().toURL())) {
            Class<?> fromJar = loader.loadClass(BundledGoldens.class.getName());
            AutoCloseable goldens = (AutoCloseable) fromJar.getMethod("open").invoke(null);
            Path extracted = (Path) fromJar.getMethod("folder").invoke(goldens);
            assertEquals(2, Files.size(extracted.resolve("encoder/small.json")));
            goldens.close();
            assertFalse(Files.exists(extracted));
        }
    }

    private Path jarOfThisModule() throws IOException {
        Path jar = folder.resolve("mige-parity test.jar");
        String path = "dev/mige4j/parity/";
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            out.putNextEntry(new JarEntry(path + "BundledGoldens.class"));
            try (var bytes = BundledGoldens.class.getResourceAsStream("BundledGoldens.class")) {
                bytes.transferTo(out);
            }
            out.putNextEntry(new JarEntry(path + "goldens/README.md"));
            out.putNextEntry(new JarEntry(path + "goldens/encoder/small.json"));
            out.write("{}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return jar;
    }

    /** Loads {@link BundledGoldens} from the jar although the class path has it too. */
    private static final class OwnClassesFirst extends URLClassLoader {

        OwnClassesFirst(URL jar) {
            super(new URL[] {jar}, BundledGoldensTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.equals(BundledGoldens.class.getName())) return super.loadClass(name, resolve);
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }

        @Override
        public URL getResource(String name) {
            return findResource(name);
        }
    }
}
