package dev.mige4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code mige} as a process of its own. */
final class MigeProcess {

    private MigeProcess() {}

    /** @param heap maximum size of the Java heap, such as {@code 256m} */
    static ProcessBuilder of(Path folder, String heap, String... arguments) {
        List<String> commandLine = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.mige4j.cli.Main"));
        if (Runtime.version().feature() >= 24)
            commandLine.addAll(
                    1, List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        commandLine.addAll(List.of(arguments));
        return new ProcessBuilder(commandLine).directory(folder.toFile());
    }
}
