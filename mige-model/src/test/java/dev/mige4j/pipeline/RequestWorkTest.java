package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.FlopCounter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestWorkTest {

    static final Image DOG = Image.filled(40, 40, 0xaa5511), ROOM = Image.filled(64, 48, 0x123456);
    static final Task GENERATION = new SubjectGeneration(Instruction.of("a <image> on a beach", DOG));
    static final Task EDIT = InstructionEdit.of("make it night", ROOM);
    static final ModelComponents TINY = ModelComponents.random(1, DType.F32);
    static final Settings SETTINGS = Settings.DEFAULT.withSteps(4);

    static List<Arguments> requests() {
        return List.of(
                Arguments.of(new SubjectGeneration(Instruction.of("a dog")), SETTINGS),
                Arguments.of(GENERATION, SETTINGS.withCount(2)),
                Arguments.of(EDIT, SETTINGS.withRegion(Region.EVERYWHERE)),
                Arguments.of(EDIT, SETTINGS.withRegion(Region.AUTO)),
                Arguments.of(EDIT, SETTINGS.withFaithful(true)),
                Arguments.of(
                        new SubjectEdit(Instruction.of("put <image> into <image>", DOG, ROOM), ROOM),
                        SETTINGS.withImageGuidance(2)));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void expectedWorkIsWhatTheModelComputes(Task task, Settings settings) {
        assertWorkIsExpected(TINY, task, settings);
    }

    /** The embedded model has linear shortcuts in its autoencoder. */
    @Test
    void guidanceIntervalReducesTheWork() {
        try (ModelComponents embedded = ModelComponents.open(EmbeddedModel.folder())) {
            assertWorkIsExpected(embedded, EDIT, SETTINGS.withRegion(Region.AUTO));
            assertWorkIsExpected(embedded, EDIT, Settings.DEFAULT.withFast(true));
        }
    }

    private static void assertWorkIsExpected(ModelComponents components, Task task, Settings settings) {
        Mige mige = new Mige(components);
        double computed = FlopCounter.count(() -> mige.generate(task, settings));
        RequestWork work = RequestWork.of(components, task, mige.resolve(settings, task));
        double expected =
                work.units().stream().mapToDouble(RequestWork.Unit::flops).sum();
        assertEquals(1, expected / computed, 0.03);
    }

    @Test
    void publishedSizesHaveTheMeasuredNumberOfOperations() {
        ModelConfig config = ModelConfig.PUBLISHED;
        double encoder = NetworkFlops.embedImage(config)
                + NetworkFlops.encodeText(config.encoder().text(), 60);
        assertEquals(1099, encoder / 1e9, 5);
        assertEquals(2418, NetworkFlops.denoise(config.denoiser(), 2, 60) / 1e9, 5);
        assertEquals(2515, NetworkFlops.decodeImage(config.autoencoder(), 512) / 1e9, 5);
    }
}
