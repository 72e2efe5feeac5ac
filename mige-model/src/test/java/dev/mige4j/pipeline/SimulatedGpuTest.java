package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.SimulatedGpu;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a request does on a GPU. */
class SimulatedGpuTest {

    @Test
    void requestsReadBackTheDecodedImageAndOnceAStageWhetherItIsFinite() throws Exception {
        SimulatedGpu.runProcess(Requests.class);
    }

    static final class Requests {
        public static void main(String[] arguments) {
            Image image = SampleImage.read(SampleImage.all().get(0).name()),
                    other = SampleImage.read(SampleImage.all().get(1).name());
            List<Task> tasks = List.of(
                    new SubjectGeneration(Instruction.of("create: a tree")),
                    new SubjectGeneration(Instruction.of("create: <image> and <image>", image, other)),
                    InstructionEdit.of("make it night", image),
                    new SubjectEdit(Instruction.of("add <image>", other), image));
            for (DType dtype : List.of(DType.F32, DType.BF16)) {
                try (Mige tiny = new Mige(ModelComponents.random(1, dtype))) {
                    for (Task task : tasks) generate(tiny, task);
                }
            }
            try (Mige nano = Mige.embedded()) {
                for (Task task : tasks) generate(nano, task);
            }
            System.out.println("passed");
        }

        private static void generate(Mige mige, Task task) {
            for (boolean faithful : new boolean[] {false, true}) {
                Settings settings = Settings.DEFAULT.withSteps(3).withFaithful(faithful);
                List<String> readBacks = new ArrayList<>(SimulatedGpu.readBacks(() -> mige.generate(task, settings)));
                readBacks.removeIf("ImageTensors.toImage"::equals);
                List<String> checks = new ArrayList<>(readBacks);
                checks.removeIf(name -> !name.equals("ModelComponents.requireFinite"));
                assertEquals(checks, readBacks);
                assertEquals(task.source().isPresent() ? 4 : 3, checks.size());
            }
        }
    }
}
