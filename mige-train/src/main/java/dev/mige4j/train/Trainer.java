package dev.mige4j.train;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.PeerLostException;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.MetricsLog;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.train.optimizer.GradientClipping;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import dev.mige4j.train.optimizer.ParameterGroup;
import dev.mige4j.train.optimizer.ParameterGroups;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The training loop: gradient of a batch, clipping, optimizer step, moving average of the weights; at intervals
 * metrics, validation and the state.
 *
 * <p>Objectives draw all random numbers from the seed and the index of a sample, or of the first sample of a
 * micro-batch. So the micro-batches of a step can be computed by one process or several, and on a CPU a killed training
 * resumes bit-exactly, unless its length is given in minutes. A training that {@link EarlyStopping} ended does nothing
 * when it is started again.
 */
public final class Trainer {

    /** The configuration of the loop; the key {@code trainer} of every stage. */
    public record Config(
            @ConfigKey("samples of one forward and backward pass")
            int batchSize,

            @ConfigKey("passes whose gradients are averaged for one step")
            int gradientAccumulationSteps,

            @ConfigKey("learning rate") LearningRateSchedule schedule,
            @ConfigKey("AdamW") AdamW.Config optimizer,

            @ConfigKey(
                    value = "parameters with learning rates and weight decays of their own, or frozen; a parameter"
                            + " belongs to the first group that names it",
                    defaultValue = "[]")
            List<ParameterGroup> parameterGroups,

            @ConfigKey("the gradient's norm is clipped to this; 0: not clipped")
            double maxGradNorm,

            @ConfigKey(
                    "decay of the exponential moving average of the weights, which is exported; warms up as (1 + k) /"
                            + " (10 + k) at step k; 0: none, the weights themselves are exported, with less memory")
            double emaDecay,

            @ConfigKey(
                    value = "ends the training when the validation no longer improves, and exports the best weights;"
                            + " null: never",
                    defaultValue = "null")
            EarlyStopping earlyStopping,

            @ConfigKey("intervals between metrics, validations, saved states and exports")
            Intervals intervals) {
        public Config {
            parameterGroups = List.copyOf(parameterGroups);
            if (batchSize < 1 || gradientAccumulationSteps < 1)
                throw new UsageException(
                        "trainer.batchSize is %d and trainer.gradientAccumulationSteps is %d, expected at least 1.",
                        batchSize, gradientAccumulationSteps);
            if (!(maxGradNorm >= 0))
                throw new UsageException("trainer.maxGradNorm is %s, expected at least 0.", maxGradNorm);
            if (!(emaDecay >= 0 && emaDecay < 1))
                throw new UsageException("trainer.emaDecay is %s, expected 0 to less than 1.", emaDecay);
            if (earlyStopping != null && intervals.validate() == 0)
                throw new UsageException(
                        "trainer.earlyStopping needs validations, but trainer.intervals.validate is 0; give the steps"
                                + " between them.");
        }

        /**
         * Makes the selected tensors trainable whose {@link #parameterGroups} are not frozen.
         *
         * @param namedTensors the model's tensors by key
         * @param trainable selects keys
         * @throws UsageException when a group names no tensor, or nothing is left to train
         */
        public FlatParameters flatten(Map<String, Tensor> namedTensors, Predicate<String> trainable) {
            return new ParameterGroups(parameterGroups).flatten(namedTensors, trainable);
        }
    }

    /** Intervals in steps, or in seconds where the name says so. */
    public record Intervals(
            @ConfigKey("steps between metrics") long log,

            @ConfigKey("steps between validations; 0: no validation")
            long validate,

            @ConfigKey("steps between saved states, of which the last two are kept; 0: only at the end")
            long save,

            @ConfigKey(
                    value = "seconds between exports of the averaged weights, besides the one at the end; 0: none, as"
                            + " with earlyStopping",
                    defaultValue = "0")
            double exportSeconds) {

        public Intervals {
            if (log < 1 || save < 0 || validate < 0 || !(exportSeconds >= 0))
                throw new UsageException(
                        "trainer.intervals are log %d, validate %d, save %d and exportSeconds %s, expected at least 1,"
                                + " 0, 0 and 0.",
                        log, validate, save, exportSeconds);
        }
    }

    /** The objective that a training minimises. */
    public interface Objective {

        /** The mean loss of the samples {@code firstSample} to {@code firstSample + count - 1}, and its metrics. */
        Loss loss(long firstSample, int count);

        /**
         * Called with the averaged weights in place and without gradients: logs images of held-out data and returns
         * metrics by name, which the trainer logs.
         */
        default Map<String, Double> validate(long step, MetricsLog log) {
            return Map.of();
        }

        /**
         * Called with the averaged weights in place and without gradients, at {@link Intervals#exportSeconds} and at
         * the end, or after each validation that is the best so far ({@link EarlyStopping}): writes them for others to
         * use.
         */
        default void export() {}
    }

    /** A mean loss to minimise, and metrics by name; all scalars. */
    public record Loss(Tensor mean, Map<String, Tensor> metrics) {}

    private static final String LOCK_FILE = "lock";

    private final Config config;
    private final FlatParameters parameters;
    private final Objective objective;
    private final Path folder;
    private final DataParallel dataParallel;
    private final AdamW optimizer;
    private final Optional<Tensor> emaWeights;
    private final TrainingState state;

    public Trainer(Config config, FlatParameters parameters, Objective objective, Path folder) {
        this(config, parameters, objective, folder, DataParallel.SINGLE_PROCESS);
    }

    public Trainer(
            Config config, FlatParameters parameters, Objective objective, Path folder, DataParallel dataParallel) {
        this.config = config;
        this.parameters = parameters;
        this.objective = objective;
        this.folder = folder;
        this.dataParallel = dataParallel;
        optimizer = new AdamW(config.optimizer(), parameters, new ParameterGroups(config.parameterGroups()));
        emaWeights = config.emaDecay() == 0 ? Optional.empty() : Optional.of(Scope.unscoped(parameters.values()::copy));
        state = new TrainingState(folder, parameters, optimizer, emaWeights);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The moving average of the weights, [count], or the weights where there is none: the result of the training. */
    public Tensor emaWeights() {
        return emaWeights.orElse(parameters.values());
    }

    /**
     * Trains to the end of the schedule, from the newest state in the folder of the first process; returns the steps
     * done, fewer when the listener stopped it.
     *
     * @throws CancelledException when the listener of another process stopped it
     * @throws PeerLostException when another process is gone; the state is saved
     */
    public long run(TrainingListener listener) {
        if (dataParallel.rank() > 0) return train(listener);
        try (FileChannel lock = lockFolder()) {
            return train(listener);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long train(TrainingListener listener) {
        TrainingState.Progress restored = state.restore(dataParallel);
        LearningRateSchedule schedule = config.schedule().startedAt(Instant.now(), restored.seconds());
        Intervals intervals = config.intervals();
        EarlyStopping earlyStopping = config.earlyStopping();
        boolean isFirstProcess = dataParallel.rank() == 0;
        long step = restored.steps();
        EarlyStopping.Best best = restored.best();
        if (isFirstProcess && step == 0 && (intervals.exportSeconds() > 0 || earlyStopping != null))
            state.save(restored); // so that an export of a killed training does not pass for that of a finished one
        try (MetricsLog log =
                new MetricsLog(isFirstProcess ? folder : folder.resolve("rank" + dataParallel.rank()), step)) {
            AverageMeters meters = new AverageMeters();
            if (isFirstProcess && earlyStopping != null && best == null) best = validate(step, log, listener, null);
            boolean stoppedEarly = isOver(best);
            long startNanos = System.nanoTime();
            double seconds = restored.seconds(), lastExport = seconds, progress = schedule.progress(step, seconds);
            boolean keepGoing = true, stoppedByPeer = false;
            while (progress < 1 && keepGoing && !stoppedEarly) {
                double learningRate = schedule.at(step, progress);
                try {
                    trainStep(step, learningRate, meters);
                } catch (PeerLostException e) {
                    if (isFirstProcess && step > restored.steps())
                        state.save(new TrainingState.Progress(step, seconds, false, best));
                    throw e;
                }
                step++;
                seconds = restored.seconds() + (System.nanoTime() - startNanos) / 1e9;
                if (schedule.isTimed()) seconds = dataParallel.firstValues(seconds)[0];
                progress = schedule.progress(step, seconds);
                boolean finished = progress == 1;
                if (step % intervals.log() == 0 || finished) {
                    Map<String, Double> means = meters.takeMeans(effectiveBatchSize());
                    means.put("learning_rate", learningRate);
                    log.logScalars(step, means);
                    listener.onMetrics(step, means);
                }
                boolean ownKeepGoing = reportProgress(schedule, listener, step, seconds);
                keepGoing = dataParallel.allTrue(ownKeepGoing);
                stoppedByPeer = ownKeepGoing && !keepGoing;
                if (!finished && keepGoing) {
                    if (isFirstProcess
                            && earlyStopping == null
                            && intervals.exportSeconds() > 0
                            && seconds - lastExport >= intervals.exportSeconds()) {
                        lastExport = seconds;
                        export();
                    }
                    if (isDue(step, intervals.validate())) {
                        if (isFirstProcess) best = validate(step, log, listener, best);
                        stoppedEarly = isOver(best);
                    }
                    if (isFirstProcess && isDue(step, intervals.save()))
                        state.save(new TrainingState.Progress(step, seconds, stoppedEarly, best));
                }
            }
            if (isFirstProcess) {
                if (earlyStopping == null) export();
                if (step > restored.steps()) {
                    if (intervals.validate() > 0 && progress == 1) best = validate(step, log, listener, best);
                    state.save(new TrainingState.Progress(step, seconds, progress == 1 || stoppedEarly, best));
                }
                if (earlyStopping != null && (progress == 1 || stoppedEarly))
                    listener.onNotice(earlyStopping.result(best, step));
            }
            dataParallel.barrier(); // a process that ends early would look like one that is lost
            if (stoppedByPeer) throw new CancelledException("Another process stopped the training at step %d.", step);
        }
        return step;
    }

    /** Whether the first process finds that the training no longer improves; every process must call this. */
    private boolean isOver(EarlyStopping.Best best) {
        if (config.earlyStopping() == null) return false;
        boolean own = best != null && config.earlyStopping().isOver(best);
        return dataParallel.firstValues(own ? 1 : 0)[0] == 1;
    }

    /**
     * Two trainings in one folder would overwrite each other's states. The operating system releases the lock when the
     * process ends.
     */
    private FileChannel lockFolder() throws IOException {
        FileChannel file =
                FileChannel.open(folder.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException alreadyLocked) {
            // by another thread of this process
        }
        if (lock != null) return file;
        file.close();
        throw new UsageException(
                "%s is in use by another training. Wait for its end, or train into another folder.", folder);
    }

    /** Whether a training holds the lock of a folder. */
    static boolean isInUse(Path folder) {
        Path file = folder.resolve(LOCK_FILE);
        if (!Files.exists(file)) return false;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock == null;
        } catch (OverlappingFileLockException lockedByThisProcess) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The type in which a training computes, over float32 weights: F32 or BF16 as requested, or for null the faster one
     * on this machine.
     */
    static DType resolveDtype(DType requested) {
        DType dtype = requested == null ? Engine.instance().preferredDType() : requested;
        if (dtype != DType.F32 && dtype != DType.BF16)
            throw new UsageException("dtype is %s, expected F32, BF16 or null.", dtype);
        return dtype;
    }

    private long effectiveBatchSize() {
        return (long) config.batchSize() * config.gradientAccumulationSteps() * dataParallel.worldSize();
    }

    /** Step k, from 0. Reads nothing back, so that a GPU works through the steps without a pause. */
    private void trainStep(long k, double learningRate, AverageMeters meters) {
        int microBatches = config.gradientAccumulationSteps() * dataParallel.worldSize();
        parameters.gradients().fill_(0);
        for (int microBatch = dataParallel.rank(); microBatch < microBatches; microBatch += dataParallel.worldSize()) {
            long firstSample = k * effectiveBatchSize() + (long) microBatch * config.batchSize();
            Scope.scoped(() -> {
                Loss loss = objective.loss(firstSample, config.batchSize());
                loss.mean().backward();
                meters.add("loss", loss.mean());
                loss.metrics().forEach(meters::add);
            });
        }
        dataParallel.allReduce(parameters.gradients());
        Scope.scoped(() -> Tensor.noGrad(() -> {
            Tensor gradientNorm =
                    parameters.gradients().norm().to(DType.F64).div(microBatches); // of the mean over the micro-batches
            Tensor clipping = new GradientClipping(config.maxGradNorm()).scale(gradientNorm);
            optimizer.step(parameters, k + 1, learningRate, clipping.div(microBatches));
            double emaUpdate = 1 - Math.min(config.emaDecay(), (1.0 + k) / (10.0 + k));
            emaWeights.ifPresent(average -> average.lerp_(parameters.values(), emaUpdate));
            meters.add("gradient_norm", gradientNorm);
            meters.add(AverageMeters.SKIPPED, clipping.eq(0).to(DType.F64));
            return null;
        }));
        meters.countStep();
    }

    private static boolean reportProgress(
            LearningRateSchedule schedule, TrainingListener listener, long step, double seconds) {
        return schedule.isTimed()
                ? listener.onProgress("seconds", (long) seconds, Math.round(60 * schedule.minutes()))
                : listener.onProgress("steps", step, schedule.totalSteps());
    }

    private static boolean isDue(long step, long interval) {
        return interval > 0 && step % interval == 0;
    }

    /**
     * Validates, and with early stopping exports the weights if this validation is the best so far.
     *
     * @param best validation before this one; null: none, or no early stopping
     * @return the best validation
     */
    private EarlyStopping.Best validate(long step, MetricsLog log, TrainingListener listener, EarlyStopping.Best best) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        withAveragedWeights(() -> metrics.putAll(objective.validate(step, log)));
        if (!metrics.isEmpty()) {
            log.logScalars(step, metrics);
            listener.onValidation(step, metrics);
        }
        if (config.earlyStopping() == null) return null;
        EarlyStopping.Best updated = config.earlyStopping().update(best, step, metrics);
        if (updated.step() == step) export();
        return updated;
    }

    private void export() {
        withAveragedWeights(objective::export);
    }

    private void withAveragedWeights(Runnable action) {
        Runnable inScope = () -> Scope.scoped(() -> Tensor.noGrad(() -> {
            action.run();
            return null;
        }));
        emaWeights.ifPresentOrElse(average -> parameters.withValues(average, inScope), inScope);
    }

    /** Means of metrics since the last report. The sums stay where the metrics are computed until they are reported. */
    private static final class AverageMeters {

        /** The share of the steps whose gradient was not finite, reported if there are any. */
        static final String SKIPPED = "skipped_steps";

        private final Map<String, Tensor> sums = new TreeMap<>();
        private final Map<String, Integer> counts = new HashMap<>();
        private long startNanos = System.nanoTime();
        private long steps;

        void add(String name, Tensor value) {
            Tensor sum = sums.computeIfAbsent(name, n -> Scope.unscoped(() -> Tensor.zeros(DType.F64)));
            Scope.scoped(() -> Tensor.noGrad(() -> sum.add_(value.reshape())));
            counts.merge(name, 1, Integer::sum);
        }

        void countStep() {
            steps++;
        }

        Map<String, Double> takeMeans(long samplesPerStep) {
            double[] values = Scope.scoped(
                    () -> Tensor.stack(0, List.copyOf(sums.values())).toDoubleArray());
            Map<String, Double> means = new TreeMap<>();
            int i = 0;
            for (String name : sums.keySet()) means.put(name, values[i++] / counts.get(name));
            means.put("samples_per_second", steps * samplesPerStep / ((System.nanoTime() - startNanos) / 1e9));
            double skipped = means.get(SKIPPED);
            if (skipped == 0) means.remove(SKIPPED);
            if (skipped == 1)
                throw new IllegalStateException("The gradients of the last " + steps
                        + " steps are not finite; use a lower learning rate or a lower maxGradNorm.");
            sums.values().forEach(Tensor::close);
            sums.clear();
            counts.clear();
            steps = 0;
            startNanos = System.nanoTime();
            return means;
        }
    }
}
