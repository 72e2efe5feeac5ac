package dev.mige4j.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Tests of what differs on a GPU, without one. Since the device belongs to a process, they run in a process of their
 * own.
 */
public final class SimulatedGpu {

    private SimulatedGpu() {}

    /** Runs the main method of a test class on this device; fails unless it ends normally and prints "passed". */
    public static void runProcess(Class<?> main, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dmige.device=" + Engine.SIMULATED_GPU,
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertTrue(output.endsWith("passed" + System.lineSeparator()), output);
    }

    /**
     * Runs work and returns where it read values back to the host, each as "Class.method" of the innermost frame
     * outside of the tensors; without the noise schedule, whose tensors are on the host.
     */
    public static List<String> readBacks(Runnable work) {
        List<String> places = new ArrayList<>();
        Tensor.setReadBackListener(() -> places.add(place()));
        try {
            work.run();
        } finally {
            Tensor.setReadBackListener(() -> {});
        }
        places.removeIf(place ->
                place.matches("(NoiseSchedule|DpmSolver\\$Coefficients|PredictionType" + "|AncestralSolver)\\..*"));
        return places;
    }

    private static String place() {
        return Stream.of(new Throwable().getStackTrace())
                .filter(frame -> !frame.getClassName().startsWith("dev.mige4j.tensor."))
                .findFirst()
                .map(frame -> frame.getClassName().replaceAll(".*\\.", "") + "."
                        + frame.getMethodName().replaceAll("lambda\\$(\\w+)\\$\\d+", "$1"))
                .orElseThrow();
    }
}
