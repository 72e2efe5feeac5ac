package mige.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchmarkTest {

    @Test
    void measuresEveryStageOfARequest() {
        List<String> lines = new ArrayList<>();
        List<Benchmark.Row> rows = new Benchmark().run(Benchmark.Sizes.NANO, 1, row -> lines.add(row.line()));
        assertEquals(List.of("encoder, 60 places", "step, 2 x 64 tokens", "decoder, 128 pixels"), rows.stream().map(Benchmark.Row::stage).toList());
        assertEquals(3, lines.size());
        for (var row : rows) assertTrue(row.operations() > 1e8 && row.seconds() > 0 && row.share() > 0, row.line());
    }
}
