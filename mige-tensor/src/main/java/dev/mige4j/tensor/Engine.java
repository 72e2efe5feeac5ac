package dev.mige4j.tensor;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;

/**
 * Starts libtorch once and chooses, from the processor's abilities, how float32 products are computed.
 *
 * <p>The bundled BLAS always gets one thread: its own pool would spin beside libgomp's and be entered from inside it,
 * which on a busy machine costs a hundredfold (one attention of 1024 tokens: 0.2 s with one BLAS thread, 8 s with two,
 * at a load of 15). On processors with AVX-512 float32 products go to oneDNN's matrix product, which shares them among
 * libgomp's threads; without it libtorch does not use that, and large products are cut into pieces that a
 * {@link WorkerPool} takes. Either way the result is real float32: {@link #instance} checks one product against float64
 * and falls back to the strictest mode if it is not.
 */
public final class Engine {

    private static final Engine INSTANCE = new Engine();

    private final boolean avx512 = cpuFlags().contains(" avx512f");
    private final boolean bf16 =
            cpuFlags().contains(" avx512_bf16") || cpuFlags().contains(" amx_bf16");
    private final Device device;
    private final WorkerPool workerPool = new WorkerPool();

    private Engine() {
        numThreads(Integer.getInteger("mige.threads", Runtime.getRuntime().availableProcessors()));
        device = new Device(System.getProperty("mige.device", "cpu"));
        if (avx512) {
            torch.globalContext().setFloat32MatmulPrecision("medium");
            if (matmulError() > 1e-5) torch.globalContext().setFloat32MatmulPrecision("highest");
        }
    }

    /** Makes sure that libtorch is loaded and set up; cheap after the first call. Every tensor operation implies it. */
    public static Engine instance() {
        return INSTANCE;
    }

    /** Uses n threads for the operations that follow, n &ge; 1. Results do not depend on n beyond float32 rounding. */
    public void numThreads(int n) {
        if (n < 1) throw new UsageException("%d threads are asked for, at least 1 is needed", n);
        torch.set_num_threads(n);
        openblas.blas_set_num_threads(1);
    }

    /** Threads used by operations. */
    public int numThreads() {
        return torch.get_num_threads();
    }

    /**
     * The type in which products are fastest on this machine: BF16 where the processor multiplies it natively, else
     * F32.
     */
    public DType preferredDType() {
        return bf16 || !device.is_cpu() ? DType.BF16 : DType.F32;
    }

    /** True when work runs on the processor rather than on a GPU. */
    public boolean isCpu() {
        return device.is_cpu();
    }

    Device device() {
        return device;
    }

    /** Whether large float32 products are shared by {@link #workerPool}, since neither BLAS nor libtorch does it. */
    boolean parallelizesMatmul() {
        return !avx512 && isCpu();
    }

    WorkerPool workerPool() {
        return workerPool;
    }

    private static double matmulError() {
        var a = torch.randn(64, 256);
        var b = torch.randn(256, 64);
        var expected = a.to(DType.F64.scalarType).matmul(b.to(DType.F64.scalarType));
        return a.matmul(b).to(DType.F64.scalarType).sub(expected).norm().item_double()
                / expected.norm().item_double();
    }

    private static String cpuFlags() {
        try {
            return Files.lines(Path.of("/proc/cpuinfo"))
                    .filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return ""; // not Linux: the cautious setting
        }
    }
}
