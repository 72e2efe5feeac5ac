package dev.mige4j.train;

import dev.mige4j.common.PeerLostException;
import dev.mige4j.train.distributed.Cluster;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.distributed.DistributedProcess;
import java.nio.file.Path;
import java.util.List;

/**
 * Trains a {@link ToyObjective} in its own process: folder, batch, steps; then "early" for early stopping, or number of
 * machines, index of this one and rendezvous if there are several. Prints each reported step, then "end".
 */
final class ToyTrainingProcess {

    private ToyTrainingProcess() {}

    public static void main(String[] arguments) {
        ToyObjective objective = new ToyObjective(1);
        try (DataParallel dataParallel = join(arguments)) {
            Trainer.Config config =
                    ToyObjective.trainerConfig(Integer.parseInt(arguments[1]), 1, Long.parseLong(arguments[2]), 7);
            if (arguments.length == 4) config = TrainerTest.stoppingEarly(Long.parseLong(arguments[2]));
            new Trainer(config, objective.parameters, objective, Path.of(arguments[0]), dataParallel)
                    .run((item, done, total) -> {
                        System.out.println(done);
                        return true;
                    });
        } catch (PeerLostException e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
        System.out.println("end");
    }

    private static DataParallel join(String[] arguments) {
        if (arguments.length < 6) return DistributedProcess.fromSystemProperties();
        Cluster cluster = Cluster.of(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]), arguments[5]);
        return DistributedProcess.launch(cluster, 1, ToyTrainingProcess.class, List.of());
    }
}
