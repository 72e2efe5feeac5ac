package dev.mige4j.tensor;

import dev.mige4j.common.UserFolders;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;

/** Folders that JavaCPP writes to when it loads libtorch from its jars. */
final class NativeLibraries {

    private static final String CACHE = "org.bytedeco.javacpp.cachedir", LIBRARY_PATH = "java.library.path";
    /** What the libraries of libtorch need of each other on Linux. */
    private static final List<String> LIBTORCH =
            List.of("libc10.so", "libc10_cuda.so", "libtorch_cpu.so", "libtorch_cuda.so");

    private static final Pattern SYSTEM_FOLDER = Pattern.compile("(/usr)?/lib\\w*(/.*)?");

    private NativeLibraries() {}

    /**
     * Runs {@code load}, the first use of libtorch, with the right folders.
     *
     * <p>JavaCPP unpacks libraries into the system property {@value #CACHE} or {@code ~/.javacpp/cache}. Where the home
     * folder cannot be written, they come into {@code javacpp} in {@link UserFolders#cache}; JavaCPP itself would take
     * a folder named {@code ?} in the working directory, or one in the temporary folder that anybody could have
     * created.
     *
     * <p>When a library fails to load, for lack of memory for instance, JavaCPP tries one of the same name in the
     * folders of {@code java.library.path}, after it has replaced files there by links to the libraries that it has
     * loaded. For root, those would be {@code libgcc_s.so.1} and others of the system, so its folders are left out
     * meanwhile.
     */
    static <T> T load(Supplier<T> load) {
        if (!"false".equals(System.getProperty("org.bytedeco.javacpp.cacheLibraries"))) {
            selectCache();
            unpack();
        }
        String libraryPath = System.getProperty(LIBRARY_PATH, "");
        System.setProperty(LIBRARY_PATH, withoutSystemFolders(libraryPath));
        try {
            return load.get();
        } finally {
            System.setProperty(LIBRARY_PATH, libraryPath);
        }
    }

    private static void selectCache() {
        if (System.getProperty(CACHE) != null) return;
        Path home = Path.of(System.getProperty("user.home"));
        if (home.isAbsolute() && UserFolders.isWritable(home.resolve(".javacpp/cache"))) return;
        System.setProperty(
                CACHE, UserFolders.current().cache().resolve("javacpp").toString());
    }

    /**
     * JavaCPP loads {@code libtorch.so} before it unpacks {@code libtorch_cpu.so}, which that needs. The linker would
     * take one of the system, such as Debian's, whose version is another: the process would crash.
     */
    private static void unpack() {
        for (String extension : List.of("", "-gpu"))
            for (String library : LIBTORCH) {
                try {
                    Loader.cacheResource(
                            Loader.class, "/org/bytedeco/pytorch/" + Loader.getPlatform() + extension + "/" + library);
                } catch (IOException ignored) {
                    return; // JavaCPP tries again, and says why it cannot
                }
            }
    }

    static String withoutSystemFolders(String libraryPath) {
        return Arrays.stream(libraryPath.split(File.pathSeparator))
                .filter(folder -> !SYSTEM_FOLDER.matcher(folder).matches())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
