package dev.mige4j.train.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Six examples, of which 0, 2 and 4 are of the group "even". */
class ExampleSamplerTest {

    private static final FeatureCache.Spec SPEC =
            new FeatureCache.Spec(FeatureCache.FORMAT, "test", 8, 1, 2, 1, 1, 1, 6, 0, "");

    @TempDir
    Path folder;

    private ExampleSampler sampler(Map<String, Double> weights) {
        TrainingDataset dataset = index -> {
            throw new AssertionError("the features are given");
        };
        FeatureCache cache = FeatureCache.open(
                folder,
                SPEC,
                6,
                (first, count, end) -> IntStream.range(first, first + count)
                        .mapToObj(i -> new FeatureCache.FeatureRecord(
                                i % 2 == 0 ? "even" : "odd",
                                "edit",
                                -1,
                                new int[0],
                                List.of(),
                                null,
                                new byte[4],
                                new byte[SPEC.momentBytes()],
                                new byte[0]))
                        .toList(),
                ProgressListener.NONE);
        return new ExampleSampler(dataset, cache, 0, weights, 1);
    }

    @Test
    void samplesGroupsByTheirWeights() {
        int[] examples = sampler(Map.of("even", 3.0)).sample(0, 4000);
        long even = Arrays.stream(examples).filter(i -> i % 2 == 0).count();
        assertEquals(0.75, even / 4000.0, 0.03);
    }

    @Test
    void neverSamplesAGroupOfWeightZero() {
        assertEquals(
                0,
                Arrays.stream(sampler(Map.of("even", 0.0)).sample(0, 500))
                        .filter(i -> i % 2 == 0)
                        .count());
    }

    @Test
    void aSampleDependsOnItsIndexOnly() {
        ExampleSampler sampler = sampler(Map.of());
        int[] together = sampler.sample(10, 8);
        assertArrayEquals(Arrays.copyOfRange(together, 3, 8), sampler.sample(13, 5));
    }

    @Test
    void namesTheGroupsWhenAWeightHasAnUnknownOne() {
        var e = assertThrows(UsageException.class, () -> sampler(Map.of("prime", 1.0)));
        assertEquals("data.groupWeights names the group 'prime'; the groups are even, odd.", e.getMessage());
    }
}
