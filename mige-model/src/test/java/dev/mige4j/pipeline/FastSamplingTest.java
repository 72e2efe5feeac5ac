package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.sampler.GuidanceInterval;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.Task;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FastSamplingTest {

    private static final Task EDIT = InstructionEdit.of("make it night", Image.filled(32, 32, 0x204060));
    private static final Settings FAST = Settings.DEFAULT.withFast(true);

    @Test
    void takesTheFastStepsOfTheModelUnlessStepsAreGiven() {
        try (Mige mige = Mige.random(1)) {
            assertEquals(4, mige.resolve(Settings.DEFAULT, EDIT).steps().getAsInt());
            assertEquals(2, mige.resolve(FAST, EDIT).steps().getAsInt());
            assertEquals(3, mige.resolve(FAST.withSteps(3), EDIT).steps().getAsInt());
        }
    }

    @Test
    void guidesInTheFastIntervalOfTheModel() {
        assertEquals(
                Optional.of(new GuidanceInterval(82, 578)),
                InferenceProtocol.of(FAST).guidanceInterval(ModelConfig.PUBLISHED));
        assertEquals(Optional.empty(), InferenceProtocol.of(Settings.DEFAULT).guidanceInterval(ModelConfig.PUBLISHED));
    }

    @Test
    void isWrittenIntoTheRecipe() {
        try (Mige mige = Mige.random(1)) {
            List<GeneratedImage> images = mige.generate(EDIT, FAST.withCount(2));
            assertTrue(images.get(1).recipe().fast());
            assertEquals(2, images.get(1).recipe().steps());
            assertFalse(mige.generate(EDIT, Settings.DEFAULT).get(0).recipe().fast());
        }
    }

    @Test
    void isNotCombinedWithFaithful() {
        assertEquals(
                "'faithful' and 'fast' are both set, but the reference has no fast sampling; remove one of them.",
                assertThrows(UsageException.class, () -> FAST.withFaithful(true))
                        .getMessage());
    }
}
