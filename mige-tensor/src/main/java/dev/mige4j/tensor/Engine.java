package dev.mige4j.tensor;

import dev.mige4j.common.DeviceException;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;

/**
 * Loads and configures libtorch once per process: threads, device, and the implementation of float32 matrix products.
 *
 * <p>BLAS always runs on one thread. Its own thread pool would spin beside that of libgomp, from inside whose threads
 * it is called (one attention over 1024 tokens on a busy machine: 0.2 s with one BLAS thread, 8 s with two). On
 * processors with AVX-512, float32 products are computed by oneDNN on the threads of libgomp. On others libtorch does
 * not use oneDNN for them, so large products are divided among the threads of a {@link WorkerPool}. In both cases the
 * arithmetic is float32: one product is compared with float64 at start, and the strictest mode is used if it differs.
 *
 * <p>System properties: {@code mige.threads} (default: all processors), {@code mige.device} ({@code cpu}, {@code cuda}
 * or {@code cuda:N}), {@code mige.warnings=off} to suppress the warning about {@code OMP_WAIT_POLICY}. libtorch's
 * environment variable {@code ATEN_CPU_CAPABILITY=avx2} counts as a processor without AVX-512.
 */
public final class Engine {

    private static final double MAX_MATMUL_ERROR = 1e-5, MAX_BF16_ERROR = 0.01;
    private static final long MAX_PINNED_BYTES = 256L << 20;

    /**
     * For tests without a GPU: tensors are in the memory of the host, but all code takes the paths of a GPU, so that
     * its results and its read-backs can be checked.
     */
    static final String SIMULATED_GPU = "simulated-gpu";

    private static final Pattern DEVICE_NAME = Pattern.compile("cpu|cuda(:\\d{1,3})?|" + SIMULATED_GPU);

    private static volatile Engine instance;
    private static String deviceName = System.getProperty("mige.device", "cpu"); // guarded by the class

    private final boolean avx512;
    private final boolean bf16;
    private final boolean faultyConvolution;
    private final String name;
    private final boolean isCpu;
    private final Device device;
    private final Map<DType, TensorOptions> tensorOptions = new EnumMap<>(DType.class);
    private final WorkerPool workerPool = new WorkerPool();

    private Engine(String deviceName) {
        String cpuFlags = cpuFlags();
        avx512 = cpuFlags.contains(" avx512f") && !limitedToAvx2(System.getenv());
        bf16 = avx512 && (cpuFlags.contains(" avx512_bf16") || cpuFlags.contains(" amx_bf16"));
        setNumThreads(Integer.getInteger("mige.threads", Runtime.getRuntime().availableProcessors()));
        // libtorch prints a warning at every small convolution on processors that NNPACK does not know
        torch.globalContext().setUserEnabledNNPACK(false);
        name = deviceName;
        isCpu = deviceName.equals("cpu");
        device = new Device(
                switch (deviceName) {
                    case "cuda" -> "cuda:0";
                    case SIMULATED_GPU -> "cpu";
                    default -> deviceName;
                });
        for (DType dtype : DType.values())
            tensorOptions.put(dtype, new TensorOptions(dtype.scalarType).device(new DeviceOptional(device)));
        if (device.is_cuda()) initializeCuda();
        if (avx512 && isCpu) {
            torch.globalContext().setFloat32MatmulPrecision("medium");
            if (matmulError() > MAX_MATMUL_ERROR) torch.globalContext().setFloat32MatmulPrecision("highest");
        }
        faultyConvolution = isCpu
                && (convolutionError(17, 16, DType.F32) > MAX_MATMUL_ERROR
                        || convolutionError(4, 130, DType.BF16) > MAX_BF16_ERROR);
        warnAboutSpinningThreads();
    }

    /**
     * Selects the device of all tensors, instead of that of the system property {@code mige.device}. Must be called
     * before the first tensor is created.
     *
     * @param name {@code cpu}, {@code cuda} (the first GPU) or {@code cuda:N}
     * @throws UsageException for another name, or when tensors are already on another device
     */
    public static synchronized void setDevice(String name) {
        checkDeviceName(name);
        if (instance != null && !name.equals(deviceName))
            throw new UsageException(
                    "The device cannot become %s: tensors are already on %s; select it before the first model is"
                            + " opened.",
                    name, deviceName);
        deviceName = name;
    }

    private static void checkDeviceName(String name) {
        if (name == null || !DEVICE_NAME.matcher(name).matches())
            throw new UsageException("The device is '%s', expected cpu, cuda or cuda:N.", name);
    }

    /**
     * The engine, loaded at the first call. Every creation of a tensor implies it.
     *
     * @throws DeviceException when the device cannot be used
     */
    public static Engine instance() {
        Engine loaded = instance;
        return loaded != null ? loaded : load();
    }

    private static synchronized Engine load() {
        if (instance == null) {
            checkDeviceName(deviceName);
            try {
                instance = NativeLibraries.load(() -> new Engine(deviceName));
            } catch (RuntimeException | LinkageError e) {
                Optional<DeviceException> known = DeviceErrors.translate(e);
                if (known.isPresent()) throw known.get();
                throw e;
            }
        }
        return instance;
    }

    /**
     * Fails early, with a sentence, when the GPU cannot be used. Float32 products and convolutions are exact, without
     * TF32. cuDNN's attention is off: it compiles a plan for each new length of the text, which takes longer than the
     * other kernels need in all.
     */
    private void initializeCuda() {
        Context context = torch.globalContext();
        if (!Context.hasCUDART()) throw DeviceErrors.withoutCuda();
        context.lazyInitDevice(DeviceType.CUDA);
        context.setAllowTF32CuDNN(false);
        context.setFloat32MatmulPrecision("highest");
        context.setSDPUseCuDNN(false);
        try (var one = torch.ones(new long[] {1}, tensorOptions(DType.F32));
                var two = one.add(one)) {
            if (two.item_double() != 2) throw new DeviceException("The GPU computes wrong results; use --device cpu.");
        }
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
        return bf16 || !isCpu ? DType.BF16 : DType.F32;
    }

    /** The device of all tensors, as {@link #setDevice} takes it. */
    public String deviceName() {
        return name;
    }

    /** Whether tensors are on the CPU rather than on a GPU. */
    public boolean isCpu() {
        return isCpu;
    }

    /** Waits until the device has done all work that was given to it, for time measurements. */
    public void synchronize() {
        if (isCpu) return;
        try (var last = torch.zeros(new long[] {1}, tensorOptions(DType.F32))) {
            last.item_double(); // in the order of the work
        }
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
        boolean pinned = device.is_cuda() && numel * dtype.elementSize() <= MAX_PINNED_BYTES;
        try (var options = new TensorOptions(dtype.scalarType);
                var value = new BoolOptional(pinned)) {
            return options.pinned_memory(value);
        }
    }

    /** A random number generator of the device. */
    GeneratorOptional generator(long seed) {
        try (var defaultGenerator = torch.globalContext().defaultGenerator(device);
                var generator = defaultGenerator.clone()) {
            generator.set_current_seed(seed);
            return new GeneratorOptional(generator);
        }
    }

    /** Whether large float32 products must be divided by {@link #workerPool}, since libtorch computes them serially. */
    public boolean parallelizesMatmul() {
        return !avx512 && isCpu;
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

    /**
     * Whether libtorch's convolutions are wrong on this processor. On a virtual AMD EPYC of family 26 (Zen 5, November
     * 2026), libtorch 2.10 reads uninitialised memory where the number of channels is not a multiple of 16: errors of 3
     * to 25 %, sometimes NaN.
     */
    boolean hasFaultyConvolution() {
        return faultyConvolution;
    }

    /** The relative error of a convolution of 3 x 3 pixels, compared with products in float64. */
    private static double convolutionError(long in, long out, DType dtype) {
        long[] one = {1, 1}, kernel = {3, 3};
        var x = torch.randn(1, in, 16, 16).to(dtype.scalarType);
        var w = torch.randn(out, in, 3, 3).to(dtype.scalarType);
        var actual = torch.conv2d(x, w, new TensorOptional(), one, one, one, 1);
        var expected = w.to(DType.F64.scalarType)
                .reshape(out, -1)
                .matmul(torch.im2col(x.to(DType.F64.scalarType), kernel, one, one, one))
                .reshape(1, out, 16, 16);
        double error = actual.to(DType.F64.scalarType).sub(expected).norm().item_double()
                / expected.norm().item_double();
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    /** libgomp reads its environment when it is loaded, so a running process can only log which variables to set. */
    private void warnAboutSpinningThreads() {
        boolean off = "off".equals(System.getProperty("mige.warnings"));
        if (off || !idleThreadsSpin(System.getenv()) || !isCpu || numThreads() == 1) return;
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

    /**
     * Whether libtorch is told to use no instructions beyond AVX2, for instance to measure as on an older processor.
     */
    static boolean limitedToAvx2(Map<String, String> environment) {
        String limit = environment.get("ATEN_CPU_CAPABILITY");
        return "avx2".equals(limit) || "default".equals(limit);
    }

    private static String cpuFlags() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("flags")).findFirst().orElse("");
        } catch (IOException e) {
            return ""; // not Linux: assume the fewest capabilities
        }
    }
}
