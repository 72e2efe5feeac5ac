package dev.mige4j.train;

import dev.mige4j.train.distributed.DataParallel;
import java.nio.file.Path;

/** Trains the toy in a process of its own: folder, batch, steps. Prints each reported step, then the end. */
final class ToyTrainingProcess {

    private ToyTrainingProcess() {}

    public static void main(String[] arguments) {
        ToyObjective objective = new ToyObjective(1);
        try (DataParallel dataParallel = DataParallel.fromSystemProperties()) {
            Trainer.Config config =
                    ToyObjective.trainerConfig(Integer.parseInt(arguments[1]), 1, Long.parseLong(arguments[2]), 7);
            new Trainer(config, objective.parameters, objective, Path.of(arguments[0]), dataParallel)
                    .run((done, total, remaining, metrics) -> {
                        System.out.println(done);
                        return true;
                    });
        }
        System.out.println("end");
    }
}
