import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import mige.denoiser.Denoiser;
import mige.sampler.NoiseSchedule;
import mige.tensor.DType;
import mige.tensor.Engine;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.train.AdamW;
import mige.train.IddpmLoss;
import mige.train.Loop;
import mige.train.Parameters;
import mige.train.Schedule;
import mige.weights.Weights;

/** The same step with our trainer. Usage: java -cp CLASSES DitStep.java [threads] [steps] [bf16] */
public final class DitStep {

    public static void main(String[] arguments) throws Exception {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1, steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 6;
        DType compute = arguments.length > 2 && arguments[2].equals("bf16") ? DType.BF16 : DType.F32;
        Engine.start().threads(threads);
        int batch = 32, words = 64;
        Map<String, Tensor> handedOut = new LinkedHashMap<>();
        Denoiser denoiser = new Denoiser(new Denoiser.Config(8, 16, 2, 256, 10, 4, 256, 64, 4, 1), Weights.fresh(1).recordingInto(handedOut));
        Parameters parameters = new Parameters(handedOut, key -> !key.equals("y_embedder.y_embedding"));
        IddpmLoss loss = new IddpmLoss(NoiseSchedule.linear());
        Rng rng = new Rng(1, 1);
        Tensor z = rng.normal(batch, 8, 16, 16), source = rng.normal(batch, 8, 16, 16), text = rng.normal(batch, words, 256), noise = rng.normal(batch, 8, 16, 16);
        int[] t = new int[batch], lengths = new int[batch];
        for (int i = 0; i < batch; i++) {
            t[i] = 1 + i * 31;
            lengths[i] = words - i % 32;
        }
        Loop.Objective objective = (first, count) -> {
            Tensor noised = loss.noised(z, noise, t);
            Tensor made = denoiser.forward(noised.to(compute), source.to(compute), Tensor.of(t, batch).to(DType.F32), text, lengths).to(DType.F32);
            return new Loop.Loss(loss.of(made, z, noise, noised, t).mean(), Map.of());
        };
        var plan = new Loop.Plan(batch, 1, new Schedule(1e-4, 0, steps + 2, 0), AdamW.Config.REFERENCE, 1, 0.999, 1, 0, 1_000_000);
        long[] began = new long[2];
        new Loop(plan, parameters, objective, Files.createTempDirectory("bench")).run((done, of, left, figures) -> {
            if (done == 2) {
                began[0] = System.nanoTime();
                began[1] = cpu();
            }
            if (done == of) {
                double wall = (System.nanoTime() - began[0]) / 1e6 / steps, cpu = (cpu() - began[1]) / 1e6 / steps;
                System.out.printf("mige4j, %d threads, %s, %d weights: %.0f cpu-ms a step, %.0f ms wall, %.1f samples per cpu-second%n",
                        threads, compute.label().toLowerCase(java.util.Locale.ROOT), parameters.count(), cpu, wall, batch / cpu * 1000);
            }
            return true;
        });
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
