import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.Trainer;
import dev.mige4j.train.loss.IddpmLoss;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import dev.mige4j.weights.Weights;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures one training step of a small denoiser, for comparison with {@code dit_step.py}.
 *
 * <p>Usage: java -cp CLASSES DenoiserTrainingStep.java [threads] [steps] [f32|bf16]
 */
public final class DenoiserTrainingStep {

    public static void main(String[] arguments) throws Exception {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1,
                steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 6;
        DType dtype = arguments.length > 2 && arguments[2].equals("bf16") ? DType.BF16 : DType.F32;
        Engine.instance().setNumThreads(threads);
        int batch = 32, textTokens = 64;
        Map<String, Tensor> weights = new LinkedHashMap<>();
        Denoiser denoiser = new Denoiser(
                new Denoiser.Config(8, 16, 2, 256, 10, 4, 256, 64, 4, 1),
                Weights.fresh(1).recordingInto(weights));
        FlatParameters parameters = new FlatParameters(weights, key -> !key.equals("y_embedder.y_embedding"));
        IddpmLoss loss = new IddpmLoss(NoiseSchedule.linear());
        Rng rng = new Rng(1, 1);
        Tensor z = rng.normal(batch, 8, 16, 16),
                source = rng.normal(batch, 8, 16, 16),
                text = rng.normal(batch, textTokens, 256),
                noise = rng.normal(batch, 8, 16, 16);
        int[] t = new int[batch], lengths = new int[batch];
        for (int i = 0; i < batch; i++) {
            t[i] = 1 + i * 31;
            lengths[i] = textTokens - i % 32;
        }
        Trainer.Objective objective = (first, count) -> {
            Tensor noisyLatents = loss.addNoise(z, noise, t);
            Tensor prediction = denoiser.forward(
                            noisyLatents.to(dtype),
                            source.to(dtype),
                            Tensor.of(t, batch).to(DType.F32),
                            text,
                            lengths)
                    .to(DType.F32);
            return new Trainer.Loss(
                    loss.compute(prediction, z, noise, noisyLatents, t, null).mean(), Map.of());
        };
        var config = new Trainer.Config(
                batch,
                1,
                new LearningRateSchedule(1e-4, 0, steps + 2, 0, null, 0),
                AdamW.Config.REFERENCE,
                List.of(),
                1,
                0.999,
                null,
                new Trainer.Intervals(1, 0, 1_000_000, 0));
        long[] start = new long[2];
        new Trainer(config, parameters, objective, Files.createTempDirectory("bench"))
                .run((item, done, total) -> {
                    if (done == 2) {
                        start[0] = System.nanoTime();
                        start[1] = cpuTime();
                    }
                    if (done == total) {
                        double wall = (System.nanoTime() - start[0]) / 1e6 / steps,
                                cpu = (cpuTime() - start[1]) / 1e6 / steps;
                        System.out.printf(
                                "mige4j, %d threads, %s, %d parameters: %.0f CPU ms per step, %.0f ms wall clock,"
                                        + " %.1f samples per CPU second%n",
                                threads,
                                dtype.label().toLowerCase(java.util.Locale.ROOT),
                                parameters.count(),
                                cpu,
                                wall,
                                batch / cpu * 1000);
                    }
                    return true;
                });
    }

    private static long cpuTime() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
