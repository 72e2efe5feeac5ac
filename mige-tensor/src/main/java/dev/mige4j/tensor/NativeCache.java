package dev.mige4j.tensor;

import dev.mige4j.common.UserFolders;
import java.nio.file.Path;

/**
 * The folder into which JavaCPP unpacks libtorch from its jars: {@code ~/.javacpp/cache}, or the system property
 * {@value #PROPERTY}. Where the home folder cannot be written, it is {@code javacpp} in {@link UserFolders#cache};
 * JavaCPP itself would take a folder named {@code ?} in the working directory, or one in the temporary folder that
 * anybody could have created.
 */
final class NativeCache {

    static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

    private NativeCache() {}

    /** Chooses the folder. JavaCPP reads the property once, when it loads its first library. */
    static void select() {
        if (System.getProperty(PROPERTY) != null) return;
        Path home = Path.of(System.getProperty("user.home"));
        if (home.isAbsolute() && UserFolders.isWritable(home.resolve(".javacpp/cache"))) return;
        System.setProperty(
                PROPERTY, UserFolders.current().cache().resolve("javacpp").toString());
    }
}
