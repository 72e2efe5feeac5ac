package mige.eval;

import static mige.tensor.Scope.scoped;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import mige.autoencoder.AutoEncoder;
import mige.autoencoder.Latent;
import mige.denoiser.Branch;
import mige.denoiser.Denoiser;
import mige.denoiser.TimestepEmbedding.Rounding;
import mige.encoder.FeatureFusion;
import mige.encoder.MultimodalEncoder;
import mige.encoder.QFormer;
import mige.encoder.T5Encoder;
import mige.encoder.VisionTransformer;
import mige.tensor.DType;
import mige.tensor.Engine;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.tensor.Work;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * How long the stages of a request take, beside the rate at which this machine multiplies matrices in the same minute.
 *
 * <p>Weights are random, and tensors of one shape share their numbers, so the published size fits into 4 GB; every product is as large
 * as with real weights. Encoder and denoiser hold and compute what is fastest here, the autoencoder float32, as a big model does when
 * loaded. On a shared machine the processor seconds and the share of the matrix rate tell more than the seconds.
 */
public final class Benchmark {

    /**
     * What is measured.
     *
     * @param words places of the conditioning, one picture among them
     */
    public record Sizes(String name, MultimodalEncoder.Config encoder, Denoiser.Config denoiser, AutoEncoder.Config autoencoder, int words) {

        /** The published model at 512 pixels. */
        public static final Sizes XL = new Sizes("xl", MultimodalEncoder.Config.PUBLISHED, Denoiser.Config.PUBLISHED, AutoEncoder.Config.PUBLISHED, 60);

        /** A model like the one that ships, at 128 pixels. */
        public static final Sizes NANO = new Sizes("nano",
                new MultimodalEncoder.Config(new VisionTransformer.Config(96, 12, 192, 3, 6, 768), new QFormer.Config(192, 3, 4, 768, 16, 192, 2),
                        new FeatureFusion.Config(192, 256, 4), new T5Encoder.Config(256, 4, 64, 640, 4, 1500, 32, 128), 160, 4, 8),
                new Denoiser.Config(8, 16, 2, 256, 10, 4, 256, 160, 4, 1), new AutoEncoder.Config(8, List.of(64, 128), 2, 32, 4, 1), 60);
    }

    /**
     * One stage: medians of several runs.
     *
     * @param seconds    by the clock
     * @param processor  seconds of all processors together
     * @param operations arithmetic operations, two a multiply-add
     * @param rate       operations a second of a matrix product, measured between the runs
     * @param share      rate of the stage over the rate of the product, run by run
     */
    public record Row(String size, String stage, double seconds, double processor, double operations, double rate, double share) {

        /** The row as text under {@link Benchmark#HEAD}. */
        public String line() {
            return String.format(Locale.ROOT, "%-5s %-22s %9.3f %9.3f %10.1f %9.1f %9.1f %6.0f %%", size, stage, seconds, processor,
                    operations / 1e9, operations / seconds / 1e9, rate / 1e9, 100 * share);
        }
    }

    /** What stands over {@link Row#line}. */
    public static final String HEAD = String.format("%-5s %-22s %9s %9s %10s %9s %9s %8s", "size", "stage", "seconds", "cpu-sec.", "GFLOP",
            "GFLOP/s", "GEMM", "share");

    private final DType type = Engine.start().fastType();
    private final Tensor left = new Rng(1, 0).uniform(-1, 1, 2048, 1152).to(type), right = new Rng(1, 1).uniform(-1, 1, 4608, 1152).to(type);

    /** Measures encoder, one guided step (two branches) and the autoencoder's decoder; {@code runs} times each after one for warming up. */
    public List<Row> run(Sizes sizes, int runs, Consumer<Row> tell) {
        return Tensor.withoutGradients(() -> scoped(() -> {
            List<Row> rows = new ArrayList<>();
            for (Stage stage : stages(sizes)) {
                Supplier<?> work = stage.prepared().get();
                Row row = measure(sizes.name(), stage.name(), work, runs);
                tell.accept(row);
                rows.add(row);
            }
            return rows;
        }));
    }

    private record Stage(String name, Supplier<Supplier<?>> prepared) {}

    private List<Stage> stages(Sizes sizes) {
        Weights weights = Weights.over(new Alike(type)), exact = Weights.over(new Alike(DType.F32));
        Rng rng = new Rng(2, 0);
        Denoiser.Config d = sizes.denoiser();
        int c = d.latentChannels(), side = d.latentSize(), words = sizes.words();
        return List.of(
                new Stage("encoder, " + words + " places", () -> {
                    Denoiser denoiser = new Denoiser(d, weights);
                    var encoder = new MultimodalEncoder(sizes.encoder(), weights, denoiser::patchFeatures, type);
                    int pixels = sizes.encoder().vision().side(), plain = words - sizes.encoder().queries().queries() - 1;
                    int[] before = new int[plain / 2], after = new int[plain - plain / 2];
                    Arrays.fill(before, 5);
                    Arrays.fill(after, 6);
                    var request = new MultimodalEncoder.Request(List.of(before, after), rng.normal(1, 3, pixels, pixels), rng.normal(1, c, side, side));
                    return () -> encoder.encode(request).states();
                }),
                new Stage("step, 2 x " + (side / d.patch()) * (side / d.patch()) + " tokens", () -> {
                    Denoiser denoiser = new Denoiser(d, weights);
                    Tensor canvas = rng.normal(1, c, side, side).to(type), text = rng.normal(1, words, d.textWidth()).to(type);
                    var prepared = denoiser.prepare(List.of(Branch.CANVAS, Branch.CANVAS_AND_TEXT), canvas, text, new int[] {words}, Rounding.NONE);
                    Tensor x = rng.normal(1, c, side, side).to(type);
                    return () -> prepared.predict(x, 500);
                }),
                new Stage("decoder, " + side * sizes.autoencoder().factor() + " pixels", () -> {
                    AutoEncoder autoencoder = new AutoEncoder(sizes.autoencoder(), exact);
                    Latent latent = new Latent(rng.normal(1, c, side, side));
                    return () -> autoencoder.decode(latent);
                }));
    }

    private Row measure(String size, String stage, Supplier<?> work, int runs) {
        double operations = Work.of(() -> freed(work));      // warms up, too
        double[] seconds = new double[runs], processor = new double[runs], rate = new double[runs], share = new double[runs];
        for (int i = 0; i < runs; i++) {
            double before = product();
            double cpu = processorSeconds(), start = System.nanoTime();
            freed(work);
            seconds[i] = (System.nanoTime() - start) / 1e9;
            processor[i] = processorSeconds() - cpu;
            rate[i] = (before + product()) / 2;
            share[i] = operations / seconds[i] / rate[i];
        }
        return new Row(size, stage, median(seconds), median(processor), operations, median(rate), median(share));
    }

    /** The rate of x Wᵀ for x [2048, 1152] and W [4608, 1152]: the largest product of the published denoiser. */
    private double product() {
        double[] rates = new double[3];
        for (int i = 0; i < rates.length; i++) {
            double start = System.nanoTime();
            freed(() -> left.linear(right, null));
            rates[i] = 2.0 * 2048 * 1152 * 4608 / ((System.nanoTime() - start) / 1e9);
        }
        return median(rates);
    }

    /** Does the work and frees all it made, its result too. */
    private static Object freed(Supplier<?> work) {
        return scoped(() -> {
            work.get();
            return null;
        });
    }

    private static double processorSeconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** One tensor a shape, filled by repeating a million random numbers. */
    private static final class Alike implements Weights.Source {

        private static final int PIECE = 1_000_003;

        private final DType type;
        private final Map<List<Long>, Tensor> made = new HashMap<>();
        private final Tensor piece = new Rng(3, 0).uniform(-1, 1, PIECE);

        Alike(DType type) {
            this.type = type;
        }

        @Override
        public Tensor get(String key, Birth birth, long... shape) {
            return made.computeIfAbsent(Arrays.stream(shape).boxed().toList(), s -> fill(shape));
        }

        private Tensor fill(long... shape) {
            long count = 1;
            for (long n : shape) count *= n;
            double bound = Math.sqrt(3.0 * shape[0] / Math.max(count, 1));
            return piece.mul(bound).repeat(count / PIECE + 1).narrow(0, 0, count).view(shape).to(type);
        }

        @Override
        public boolean has(String key) {
            return false;
        }
    }
}
