package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.weights.format.SafeTensors;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training between two network namespaces of Linux, which share nothing but a virtual cable. */
@Tag("slow")
class TwoMachinesTest {

    private static final String NAME = "mige" + ProcessHandle.current().pid(); // names of interfaces have 15 characters
    private static final long STEPS = 400;
    private static final String RENDEZVOUS = "10.231.7.1:45017";

    @TempDir
    Path folder;

    private static void ip(String arguments) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(("ip " + arguments).split(" "))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) throw new IOException("ip " + arguments + ": " + output.strip());
    }

    private static String namespace(int node) {
        return NAME + "n" + node;
    }

    private static String link(int node) {
        return NAME + "v" + node;
    }

    @BeforeEach
    void connectTwoNamespaces() throws InterruptedException {
        try {
            for (int node = 0; node < 2; node++) ip("netns add " + namespace(node));
            ip("link add %s netns %s type veth peer name %s netns %s"
                    .formatted(link(0), namespace(0), link(1), namespace(1)));
            for (int node = 0; node < 2; node++) {
                ip("-n %s address add 10.231.7.%d/24 dev %s".formatted(namespace(node), node + 1, link(node)));
                ip("-n %s link set %s up".formatted(namespace(node), link(node)));
                ip("-n %s link set lo up".formatted(namespace(node)));
            }
        } catch (IOException e) {
            assumeTrue(false, "network namespaces are not allowed here: " + e.getMessage());
        }
    }

    @AfterEach
    void deleteNamespaces() throws InterruptedException {
        for (int node = 0; node < 2; node++) {
            try {
                ip("netns delete " + namespace(node));
            } catch (IOException e) {
                // was never created
            }
        }
    }

    /** A process in the namespace of a node, which trains into a folder of that node. */
    private Process start(int node) throws IOException {
        return new ProcessBuilder(List.of(
                        "ip",
                        "netns",
                        "exec",
                        namespace(node),
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Dmige.threads=1",
                        "-Dmige.peerTimeoutSeconds=10",
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ToyTrainingProcess.class.getName(),
                        folder.resolve("node" + node).toString(),
                        "4",
                        Long.toString(STEPS),
                        "2",
                        Integer.toString(node),
                        RENDEZVOUS))
                .redirectErrorStream(true)
                .redirectOutput(log(node).toFile())
                .start();
    }

    private Path log(int node) {
        return folder.resolve("node" + node + ".log");
    }

    private String lastLine(int node) throws IOException {
        List<String> lines = Files.readAllLines(log(node));
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    }

    /** Starts both nodes, runs an action when the first one has reported a step, and returns the last line of each. */
    private List<String> train(long actionAt, ThrowingAction action) throws Exception {
        List<Process> nodes = List.of(start(0), start(1));
        try {
            while (nodes.get(0).isAlive()) {
                String line = lastLine(0);
                if (line.matches("\\d+") && Long.parseLong(line) >= actionAt) break;
                Thread.sleep(10);
            }
            action.run(nodes);
            for (Process node : nodes) assertTrue(node.waitFor(2, TimeUnit.MINUTES), "the process has ended");
            return List.of(lastLine(0), lastLine(1));
        } finally {
            nodes.forEach(Process::destroyForcibly);
        }
    }

    private interface ThrowingAction {
        void run(List<Process> nodes) throws Exception;
    }

    private static float[] values(Path into) throws IOException {
        try (var files = Files.list(into)) {
            Path newest = files.filter(f -> f.getFileName().toString().startsWith("state-"))
                    .max(Path::compareTo)
                    .orElseThrow();
            try (SafeTensors state = SafeTensors.open(newest)) {
                return state.tensor("values").toFloatArray();
            }
        }
    }

    @Test
    void equalOneProcessWithTheWholeBatchAlsoAfterOneIsKilledAndTheCableIsCut() throws Exception {
        List<String> killed = train(50, nodes -> nodes.get(1).destroyForcibly());
        assertTrue(killed.get(0).startsWith("The connection to another process is lost ("), killed.get(0));

        List<String> cut = train(150, nodes -> ip("-n %s link set %s down".formatted(namespace(1), link(1))));
        assertEquals("Process 1 of 2 has not answered for 10 seconds; start all processes again to go on.", cut.get(0));
        assertEquals("Process 0 of 2 has not answered for 10 seconds; start all processes again to go on.", cut.get(1));

        ip("-n %s link set %s up".formatted(namespace(1), link(1)));
        assertEquals(List.of("end", "end"), train(Long.MAX_VALUE, nodes -> {}));

        ToyObjective one = new ToyObjective(1);
        new Trainer(ToyObjective.trainerConfig(4, 2, STEPS, 7), one.parameters, one, folder.resolve("one"))
                .run(TrainingListener.NONE);
        assertArrayEquals(values(folder.resolve("one")), values(folder.resolve("node0")));
        try (var files = Files.list(folder.resolve("node1"))) {
            assertFalse(files.anyMatch(f -> f.toString().endsWith(".safetensors")), "the second machine has no state");
        }
    }
}
