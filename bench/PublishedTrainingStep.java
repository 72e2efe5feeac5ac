import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.weights.Weights;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Measures what training the published model at 512 pixels costs, in processor seconds: single blocks of the trained
 * networks, forward and backward, times their number. Needs 3 GB of memory.
 *
 * <p>Usage: java -cp CLASSES PublishedTrainingStep.java [threads] [runs]
 */
public final class PublishedTrainingStep {

    private static final int SAMPLES = 2, TEXT_TOKENS = 60;
    private static int runs;

    public static void main(String[] arguments) {
        Engine.instance().setNumThreads(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2);
        runs = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
        DType dtype = Engine.instance().preferredDType();
        System.out.printf("forward and backward, products in %s, processor seconds%n", dtype);
        denoiser(dtype);
        textEncoder(dtype);
    }

    private static void denoiser(DType dtype) {
        double[] byDepth = new double[2];
        for (int i = 0; i < 2; i++) {
            int depth = 1 + i;
            Map<String, Tensor> weights = new LinkedHashMap<>();
            Denoiser denoiser = new Denoiser(
                    new Denoiser.Config(4, 64, 2, 1152, depth, 16, 4096, 256, 4, 1),
                    Weights.fresh(1).recordingInto(weights));
            new FlatParameters(weights, key -> !key.equals("y_embedder.y_embedding") && !key.equals("pos_embed"));
            Rng rng = new Rng(1, 1);
            Tensor x = rng.normal(SAMPLES, 4, 64, 64).to(dtype), text = rng.normal(SAMPLES, TEXT_TOKENS, 4096);
            int[] lengths = new int[SAMPLES];
            Arrays.fill(lengths, TEXT_TOKENS);
            byDepth[i] = measure(() -> denoiser.forward(
                                    x, x, Tensor.of(new float[] {100, 900}, SAMPLES), text, lengths)
                            .to(DType.F32)
                            .mean())
                    / SAMPLES;
        }
        print("denoiser, 28 blocks", byDepth[0] + 27 * (byDepth[1] - byDepth[0]));
    }

    private static void textEncoder(DType dtype) {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        T5Encoder encoder = new T5Encoder(
                new T5Encoder.Config(4096, 64, 64, 10240, 1, 100, 32, 128),
                Weights.fresh(1).recordingInto(weights));
        new FlatParameters(weights, key -> true);
        int[] lengths = new int[8];
        Arrays.fill(lengths, TEXT_TOKENS);
        Tensor embeddings = new Rng(1, 2).normal(8 * TEXT_TOKENS, 4096).to(dtype);
        double seconds = measure(() -> encoder.forward(embeddings, lengths).to(DType.F32).mean()) / lengths.length;
        print("T5, 24 blocks, 8 texts at once", 24 * seconds);
    }

    /** Processor seconds of a forward and a backward pass: the least of the runs after one for warm-up. */
    private static double measure(Supplier<Tensor> loss) {
        double least = Double.MAX_VALUE;
        for (int run = 0; run <= runs; run++) {
            double start = processCpuSeconds();
            Scope.scoped(() -> {
                loss.get().backward();
                return null;
            });
            if (run > 0) least = Math.min(least, processCpuSeconds() - start);
        }
        return least;
    }

    private static void print(String networks, double seconds) {
        System.out.printf(Locale.ROOT, "%-35s %8.2f a sample%n", networks, seconds);
    }

    private static double processCpuSeconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                / 1e9;
    }
}
