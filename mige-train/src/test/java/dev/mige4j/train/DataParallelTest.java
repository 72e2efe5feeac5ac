package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.tensor.TensorAssertions;
import dev.mige4j.train.distributed.Cluster;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.distributed.DistributedProcess;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.weights.format.SafeTensors;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataParallelTest {

    @TempDir
    Path folder;

    /**
     * Runs the toy in a process and kills it as soon as it has reported {@code killAt} steps; returns whether it
     * completed.
     */
    private static boolean run(Path into, long steps, long killAt) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dmige.threads=1",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                ToyTrainingProcess.class.getName(),
                into.toString(),
                "4",
                Long.toString(steps)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = process.inputReader()) {
            for (String line; (line = out.readLine()) != null; ) {
                if (line.equals("end")) return process.waitFor() == 0;
                if (Long.parseLong(line) >= killAt) break;
            }
        } finally {
            process.destroyForcibly().waitFor(); // SIGKILL
        }
        return false;
    }

    private static float[] values(Path into) throws IOException {
        try (var files = Files.list(into)) {
            Path newest = files.filter(f -> f.getFileName().toString().startsWith("state-"))
                    .sorted()
                    .reduce((a, b) -> b)
                    .orElseThrow();
            try (SafeTensors state = SafeTensors.open(newest)) {
                return state.tensor("values").toFloatArray();
            }
        }
    }

    @Test
    void aKilledTrainingResumesBitExactly() throws Exception {
        long steps = 600;
        ToyObjective uninterrupted = new ToyObjective(1);
        new Trainer(
                        ToyObjective.trainerConfig(4, 1, steps, 7),
                        uninterrupted.parameters,
                        uninterrupted,
                        folder.resolve("uninterrupted"))
                .run(TrainingListener.NONE);
        Random random = new Random();
        long killAt = 0, killed = 0;
        while (killed < 3) {
            killAt += 20 + random.nextInt(150);
            if (run(folder.resolve("killed"), steps, killAt)) break;
            killed++;
        }
        run(folder.resolve("killed"), steps, Long.MAX_VALUE);
        assertTrue(killed > 0, "the process was killed at least once");
        assertArrayEquals(values(folder.resolve("uninterrupted")), values(folder.resolve("killed")));
    }

    @Test
    void twoProcessesEqualOneWithTwiceTheBatch() throws Exception {
        ToyObjective one = new ToyObjective(1);
        new Trainer(ToyObjective.trainerConfig(8, 1, 30, 7), one.parameters, one, folder.resolve("one"))
                .run(TrainingListener.NONE);
        ToyObjective two = new ToyObjective(1);
        try (DataParallel dataParallel = DistributedProcess.launch(
                Cluster.SINGLE_MACHINE,
                2,
                ToyTrainingProcess.class,
                List.of(folder.resolve("two").toString(), "4", "30"))) {
            new Trainer(
                            ToyObjective.trainerConfig(4, 1, 30, 7),
                            two.parameters,
                            two,
                            folder.resolve("two"),
                            dataParallel)
                    .run(TrainingListener.NONE);
        }
        TensorAssertions.assertClose(one.parameters.values(), two.parameters.values(), 1e-4);
        assertTrue(Files.exists(folder.resolve("two/rank1/metrics.jsonl")));
    }
}
