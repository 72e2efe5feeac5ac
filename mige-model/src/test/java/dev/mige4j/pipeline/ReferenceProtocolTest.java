package dev.mige4j.pipeline;

import static dev.mige4j.tensor.Scope.scoped;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ReferenceProtocolTest {

    static final ModelComponents COMPONENTS = ModelComponents.random(1, DType.F32);
    static final Image DOG = MigeTest.noise(40, 40, 1), ROOM = MigeTest.noise(48, 48, 2);

    @AfterAll
    static void close() {
        COMPONENTS.close();
    }

    /** The source latent of a request in the faithful mode. */
    private static float[] sourceLatent(Task task) {
        return Tensor.noGrad(() -> scoped(() -> {
            Settings settings = COMPONENTS.config().resolve(Settings.DEFAULT.withFaithful(true), task);
            RequestProgress progress = new RequestProgress(
                    GenerationListener.NONE, () -> {}, RequestWork.of(COMPONENTS, task, settings), new Throughput());
            return new GenerationRequest(COMPONENTS, task, settings, progress)
                    .encodeSource()
                    .values()
                    .toFloatArray();
        }));
    }

    @Test
    void anEditSharesTheSampleOfItsReferenceHoweverOftenItNamesTheSource() {
        assertArrayEquals(
                sourceLatent(InstructionEdit.of("make it red", ROOM)),
                sourceLatent(InstructionEdit.of("put the sky of <image> into <image>", ROOM)));
    }

    @Test
    void aSubjectEditSamplesItsSourceAnewEvenWithOneImage() {
        float[] shared = sourceLatent(InstructionEdit.of("make it red", ROOM)),
                alone = sourceLatent(new SubjectEdit(Instruction.of("add <image>", DOG), ROOM)),
                both = sourceLatent(new SubjectEdit(Instruction.of("add <image> to <image>", DOG, ROOM), ROOM));
        assertFalse(Arrays.equals(shared, alone));
        assertArrayEquals(both, alone);
    }
}
