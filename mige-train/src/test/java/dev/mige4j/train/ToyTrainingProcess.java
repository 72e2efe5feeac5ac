package dev.mige4j.train;

import dev.mige4j.train.distributed.DataParallel;
import java.nio.file.Path;

/** Trains a {@link ToyObjective} in its own process: folder, batch, steps. Prints each reported step, then "end". */
final class ToyTrainingProcess {

    private ToyTrainingProcess() {}

    public static void main(String[] arguments) {
        ToyObjective objective = new ToyObjective(1);
        try (DataParallel dataParallel = DataParallel.fromSystemProperties()) {
            Trainer.Config config =
                    ToyObjective.trainerConfig(Integer.parseInt(arguments[1]), 1, Long.parseLong(arguments[2]), 7);
            new Trainer(config, objective.parameters, objective, Path.of(arguments[0]), dataParallel)
                    .run((item, done, total) -> {
                        System.out.println(done);
                        return true;
                    });
        }
        System.out.println("end");
    }
}
