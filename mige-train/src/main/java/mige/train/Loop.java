package mige.train;

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
import mige.tensor.DType;
import mige.tensor.Engine;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.UsageException;

/**
 * Training, whatever is trained: gradients of a batch, clip, step, average; every now and then figures, pictures and the state.
 *
 * <p>Sample number n of a training is the same whoever computes it: all its chance comes from (seed, n). So a batch may be cut into
 * parts (accumulation) or over processes, and a killed training goes on to the bit.
 */
public final class Loop {

    /**
     * @param batch      samples of one pass
     * @param accumulate passes a step
     * @param schedule   learning rate
     * @param adamW      constants of the optimiser
     * @param clip       limit of the gradient's norm, 0: none
     * @param average    rate of the weights' moving average, such as 0.999; it warms up as (1 + k) / (10 + k)
     * @param logEvery   steps between figures
     * @param showEvery  steps between validations, 0: never
     * @param saveEvery  steps between states
     */
    public record Plan(int batch, int accumulate, Schedule schedule, AdamW.Config adamW, double clip, double average,
                       long logEvery, long showEvery, long saveEvery) {
        public Plan {
            if (batch < 1 || accumulate < 1) throw new UsageException("batch %d and accumulate %d must be at least 1", batch, accumulate);
            if (logEvery < 1 || saveEvery < 1) throw new UsageException("log_every %d and save_every %d must be at least 1", logEvery, saveEvery);
        }
    }

    /** What a step makes smaller. */
    public interface Objective {

        /** The mean loss of the samples {@code first} to {@code first + count - 1}, and figures worth a curve. */
        Loss loss(long first, int count);

        /** Called with the averaged weights in place, without gradients: figures and pictures of what never changes. */
        default void show(long step, Metrics metrics) {}
    }

    /** A mean loss to minimise and what else to report of it; all scalars. */
    public record Loss(Tensor mean, Map<String, Tensor> figures) {}

    private final Plan plan;
    private final Parameters parameters;
    private final Objective objective;
    private final Path folder;
    private final Crew crew;
    private final AdamW optimiser;
    private final Tensor average;
    private final TrainingState state;

    public Loop(Plan plan, Parameters parameters, Objective objective, Path folder) {
        this(plan, parameters, objective, folder, Crew.ALONE);
    }

    public Loop(Plan plan, Parameters parameters, Objective objective, Path folder, Crew crew) {
        this.plan = plan;
        this.parameters = parameters;
        this.objective = objective;
        this.folder = folder;
        this.crew = crew;
        optimiser = new AdamW(plan.adamW(), parameters.count());
        average = Scope.outside(parameters.values()::copy);
        state = new TrainingState(folder, parameters, optimiser, average);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The moving average of the weights, [count]: what to ship. */
    public Tensor average() {
        return average;
    }

    /** Trains to the end of the schedule, going on from the newest state in the folder; returns the steps done, fewer when stopped. */
    public long run(Watch watch) {
        if (crew.rank() > 0) return train(watch);
        try (FileChannel lock = locked()) {
            return train(watch);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long train(Watch watch) {
        long start = state.restore().orElse(0L), steps = plan.schedule().steps(), step = start;
        try (Metrics metrics = new Metrics(crew.rank() == 0 ? folder : folder.resolve("rank" + crew.rank()), start)) {
            Figures figures = new Figures();
            long began = System.nanoTime();
            boolean on = true;
            while (step < steps && on) {
                step(step, figures);
                step++;
                if (step % plan.logEvery() == 0 || step == steps) {
                    double seconds = (System.nanoTime() - began) / 1e9;
                    figures.add("samples_per_second", figures.steps() * effectiveBatch() / figures.seconds());
                    Map<String, Double> means = figures.take();
                    metrics.note(step, means);
                    on = watch.step(step, steps, Duration.ofSeconds((long) (seconds / (step - start) * (steps - step))), means);
                    on = crew.agree(on);
                }
                if (plan.showEvery() > 0 && (step % plan.showEvery() == 0 || step == steps) && crew.rank() == 0) show(step, metrics);
                if (crew.rank() == 0 && (step % plan.saveEvery() == 0 || step == steps || !on)) state.save(step);
            }
        }
        return step;
    }

    /** Two trainings in one folder would write over each other's states; the lock goes with the process, however it ends. */
    private FileChannel locked() throws IOException {
        FileChannel file = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException ours) {
            // by another thread of this process
        }
        if (lock != null) return file;
        file.close();
        throw new UsageException("%s is in use by another training; wait for its end, or train into another folder", folder);
    }

    /** What a training computes in, over float32 weights: F32 or BF16 as wished, and for null what is faster on this machine. */
    static DType computing(DType wished) {
        DType type = wished == null ? Engine.start().fastType() : wished;
        if (type != DType.F32 && type != DType.BF16) throw new UsageException("compute is %s, expected F32 or BF16", type);
        return type;
    }

    private long effectiveBatch() {
        return (long) plan.batch() * plan.accumulate() * crew.size();
    }

    /** Step k, from 0. */
    private void step(long k, Figures figures) {
        int parts = plan.accumulate() * crew.size();
        parameters.gradient().fill_(0);
        for (int part = crew.rank(); part < parts; part += crew.size()) {
            long first = k * effectiveBatch() + (long) part * plan.batch();
            Scope.scoped(() -> {
                Loss loss = objective.loss(first, plan.batch());
                loss.mean().backward();
                figures.add("loss", loss.mean().item());
                loss.figures().forEach((name, value) -> figures.add(name, value.item()));
            });
        }
        crew.sum(parameters.gradient());
        double norm = Scope.scoped(() -> parameters.gradient().norm().item()) / parts;      // of the mean over the parts
        if (!Double.isFinite(norm)) {
            throw new IllegalStateException("the gradient of step " + k + " is not finite; lower the rate, or clip");
        }
        double rate = plan.schedule().at(k);
        optimiser.step(parameters, k + 1, rate, new Clipping(plan.clip()).factor(norm) / parts);
        double follow = 1 - Math.min(plan.average(), (1.0 + k) / (10.0 + k));
        Tensor.withoutGradients(() -> average.lerp_(parameters.values(), follow));
        figures.add("gradient_norm", norm);
        figures.add("rate", rate);
        figures.stepped();
    }

    private void show(long step, Metrics metrics) {
        parameters.with(average, () -> Scope.scoped(() -> Tensor.withoutGradients(() -> {
            objective.show(step, metrics);
            return null;
        })));
    }

    /** Sums of figures since the last report. */
    private static final class Figures {
        private final Map<String, double[]> sums = new TreeMap<>();
        private long since = System.nanoTime();
        private long steps;

        void add(String name, double value) {
            double[] sum = sums.computeIfAbsent(name, n -> new double[2]);
            sum[0] += value;
            sum[1]++;
        }

        void stepped() {
            steps++;
        }

        long steps() {
            return steps;
        }

        double seconds() {
            return (System.nanoTime() - since) / 1e9;
        }

        Map<String, Double> take() {
            Map<String, Double> means = new LinkedHashMap<>();
            sums.forEach((name, sum) -> means.put(name, sum[0] / sum[1]));
            sums.clear();
            steps = 0;
            since = System.nanoTime();
            return means;
        }
    }
}
