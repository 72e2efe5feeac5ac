package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ProgressListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InferenceBenchmarkTest {

    @Test
    void measuresEveryStageOfARequest() {
        List<String> lines = new ArrayList<>();
        List<InferenceBenchmark.StageTiming> timings = new InferenceBenchmark(64)
                .run(
                        InferenceBenchmark.ModelSize.NANO,
                        1,
                        timing -> lines.add(timing.formatRow()),
                        ProgressListener.NONE);
        assertEquals(
                List.of("encoder, 60 tokens", "step, 2 x 64 tokens", "decoder, 128 pixels"),
                timings.stream().map(InferenceBenchmark.StageTiming::stage).toList());
        assertEquals(3, lines.size());
        for (var timing : timings)
            assertTrue(
                    timing.flops() > 1e8 && timing.seconds() > 0 && timing.gemmUtilization() > 0, timing.formatRow());
    }
}
