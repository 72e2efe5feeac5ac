package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

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
}
