package dev.mige4j.eval;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.Latent;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.denoiser.Branch;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.FlopCounter;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Measures the latency of encoder, denoising step and VAE decoder, relative to the speed of matrix multiplication.
 *
 * <p>Weights are random, and tensors of the same shape share their values, so that the published model fits into 4 GB;
 * all operations are as large as with real weights; on a GPU its caches may flatter the result. Encoder and denoiser
 * run in the fastest data type of the machine, the VAE in float32, as for a large model. A matrix multiplication is
 * timed before and after each run: on a shared machine, the CPU seconds and the GEMM utilization are more reliable than
 * the seconds.
 */
public final class InferenceBenchmark {

    /**
     * The sizes of a model.
     *
     * @param promptTokens length of the conditioning sequence L, including the tokens of one image
     */
    public record ModelSize(
            String name,
            MultimodalEncoder.Config encoder,
            Denoiser.Config denoiser,
            AutoEncoder.Config autoencoder,
            int promptTokens) {

        /** The published model at 512 pixels. */
        public static final ModelSize XL = new ModelSize(
                "xl", MultimodalEncoder.Config.PUBLISHED, Denoiser.Config.PUBLISHED, AutoEncoder.Config.PUBLISHED, 60);

        /** A small model at 128 pixels, comparable to the embedded one. */
        public static final ModelSize NANO = new ModelSize(
                "nano",
                new MultimodalEncoder.Config(
                        new VisionTransformer.Config(96, 12, 192, 3, 6, 768),
                        new QFormer.Config(192, 3, 4, 768, 16, 192, 2),
                        new FeatureFusion.Config(192, 256, 4),
                        new T5Encoder.Config(256, 4, 64, 640, 4, 1500, 32, 128),
                        160,
                        4,
                        8),
                new Denoiser.Config(8, 16, 2, 256, 10, 4, 256, 160, 4, 1),
                new AutoEncoder.Config(8, List.of(64, 128), 2, 32, 4, 1),
                60);
    }

    /**
     * The timing of a stage; medians over the runs.
     *
     * @param seconds elapsed time
     * @param cpuSeconds CPU time of all threads
     * @param flops floating-point operations; a multiply-add counts as two
     * @param gemmFlopsPerSecond speed of a matrix multiplication, measured around each run
     * @param gemmUtilization FLOP/s of the stage divided by {@code gemmFlopsPerSecond}
     */
    public record StageTiming(
            String size,
            String stage,
            double seconds,
            double cpuSeconds,
            double flops,
            double gemmFlopsPerSecond,
            double gemmUtilization) {

        /** A line of the table under {@link InferenceBenchmark#TABLE_HEADER}. */
        public String formatRow() {
            return String.format(
                    Locale.ROOT,
                    "%-5s %-22s %9.3f %9.3f %10.1f %9.1f %9.1f %6.0f %%",
                    size,
                    stage,
                    seconds,
                    cpuSeconds,
                    flops / 1e9,
                    flops / seconds / 1e9,
                    gemmFlopsPerSecond / 1e9,
                    100 * gemmUtilization);
        }
    }

    /** The header of {@link StageTiming#formatRow}. */
    public static final String TABLE_HEADER = String.format(
            Locale.ROOT,
            "%-5s %-22s %9s %9s %10s %9s %9s %8s",
            "size",
            "stage",
            "seconds",
            "CPU s",
            "GFLOP",
            "GFLOP/s",
            "GEMM",
            "GEMM %");

    private final DType dtype = Engine.instance().preferredDType();
    private final Tensor gemmInput,
            gemmWeight = new Rng(1, 1).uniform(-1, 1, 4608, 1152).to(dtype);

    /** Uses the largest matrix product of the published denoiser as the reference: 2048 tokens. */
    public InferenceBenchmark() {
        this(2048);
    }

    /** @param gemmRows rows of the reference product; fewer are faster and less accurate */
    InferenceBenchmark(int gemmRows) {
        gemmInput = new Rng(1, 0).uniform(-1, 1, gemmRows, 1152).to(dtype);
    }

    /**
     * Measures the encoder, one denoising step with guidance (two branches) and the VAE decoder.
     *
     * @param runs measured runs of each stage, after one for warm-up
     * @param timingListener receives the timing of each stage when it is done
     * @param progress counts the runs of all stages
     * @throws CancelledException when {@code progress} returned false
     */
    public List<StageTiming> run(
            ModelSize modelSize, int runs, Consumer<StageTiming> timingListener, ProgressListener progress) {
        return Tensor.noGrad(() -> scoped(() -> {
            List<StageTiming> timings = new ArrayList<>();
            List<BenchmarkStage> stages = stages(modelSize);
            int total = stages.size() * (runs + 1);
            for (BenchmarkStage stage : stages) {
                Runnable work = stage.setup().get();
                int firstRun = timings.size() * (runs + 1);
                StageTiming timing = measure(modelSize.name(), stage.name(), work, runs, run -> {
                    if (!progress.onProgress(modelSize.name() + " " + stage.name(), firstRun + run, total))
                        throw new CancelledException("cancelled after %d of %d runs", firstRun + run, total);
                });
                timingListener.accept(timing);
                timings.add(timing);
            }
            return timings;
        }));
    }

    private record BenchmarkStage(String name, Supplier<Runnable> setup) {}

    private List<BenchmarkStage> stages(ModelSize modelSize) {
        Weights weights = Weights.from(new SharedRandomWeights(dtype)),
                float32Weights = Weights.from(new SharedRandomWeights(DType.F32));
        Rng rng = new Rng(2, 0);
        Denoiser.Config d = modelSize.denoiser();
        int c = d.latentChannels(), side = d.latentSize(), promptTokens = modelSize.promptTokens();
        return List.of(
                new BenchmarkStage("encoder, " + promptTokens + " tokens", () -> {
                    Denoiser denoiser = new Denoiser(d, weights);
                    var encoder = new MultimodalEncoder(modelSize.encoder(), weights, denoiser::patchFeatures, dtype);
                    int pixels = modelSize.encoder().vision().imageSize(),
                            textTokens =
                                    promptTokens - modelSize.encoder().qFormer().numQueries() - 1;
                    int[] prefix = new int[textTokens / 2], suffix = new int[textTokens - textTokens / 2];
                    Arrays.fill(prefix, 5);
                    Arrays.fill(suffix, 6);
                    var request = new MultimodalEncoder.EncoderInput(
                            List.of(prefix, suffix), rng.normal(1, 3, pixels, pixels), rng.normal(1, c, side, side));
                    return () -> encoder.encode(request);
                }),
                new BenchmarkStage("step, 2 x " + (side / d.patchSize()) * (side / d.patchSize()) + " tokens", () -> {
                    Denoiser denoiser = new Denoiser(d, weights);
                    Tensor source = rng.normal(1, c, side, side).to(dtype),
                            text = rng.normal(1, promptTokens, d.textWidth()).to(dtype);
                    var prepared = denoiser.prepare(
                            List.of(Branch.IMAGE, Branch.IMAGE_AND_TEXT),
                            source,
                            text,
                            new int[] {promptTokens},
                            TimestepRounding.NONE);
                    Tensor x = rng.normal(1, c, side, side).to(dtype);
                    return () -> prepared.predict(x, 500);
                }),
                new BenchmarkStage("decoder, " + side * modelSize.autoencoder().downscaleFactor() + " pixels", () -> {
                    AutoEncoder autoencoder = new AutoEncoder(modelSize.autoencoder(), float32Weights);
                    Latent latent = new Latent(rng.normal(1, c, side, side));
                    return () -> autoencoder.decode(latent);
                }));
    }

    private StageTiming measure(String size, String stage, Runnable work, int runs, IntConsumer progress) {
        progress.accept(0);
        double flops = FlopCounter.count(() -> runScoped(work)); // also the warm-up
        double[] seconds = new double[runs],
                cpuSeconds = new double[runs],
                gemmRate = new double[runs],
                utilization = new double[runs];
        for (int i = 0; i < runs; i++) {
            progress.accept(i + 1);
            double gemmBefore = measureGemm();
            double cpuStart = processCpuSeconds(), start = System.nanoTime();
            runScoped(work);
            seconds[i] = (System.nanoTime() - start) / 1e9;
            cpuSeconds[i] = processCpuSeconds() - cpuStart;
            gemmRate[i] = (gemmBefore + measureGemm()) / 2;
            utilization[i] = flops / seconds[i] / gemmRate[i];
        }
        return new StageTiming(
                size, stage, median(seconds), median(cpuSeconds), flops, median(gemmRate), median(utilization));
    }

    /** FLOP/s of x Wᵀ for x [2048, 1152] and W [4608, 1152]; the median of three. */
    private double measureGemm() {
        double[] rates = new double[3];
        for (int i = 0; i < rates.length; i++) {
            double start = System.nanoTime();
            runScoped(() -> gemmInput.linear(gemmWeight, null));
            rates[i] = 2.0 * gemmInput.size(0) * 1152 * 4608 / ((System.nanoTime() - start) / 1e9);
        }
        return median(rates);
    }

    /** Runs the work to its end and frees all its tensors; returns null, for callers that need a value. */
    private static Object runScoped(Runnable work) {
        return scoped(() -> {
            work.run();
            Engine.instance().synchronize();
            return null;
        });
    }

    private static double processCpuSeconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Returns the same tensor for equal shapes, filled by repeating about a million random numbers. */
    private static final class SharedRandomWeights implements Weights.Source {

        private static final int PERIOD = 1_000_003;

        private final DType dtype;
        private final Map<List<Long>, Tensor> tensorsByShape = new HashMap<>();
        private final Tensor randomValues = new Rng(3, 0).uniform(-1, 1, PERIOD);

        SharedRandomWeights(DType dtype) {
            this.dtype = dtype;
        }

        @Override
        public Tensor get(String key, Init init, long... shape) {
            return tensorsByShape.computeIfAbsent(Arrays.stream(shape).boxed().toList(), s -> fill(shape));
        }

        private Tensor fill(long... shape) {
            long count = 1;
            for (long n : shape) count *= n;
            double bound = Math.sqrt(3.0 * shape[0] / Math.max(count, 1));
            return randomValues
                    .mul(bound)
                    .repeat(count / PERIOD + 1)
                    .narrow(0, 0, count)
                    .view(shape)
                    .to(dtype);
        }

        @Override
        public boolean has(String key) {
            return false;
        }
    }
}
