package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.AvailableMemory;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.ModelConfig;
import org.junit.jupiter.api.Test;

class TrainingMemoryTest {

    private static final long GB = 1_000_000_000, ADAPTERS = 12_000_000;

    private static TrainingMemory published(
            long frozenBytes, long trained, boolean gradientCheckpointing, long available) {
        return TrainingMemory.of(
                ModelConfig.PUBLISHED,
                frozenBytes,
                trained * TrainingMemory.bytesPerTrainedWeight(true),
                new TrainingMemory.Workload(1, 1, 2, 0, gradientCheckpointing, true),
                new AvailableMemory(available, "on this machine", Long.MAX_VALUE));
    }

    @Test
    void checkpointingTakesLess() {
        long recomputed = published(13 * GB, ADAPTERS, true, 24 * GB).privateBytes(),
                kept = published(13 * GB, ADAPTERS, false, 24 * GB).privateBytes();
        assertTrue(recomputed < 4 * GB, Long.toString(recomputed));
        assertTrue(kept > recomputed + 2 * GB, Long.toString(kept));
    }

    @Test
    void saysWhatALoraOfThePublishedModelNeeds() {
        String fits = published(13 * GB, ADAPTERS, true, 24 * GB).check(),
                tight = published(13 * GB, ADAPTERS, true, 8 * GB).check();
        assertTrue(fits.contains("are frozen weights"), fits);
        assertTrue(tight.contains("read from disk again"), tight);
    }

    @Test
    void refusesToTrainAllWeightsOfThePublishedModelHere() {
        var e = assertThrows(UsageException.class, () -> published(2 * GB, 5_490_000_000L, true, 24 * GB)
                .check());
        assertTrue(e.getMessage().contains("\"lora\": {}"), e.getMessage());
    }

    @Test
    void saysNothingAboutSmallModels() {
        TrainingMemory small = TrainingMemory.of(
                ModelConfig.TINY,
                0,
                20_000_000 * 24L,
                new TrainingMemory.Workload(64, 32, 4, 0, false, true),
                new AvailableMemory(GB, "on this machine", Long.MAX_VALUE));
        assertEquals("", small.check());
    }
}
