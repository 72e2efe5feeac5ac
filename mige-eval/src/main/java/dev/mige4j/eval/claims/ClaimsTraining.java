package dev.mige4j.eval.claims;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.UsageException;
import dev.mige4j.train.TrainRunner;
import dev.mige4j.train.config.TrainConfigs;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Trains the runs of the experiment, one after another; each goes on where it stopped, and finished ones are skipped.
 * The same command in a second process trains the runs that the first one does not.
 */
final class ClaimsTraining {

    /** The sizes that ship: for two cores, and for a GPU. */
    static final String CPU = "claims-cpu", GPU = "claims-gpu";

    private final ClaimsExperiment.Config config;
    private final ClaimsFolder folder;

    ClaimsTraining(ClaimsExperiment.Config config) {
        this.config = config;
        folder = new ClaimsFolder(config.output());
    }

    /** All runs, seed by seed, so that a stopped experiment has all variants of the first seeds. */
    List<ClaimRun> runs() {
        List<ClaimRun> runs = new ArrayList<>();
        for (int seed = 1; seed <= config.seeds(); seed++)
            for (ClaimVariant variant : ClaimVariant.values()) runs.add(new ClaimRun(variant, seed));
        return runs;
    }

    boolean isFinished(ClaimRun run) {
        return TrainRunner.Stage.MIGE.isFinished(folder.run(run));
    }

    /**
     * Trains until all runs are finished or other processes train the rest.
     *
     * @return the runs that are not finished, because the listener stopped this process or others train them
     */
    List<ClaimRun> train(TrainingListener listener) {
        folder.writeFrozenParts();
        for (ClaimRun run : runs()) writeConfig(run);
        for (ClaimRun run : runs()) {
            if (isFinished(run)) continue;
            Optional<FolderLock> reserved = reserve(folder.run(run));
            if (reserved.isEmpty()) {
                listener.onStage(run.name() + ": another process trains it");
                continue;
            }
            try (FolderLock lock = reserved.get()) {
                train(run, listener);
            }
            if (!isFinished(run)) break;
        }
        return runs().stream().filter(run -> !isFinished(run)).toList();
    }

    /** Another configuration is replaced if the training was refused with it, such as for a misspelt key. */
    private void writeConfig(ClaimRun run) {
        ObjectNode runConfig = configOf(run);
        boolean replaces = folder.hasOtherConfig(run, runConfig) && !TrainRunner.hasBegun(folder.run(run));
        try (FolderLock lock = replaces ? reserve(folder.run(run)).orElse(null) : null) {
            if (lock != null) folder.replaceConfig(run, runConfig);
            else folder.writeConfig(run, runConfig);
        }
    }

    /** The lock of the training itself is taken only after its features were computed. */
    private static Optional<FolderLock> reserve(Path runFolder) {
        try {
            Files.createDirectories(runFolder);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(runFolder, e);
        }
        return TrainRunner.isInUse(runFolder) ? Optional.empty() : FolderLock.tryAcquire(runFolder, "training");
    }

    private void train(ClaimRun run, TrainingListener listener) {
        if (isFinished(run)) return; // since the lock was tried
        listener.onStage(run.name() + ": " + run.variant().title());
        TrainRunner.run(
                TrainRunner.Stage.MIGE,
                new TrainRunner.Paths(folder.run(run), folder.config(run), config.corpus()),
                listener,
                DataParallel.SINGLE_PROCESS);
    }

    /** The keys of a training that differ from the defaults of the stage {@code mige}. */
    ObjectNode configOf(ClaimRun run) {
        try {
            return mergedConfig(run);
        } catch (UnsupportedOperationException e) { // a key that is an object here is another value in the file
            throw new UsageException("%s: %s", config.configFile(), e.getMessage(), e);
        }
    }

    private ObjectNode mergedConfig(ClaimRun run) {
        ObjectNode overrides = TrainConfigs.readOverrides(
                ClaimsTraining.class.getResource(config.recipe() + ".json"), config.configFile());
        run.variant().applyTo(overrides);
        overrides.put("seed", run.seed());
        ObjectNode trainer = overrides.withObjectProperty("trainer"), schedule = trainer.withObjectProperty("schedule");
        if (config.minutes() > 0)
            schedule.put("minutes", config.minutes() / (config.seeds() * ClaimVariant.values().length));
        if (config.samples() > 0) {
            int perStep = trainer.path("batchSize").asInt()
                    * overrides.path("data").path("draws").asInt();
            if (perStep < 1) throw new UsageException("trainer.batchSize and data.draws must be numbers of 1 or more.");
            schedule.put("totalSteps", (config.samples() + perStep - 1) / perStep);
        }
        return overrides;
    }
}
