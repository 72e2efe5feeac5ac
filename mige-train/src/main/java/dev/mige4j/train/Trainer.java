package dev.mige4j.train;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
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
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Training, whatever is trained: gradients of a batch, clip, step, average; every now and then figures, pictures and
 * the state.
 *
 * <p>Sample number n of a training is the same whoever computes it: all its chance comes from (seed, n). So a batch may
 * be cut into parts (accumulation) or over processes, and a killed training goes on to the bit.
 */
public final class Trainer {

    /**
     * @param batchSize samples of one pass
     * @param gradientAccumulationSteps passes a step
     * @param schedule learning rate
     * @param adamW constants of the optimiser
     * @param maxGradNorm limit of the gradient's norm, 0: none
     * @param emaDecay rate of the weights' moving average, such as 0.999; it warms up as (1 + k) / (10 + k)
     * @param logEvery steps between figures
     * @param validateEvery steps between validations, 0: never
     * @param saveEvery steps between states
     */
    public record Config(
            int batchSize,
            int gradientAccumulationSteps,
            LearningRateSchedule schedule,
            AdamW.Config adamW,
            double maxGradNorm,
            double emaDecay,
            long logEvery,
            long validateEvery,
            long saveEvery) {
        public Config {
            if (batchSize < 1 || gradientAccumulationSteps < 1)
                throw new UsageException(
                        "batch %d and accumulate %d must be at least 1", batchSize, gradientAccumulationSteps);
            if (logEvery < 1 || saveEvery < 1)
                throw new UsageException("log_every %d and save_every %d must be at least 1", logEvery, saveEvery);
        }
    }

    /** What a step makes smaller. */
    public interface Objective {

        /** The mean loss of the samples {@code first} to {@code first + count - 1}, and figures worth a curve. */
        Loss loss(long firstSample, int count);

        /** Called with the averaged weights in place, without gradients: figures and pictures of what never changes. */
        default void validate(long step, MetricsLog log) {}
    }

    /** A mean loss to minimise and what else to report of it; all scalars. */
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
        optimizer = new AdamW(config.adamW(), parameters.count());
        emaWeights = Scope.unscoped(parameters.values()::copy);
        state = new TrainingState(folder, parameters, optimizer, emaWeights);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The moving average of the weights, [count]: what to ship. */
    public Tensor emaWeights() {
        return emaWeights;
    }

    /**
     * Trains to the end of the schedule, going on from the newest state in the folder; returns the steps done, fewer
     * when stopped.
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
            long startNanos = System.nanoTime();
            boolean keepGoing = true;
            while (step < steps && keepGoing) {
                trainStep(step, meters);
                step++;
                if (step % config.logEvery() == 0 || step == steps) {
                    double seconds = (System.nanoTime() - startNanos) / 1e9;
                    meters.add("samples_per_second", meters.steps() * effectiveBatchSize() / meters.seconds());
                    Map<String, Double> means = meters.takeMeans();
                    log.logScalars(step, means);
                    keepGoing = listener.onProgress(
                            step, steps, Duration.ofSeconds((long) (seconds / (step - start) * (steps - step))), means);
                    keepGoing = dataParallel.allTrue(keepGoing);
                }
                if (config.validateEvery() > 0
                        && (step % config.validateEvery() == 0 || step == steps)
                        && dataParallel.rank() == 0) validate(step, log);
                if (dataParallel.rank() == 0 && (step % config.saveEvery() == 0 || step == steps || !keepGoing))
                    state.save(step);
            }
        }
        return step;
    }

    /**
     * Two trainings in one folder would write over each other's states; the lock goes with the process, however it
     * ends.
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
                "%s is in use by another training; wait for its end, or train into another folder", folder);
    }

    /**
     * What a training computes in, over float32 weights: F32 or BF16 as wished, and for null what is faster on this
     * machine.
     */
    static DType resolveDtype(DType requested) {
        DType dtype = requested == null ? Engine.instance().preferredDType() : requested;
        if (dtype != DType.F32 && dtype != DType.BF16)
            throw new UsageException("compute is %s, expected F32 or BF16", dtype);
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
        double gradientNorm =
                Scope.scoped(() -> parameters.gradients().norm().item()) / microBatches; // of the mean over the parts
        if (!Double.isFinite(gradientNorm)) {
            throw new IllegalStateException("the gradient of step " + k + " is not finite; lower the rate, or clip");
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
        meters.add("rate", learningRate);
        meters.countStep();
    }

    private void validate(long step, MetricsLog log) {
        parameters.withValues(
                emaWeights,
                () -> Scope.scoped(() -> Tensor.noGrad(() -> {
                    objective.validate(step, log);
                    return null;
                })));
    }

    /** Sums of figures since the last report. */
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
