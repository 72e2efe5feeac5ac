package dev.mige4j.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.DeviceException;
import dev.mige4j.common.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceErrorsTest {

    /** Messages of libtorch 2.10, CUDA 13 and the dynamic linker, and a part of the sentence that the user gets. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 79.11 GiB of which"
                        + " 12.94 GiB is free. | 20.00 GiB more were needed, it has 79.11 GiB in all",
                "CUDA error: out of memory | too little memory",
                "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
                        + " 268435456 bytes. Error code 12 (Cannot allocate memory) | The memory is full: 268.4 MB",
                "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory: you tried to allocate"
                        + " 1000 bytes. | The memory is full: 1.0 kB",
                "std::bad_alloc | The memory is full; close other programs",
                "CUDA driver version is insufficient for CUDA runtime version | There is no NVIDIA driver, or it is"
                        + " older",
                "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU | There is no NVIDIA"
                        + " driver",
                "The NVIDIA driver on your system is too old (found version 12040). Please update your GPU driver | it"
                        + " supports CUDA 12.4, but CUDA 13 is needed",
                "No CUDA GPUs are available | CUDA_VISIBLE_DEVICES",
                "CUDA error: invalid device ordinal | nvidia-smi -L",
                "CUDA error: no kernel image is available for execution on the device | compute capabilities",
                "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED | cuDNN 9",
                "/a/libjnitorch.so: libcudart.so.13: cannot open shared object file: No such file or directory |"
                        + " libcudart.so.13 is missing; install the CUDA 13 toolkit and cuDNN 9",
                "/a/libjnitorch.so: libopenblas.so.0: failed to map segment from shared object | libopenblas.so.0"
                        + " cannot be loaded",
                "/a/libjnitorch.so: libgomp.so.1: cannot open shared object file: No such file or directory |"
                        + " libgomp.so.1 is missing; install the package",
                "no jnitorch in java.library.path: /usr/lib | libtorch for this platform is not on the class path",
                "/usr/lib/libcudnn_graph.so.9: undefined symbol: _ZN5cudnn | libcudnn_graph.so.9 does not fit",
            })
    void becomeOneSentence(String message, String expected) {
        String sentence =
                DeviceErrors.explain(message + "\nException raised from malloc (most recent call first):\nframe #0");
        assertNotNull(sentence, message);
        assertTrue(sentence.contains(expected), sentence);
        assertFalse(sentence.contains("\n") || !sentence.endsWith("."), sentence);
    }

    @Test
    void aFullDiskIsOneOnlyWhenLibrariesAreUnpacked() {
        String message = "java.io.IOException: No space left on device";
        assertEquals(
                DeviceErrors.DISK_FULL,
                DeviceErrors.translate(new UnsatisfiedLinkError(message))
                        .orElseThrow()
                        .getMessage());
        assertTrue(DeviceErrors.translate(new RuntimeException(message)).isEmpty());
    }

    @Test
    void areFoundInTheCausesOfAnException() {
        var error = new RuntimeException("step 3", new UnsatisfiedLinkError("No CUDA GPUs are available"));
        assertEquals(
                DeviceErrors.NO_GPU, DeviceErrors.translate(error).orElseThrow().getMessage());
        assertTrue(DeviceErrors.translate(new RuntimeException("mat1 and mat2 shapes cannot be multiplied"))
                .isEmpty());
        assertNull(DeviceErrors.explain("null"));
    }

    @Test
    void theDeviceHasAKnownName() {
        var e = assertThrows(UsageException.class, () -> Engine.setDevice("gpu"));
        assertEquals("The device is 'gpu', expected cpu, cuda or cuda:N.", e.getMessage());
    }

    @Test
    void theDeviceCannotChangeAfterwards() {
        Tensor.zeros(1);
        Engine.setDevice("cpu");
        var e = assertThrows(UsageException.class, () -> Engine.setDevice("cuda:1"));
        assertTrue(
                e.getMessage().startsWith("The device cannot become cuda:1: tensors are already on cpu"),
                e.getMessage());
    }

    @Test
    void aBuildWithoutCudaSaysSo() throws Exception {
        SimulatedGpu.runProcess(WithoutCuda.class);
    }

    static final class WithoutCuda {
        public static void main(String[] arguments) {
            Engine.setDevice("cuda");
            var e = assertThrows(DeviceException.class, () -> Tensor.zeros(1));
            assertEquals(DeviceErrors.CPU_ONLY, e.getMessage());
            System.out.println("passed");
        }
    }
}
