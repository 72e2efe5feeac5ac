package dev.mige4j.train;

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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The training loop: gradient of a batch, clipping, optimizer step, moving average of the weights; at intervals
 * metrics, validation and the state.
 *
 * <p>All random numbers of a sample are drawn from (seed, index of the sample). So a batch can be split into
 * micro-batches or over processes, and a killed training resumes bit-exactly.
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

            @ConfigKey("the gradient's norm is clipped to this; 0: not clipped")
            double maxGradNorm,

            @ConfigKey(
                    "decay of the exponential moving average of the weights, which is exported; warms up as (1 + k) /"
                            + " (10 + k) at step k")
            double emaDecay,

            @ConfigKey("intervals between metrics, validations, saved states and exports")
            Intervals intervals) {
        public Config {
            if (batchSize < 1 || gradientAccumulationSteps < 1)
                throw new UsageException(
                        "trainer.batchSize is %d and trainer.gradientAccumulationSteps is %d, expected at least 1.",
                        batchSize, gradientAccumulationSteps);
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
                    value = "seconds between exports of the averaged weights, besides the one at the end; 0: none",
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
         * Called with the averaged weights in place and without gradients: logs metrics and images of held-out data.
         */
        default void validate(long step, MetricsLog log) {}

        /**
         * Called with the averaged weights in place and without gradients, at {@link Intervals#exportSeconds} and at
         * the end: writes them for others to use.
         */
        default void export() {}
    }

    /** A mean loss to minimise, and metrics by name; all scalars. */
    public record Loss(Tensor mean, Map<String, Tensor> metrics) {}

    private final Config config;
    private final FlatParameters parameters;
    private final Objective objective;
    private final Path folder;
    private final DataParallel dataParallel;
    private final AdamW optimizer;
    private final Tensor emaWeights;
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
        optimizer = new AdamW(config.optimizer(), parameters.count());
        emaWeights = Scope.unscoped(parameters.values()::copy);
        state = new TrainingState(folder, parameters, optimizer, emaWeights);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The moving average of the weights, [count]: the result of the training. */
    public Tensor emaWeights() {
        return emaWeights;
    }

    /**
     * Trains to the end of the schedule, from the newest state in the folder; returns the steps done, fewer when the
     * listener stopped it.
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
        long start = state.restore().orElse(0L), steps = config.schedule().totalSteps(), step = start;
        try (MetricsLog log = new MetricsLog(
                dataParallel.rank() == 0 ? folder : folder.resolve("rank" + dataParallel.rank()), start)) {
            AverageMeters meters = new AverageMeters();
            boolean keepGoing = true;
            long lastExport = System.nanoTime();
            while (step < steps && keepGoing) {
                trainStep(step, meters);
                step++;
                if (step % config.intervals().log() == 0 || step == steps) {
                    meters.add("samples_per_second", meters.steps() * effectiveBatchSize() / meters.seconds());
                    Map<String, Double> means = meters.takeMeans();
                    log.logScalars(step, means);
                    listener.onMetrics(step, means);
                    keepGoing = dataParallel.allTrue(listener.onProgress("steps", step, steps));
                }
                if (config.intervals().validate() > 0
                        && (step % config.intervals().validate() == 0 || step == steps)
                        && dataParallel.rank() == 0) validate(step, log);
                if (dataParallel.rank() == 0 && (isSaved(step) || step == steps || !keepGoing)) state.save(step);
                double exportSeconds = config.intervals().exportSeconds();
                if (exportSeconds > 0 && (System.nanoTime() - lastExport) / 1e9 >= exportSeconds && step < steps) {
                    if (dataParallel.rank() == 0) export();
                    lastExport = System.nanoTime();
                }
            }
            if (dataParallel.rank() == 0) export();
        }
        return step;
    }

    /**
     * Two trainings in one folder would overwrite each other's states. The operating system releases the lock when the
     * process ends.
     */
    private FileChannel lockFolder() throws IOException {
        FileChannel file =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
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

    /** Step k, from 0. */
    private void trainStep(long k, AverageMeters meters) {
        int microBatches = config.gradientAccumulationSteps() * dataParallel.worldSize();
        parameters.gradients().fill_(0);
        for (int microBatch = dataParallel.rank(); microBatch < microBatches; microBatch += dataParallel.worldSize()) {
            long firstSample = k * effectiveBatchSize() + (long) microBatch * config.batchSize();
            Scope.scoped(() -> {
                Loss loss = objective.loss(firstSample, config.batchSize());
                loss.mean().backward();
                meters.add("loss", loss.mean().item());
                loss.metrics().forEach((name, value) -> meters.add(name, value.item()));
            });
        }
        dataParallel.allReduce(parameters.gradients());
        double gradientNorm = Scope.scoped(() -> parameters.gradients().norm().item())
                / microBatches; // of the mean over the micro-batches
        if (!Double.isFinite(gradientNorm)) {
            throw new IllegalStateException(
                    "The gradient of step " + k + " is not finite; use a lower learning rate or a lower maxGradNorm.");
        }
        double learningRate = config.schedule().at(k);
        optimizer.step(
                parameters,
                k + 1,
                learningRate,
                new GradientClipping(config.maxGradNorm()).scale(gradientNorm) / microBatches);
        double emaUpdate = 1 - Math.min(config.emaDecay(), (1.0 + k) / (10.0 + k));
        Tensor.noGrad(() -> emaWeights.lerp_(parameters.values(), emaUpdate));
        meters.add("gradient_norm", gradientNorm);
        meters.add("learning_rate", learningRate);
        meters.countStep();
    }

    private boolean isSaved(long step) {
        return config.intervals().save() > 0 && step % config.intervals().save() == 0;
    }

    private void validate(long step, MetricsLog log) {
        withAveragedWeights(() -> objective.validate(step, log));
    }

    private void export() {
        withAveragedWeights(objective::export);
    }

    private void withAveragedWeights(Runnable action) {
        parameters.withValues(
                emaWeights,
                () -> Scope.scoped(() -> Tensor.noGrad(() -> {
                    action.run();
                    return null;
                })));
    }

    /** Means of metrics since the last report. */
    private static final class AverageMeters {
        private final Map<String, double[]> sums = new TreeMap<>();
        private long startNanos = System.nanoTime();
        private long steps;

        void add(String name, double value) {
            double[] sum = sums.computeIfAbsent(name, n -> new double[2]);
            sum[0] += value;
            sum[1]++;
        }

        void countStep() {
            steps++;
        }

        long steps() {
            return steps;
        }

        double seconds() {
            return (System.nanoTime() - startNanos) / 1e9;
        }

        Map<String, Double> takeMeans() {
            Map<String, Double> means = new LinkedHashMap<>();
            sums.forEach((name, sum) -> means.put(name, sum[0] / sum[1]));
            sums.clear();
            steps = 0;
            startNanos = System.nanoTime();
            return means;
        }
    }
}
