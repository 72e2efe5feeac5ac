package dev.mige4j.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NativeLibrariesTest {

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void foldersOfTheSystemAreNotSearchedSinceJavacppWritesIntoThem() {
        assertEquals(
                "/opt/nvidia/lib:/usr/java/packages/lib:/srv/usr/lib",
                NativeLibraries.withoutSystemFolders("/opt/nvidia/lib:/usr/java/packages/lib:/usr/lib/x86_64-linux-gnu"
                        + "/jni:/lib/x86_64-linux-gnu:/usr/lib64:/lib64:/lib:/usr/lib:/srv/usr/lib"));
    }

    @Test
    void theLibraryPathIsTheSameAfterwards() {
        String before = System.getProperty("java.library.path");
        String during = NativeLibraries.load(() -> System.getProperty("java.library.path"));
        assertEquals(NativeLibraries.withoutSystemFolders(before), during);
        assertEquals(before, System.getProperty("java.library.path"));
    }
}
