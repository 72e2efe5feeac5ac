package dev.mige4j.tensor;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads and configures libtorch once per process: threads, device, and the implementation of float32 matrix products.
 *
 * <p>BLAS always runs on one thread. Its own thread pool would spin beside that of libgomp, from inside whose threads
 * it is called (one attention over 1024 tokens on a busy machine: 0.2 s with one BLAS thread, 8 s with two). On
 * processors with AVX-512, float32 products are computed by oneDNN on the threads of libgomp. On others libtorch does
 * not use oneDNN for them, so large products are divided among the threads of a {@link WorkerPool}. In both cases the
 * arithmetic is float32: one product is compared with float64 at start, and the strictest mode is used if it differs.
 *
 * <p>System properties: {@code mige.threads} (default: all processors), {@code mige.device} ({@code cpu} or
 * {@code cuda}), {@code mige.warnings=off} to suppress the warning about {@code OMP_WAIT_POLICY}.
 */
public final class Engine {

    private static final double MAX_MATMUL_ERROR = 1e-5;
    private static final long MAX_PINNED_BYTES = 256L << 20;

    private static final Engine INSTANCE = new Engine();

    private final boolean avx512;
    private final boolean bf16;
    private final Device device;
    private final Map<DType, TensorOptions> tensorOptions = new EnumMap<>(DType.class);
    private final WorkerPool workerPool = new WorkerPool();

    private Engine() {
        String cpuFlags = cpuFlags();
        avx512 = cpuFlags.contains(" avx512f");
        bf16 = cpuFlags.contains(" avx512_bf16") || cpuFlags.contains(" amx_bf16");
        setNumThreads(Integer.getInteger("mige.threads", Runtime.getRuntime().availableProcessors()));
        device = new Device(System.getProperty("mige.device", "cpu"));
        for (DType dtype : DType.values())
            tensorOptions.put(dtype, new TensorOptions(dtype.scalarType).device(new DeviceOptional(device)));
        if (avx512) {
            torch.globalContext().setFloat32MatmulPrecision("medium");
            if (matmulError() > MAX_MATMUL_ERROR) torch.globalContext().setFloat32MatmulPrecision("highest");
        }
        warnAboutSpinningThreads();
    }

    /** The engine, loaded at the first call. Every creation of a tensor implies it. */
    public static Engine instance() {
        return INSTANCE;
    }

    /**
     * Sets the number of threads of one operation. Results are independent of it up to float32 rounding.
     *
     * @throws UsageException if n is less than 1
     */
    public void setNumThreads(int n) {
        if (n < 1) throw new UsageException("The number of threads is %d, expected at least 1.", n);
        torch.set_num_threads(n);
        openblas.blas_set_num_threads(1);
    }

    /** Number of threads of one operation. */
    public int numThreads() {
        return torch.get_num_threads();
    }

    /** The type whose matrix products are fastest here: BF16 where the hardware multiplies it natively, else F32. */
    public DType preferredDType() {
        return bf16 || !device.is_cpu() ? DType.BF16 : DType.F32;
    }

    /** Whether tensors are on the CPU rather than on a GPU. */
    public boolean isCpu() {
        return device.is_cpu();
    }

    Device device() {
        return device;
    }

    /** Type and device of a new tensor. */
    TensorOptions tensorOptions(DType dtype) {
        return tensorOptions.get(dtype);
    }

    /**
     * Type of a tensor in the memory of the host. It is pinned where that lets the copy to the device run beside the
     * computation; as pinned memory is kept for reuse, not for the largest.
     */
    TensorOptions hostOptions(DType dtype, long numel) {
        var options = new TensorOptions(dtype.scalarType);
        boolean pinned = device.is_cuda() && numel * dtype.elementSize() <= MAX_PINNED_BYTES;
        return pinned ? options.pinned_memory(new BoolOptional(true)) : options;
    }

    /** A random number generator of the device. */
    GeneratorOptional generator(long seed) {
        if (device.is_meta()) return new GeneratorOptional();
        try (var defaultGenerator = torch.globalContext().defaultGenerator(device);
                var generator = defaultGenerator.clone()) {
            generator.set_current_seed(seed);
            return new GeneratorOptional(generator);
        }
    }

    /** Whether large float32 products must be divided by {@link #workerPool}, since libtorch computes them serially. */
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

    /** libgomp reads its environment when it is loaded, so a running process can only log which variables to set. */
    private void warnAboutSpinningThreads() {
        boolean off = "off".equals(System.getProperty("mige.warnings"));
        if (off || !idleThreadsSpin(System.getenv()) || !isCpu() || numThreads() == 1) return;
        System.getLogger(Engine.class.getName())
                .log(
                        System.Logger.Level.WARNING,
                        "Idle OpenMP threads spin, which can halve the speed. Set these environment variables before"
                                + " starting Java: OMP_WAIT_POLICY=PASSIVE THP_MEM_ALLOC_ENABLE=1"
                                + " (-Dmige.warnings=off hides this message)");
    }

    static boolean idleThreadsSpin(Map<String, String> environment) {
        return System.getProperty("os.name").startsWith("Linux")
                && !environment.containsKey("OMP_WAIT_POLICY")
                && !environment.containsKey("GOMP_SPINCOUNT");
    }

    private static String cpuFlags() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("flags")).findFirst().orElse("");
        } catch (IOException e) {
            return ""; // not Linux: assume the fewest capabilities
        }
    }
}
