package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.format.SafeTensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainRunnerTest {

    @Test
    void workersReceiveAllPaths() {
        var paths = new TrainRunner.Paths(Path.of("out"), Path.of("config.json"), Path.of("corpus"));
        var withoutConfig = new TrainRunner.Paths(Path.of("out"), null, Path.of("corpus"));
        assertEquals(paths, parse(paths));
        assertEquals(withoutConfig, parse(withoutConfig));
    }

    private static TrainRunner.Paths parse(TrainRunner.Paths paths) {
        return TrainRunner.parsePaths(
                TrainRunner.workerArguments(TrainRunner.Stage.MIGE, paths).toArray(String[]::new));
    }

    @Test
    void refusesAStateThatIsNone(@TempDir Path folder) {
        assertFalse(TrainRunner.hasBegun(folder));
        for (Map<String, String> metadata :
                List.of(Map.<String, String>of(), Map.of("steps", "many"), Map.of("steps", "1", "best_value", "2"))) {
            SafeTensors.write(
                    folder.resolve("state-0000000001.safetensors"), metadata, Map.of("values", Tensor.ones(1)));
            var e = assertThrows(WeightsException.class, () -> TrainRunner.hasBegun(folder));
            assertTrue(e.getMessage().contains("is no state of a training"), e.getMessage());
        }
    }
}
