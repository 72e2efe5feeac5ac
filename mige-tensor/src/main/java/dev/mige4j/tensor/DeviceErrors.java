package dev.mige4j.tensor;

import dev.mige4j.common.ByteSize;
import dev.mige4j.common.DeviceException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;

/** Recognizes the errors of libtorch, CUDA and the loader of native libraries that a user can mend. */
public final class DeviceErrors {

    static final String CPU_ONLY =
            "This build of libtorch has no CUDA; put pytorch with the classifier linux-x86_64-gpu on the class path"
                    + " (MIGE_PROFILES=cuda builds mige with it), or use --device cpu.";
    static final String NO_GPU = "There is no NVIDIA GPU, or CUDA_VISIBLE_DEVICES hides it; use --device cpu.";

    static final String DISK_FULL =
            "The disk is full: libtorch needs 450 MB in ~/.javacpp; free some space, or choose another folder with"
                    + " -Dorg.bytedeco.javacpp.cachedir=FOLDER.";

    private static final Pattern MISSING_LIBRARY = Pattern.compile("(lib[\\w.+-]+\\.so[.\\d]*): cannot open shared"),
            INCOMPATIBLE_LIBRARY =
                    Pattern.compile("(lib[\\w.+-]+\\.so[.\\d]*): (?:undefined symbol|version \\S+ not found)"),
            UNMAPPABLE_LIBRARY =
                    Pattern.compile("(lib[\\w.+-]+\\.so[.\\d]*): failed to map segment from shared object"),
            OUT_OF_MEMORY =
                    Pattern.compile(
                            "CUDA out of memory\\. Tried to allocate ([\\d.]+ \\w+)\\.(?:.*?total capacity of ([\\d.]+"
                                    + " \\w+))?",
                            Pattern.DOTALL),
            HOST_OUT_OF_MEMORY =
                    Pattern.compile("(?:can't allocate memory|not enough memory): you tried to allocate (\\d+) bytes"),
            DRIVER_TOO_OLD = Pattern.compile("driver on your system is too old \\(found version (\\d+)\\)");

    private DeviceErrors() {}

    /** The same error as one sentence with what to do; empty when it has another cause. */
    public static Optional<DeviceException> translate(Throwable error) {
        DeviceException found = null;
        for (Throwable e = error; e != null; e = e.getCause()) { // the innermost one names the library that is missing
            if (e instanceof DeviceException known) return Optional.of(known);
            String message = String.valueOf(e.getMessage());
            String sentence =
                    e instanceof LinkageError && message.contains("No space left") ? DISK_FULL : explain(message);
            if (sentence != null) found = new DeviceException("%s", sentence, error);
        }
        return Optional.ofNullable(found);
    }

    /** Why libtorch has no CUDA: its build, or a library that could not be loaded, which javacpp does not report. */
    static DeviceException withoutCuda() {
        URL library = DeviceErrors.class.getResource(
                "/org/bytedeco/pytorch/" + Loader.getPlatform() + "-gpu/" + System.mapLibraryName("torch_cuda"));
        if (library == null) return new DeviceException(CPU_ONLY);
        try {
            System.load(
                    library.getProtocol().equals("file")
                            ? Path.of(library.toURI()).toString()
                            : Loader.cacheResource(library).getPath());
        } catch (IOException | URISyntaxException | LinkageError e) {
            return translate(e)
                    .orElseGet(
                            () -> new DeviceException("libtorch's CUDA part cannot be loaded: %s", e.getMessage(), e));
        }
        return new DeviceException("Two builds of libtorch are on the class path; remove the one without CUDA.");
    }

    /** The sentence for a message, or null. */
    static String explain(String message) {
        Matcher m = OUT_OF_MEMORY.matcher(message);
        if (m.find())
            return "The GPU has too little memory: " + m.group(1) + " more were needed"
                    + (m.group(2) == null ? "" : ", it has " + m.group(2) + " in all")
                    + "; end other programs that use it, generate fewer images at once, lower trainer.batchSize, or"
                    + " use --device cpu.";
        m = HOST_OUT_OF_MEMORY.matcher(message);
        if (m.find())
            return "The memory is full: " + ByteSize.format(Long.parseLong(m.group(1)))
                    + " more were needed; close other programs, raise the limit of the process (ulimit -v), or generate"
                    + " fewer images at once.";
        if (message.contains("bad_alloc"))
            return "The memory is full; close other programs, raise the limit of the process (ulimit -v), or generate"
                    + " fewer images at once.";
        if (message.contains("out of memory") && message.contains("CUDA"))
            return "The GPU has too little memory; end other programs that use it, lower trainer.batchSize, or use"
                    + " --device cpu.";
        m = DRIVER_TOO_OLD.matcher(message);
        if (m.find())
            return "The NVIDIA driver is too old: it supports CUDA " + cudaVersion(m.group(1))
                    + ", but CUDA 13 is needed; install driver 580 or newer, or use --device cpu.";
        if (message.contains("driver version is insufficient"))
            return "There is no NVIDIA driver, or it is older than CUDA 13 needs; install driver 580 or newer, or use"
                    + " --device cpu.";
        if (message.contains("Found no NVIDIA driver"))
            return "There is no NVIDIA driver; install driver 580 or newer, or use --device cpu.";
        if (message.contains("No CUDA GPUs are available")
                || message.contains("no CUDA-capable device")
                || message.contains("CUDA driver initialization failed")) return NO_GPU;
        if (message.contains("invalid device ordinal"))
            return "There is no GPU with this number; 'nvidia-smi -L' lists them from 0.";
        if (message.contains("no kernel image is available"))
            return "This GPU is too old or too new: libtorch has code for the compute capabilities 7.5, 8.x, 9.0, 10.x"
                    + " and 12.0; use --device cpu.";
        if (message.contains("CUDNN_STATUS_") || message.contains("CUDNN_VERSION") || message.contains("cuDNN version"))
            return "cuDNN failed (" + firstLine(message) + "); libtorch needs cuDNN 9 for CUDA 13 on LD_LIBRARY_PATH.";
        m = MISSING_LIBRARY.matcher(message);
        if (m.find())
            return "The native library " + m.group(1) + " is missing"
                    + (isCudaLibrary(m.group(1))
                            ? "; install the CUDA 13 toolkit and cuDNN 9, or put the folders of NVIDIA's wheels on"
                                    + " LD_LIBRARY_PATH."
                            : "; install the package that contains it.");
        m = UNMAPPABLE_LIBRARY.matcher(message);
        if (m.find())
            return "The native library " + m.group(1)
                    + " cannot be loaded: the process may have too little memory (raise"
                    + " the limit, ulimit -v), or its folder may be on a file system that runs no programs (noexec;"
                    + " choose another folder with -Dorg.bytedeco.javacpp.cachedir=FOLDER).";
        if (message.contains("no jnitorch in java.library.path"))
            return "libtorch for this platform is not on the class path; add org.bytedeco:pytorch, openblas and javacpp"
                    + " with the classifier of this platform, such as linux-x86_64.";
        m = INCOMPATIBLE_LIBRARY.matcher(message);
        if (m.find())
            return "The native library " + m.group(1) + " does not fit the others; on CUDA, libtorch needs CUDA 13 and"
                    + " cuDNN 9, and LD_LIBRARY_PATH must name no other version.";
        return null;
    }

    private static boolean isCudaLibrary(String name) {
        return name.matches("lib(cu|nccl|nvrtc|nvJitLink|nvToolsExt|nvshmem|torch_cuda|c10_cuda).*");
    }

    private static String cudaVersion(String number) {
        int n = Integer.parseInt(number);
        return n / 1000 + "." + n % 1000 / 10;
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("").strip();
    }
}
