package dev.mige4j.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Compares the memory that a model needs with the memory that is available.
 *
 * @param requiredBytes the weights and the activations of one request
 * @param availableBytes memory available to a new process, within the limit of the container
 */
record MemoryCheck(long requiredBytes, long availableBytes) {

    private static final long GIB = 1L << 30;
    /** Smaller models print no memory notice. */
    private static final long LARGE_MODEL_BYTES = 2 * GIB;

    static MemoryCheck forWeights(long weightBytes) {
        long workingBytes = Math.min(2 * GIB, GIB / 2 + weightBytes / 8);
        return new MemoryCheck(weightBytes + workingBytes, readAvailableBytes());
    }

    boolean isLarge() {
        return requiredBytes > LARGE_MODEL_BYTES;
    }

    boolean fits() {
        return requiredBytes <= availableBytes;
    }

    String requirementMessage(String model) {
        return String.format(
                Locale.ROOT,
                "%s needs about %.1f GiB of memory; %.1f GiB are free.",
                model,
                gib(requiredBytes),
                gib(availableBytes));
    }

    String insufficientMemoryMessage(String model) {
        return String.format(
                Locale.ROOT,
                "%s needs about %.1f GiB of memory but only %.1f GiB are free; close other programs, "
                        + "convert it with a smaller --dtype (mige convert --help), or use --model embedded",
                model,
                gib(requiredBytes),
                gib(availableBytes));
    }

    private static double gib(long bytes) {
        return (double) bytes / GIB;
    }

    private static long readAvailableBytes() {
        long available = readField(Path.of("/proc/meminfo"), "MemAvailable:") * 1024;
        if (available <= 0) {
            var osBean = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            available = osBean.getTotalMemorySize();
        }
        long limit = readNumber(Path.of("/sys/fs/cgroup/memory.max"));
        if (limit > 0) {
            long used = Math.max(
                    0,
                    readNumber(Path.of("/sys/fs/cgroup/memory.current"))
                            - readField(Path.of("/sys/fs/cgroup/memory.stat"), "inactive_file"));
            available = Math.min(available, limit - used);
        }
        return available;
    }

    private static long readField(Path file, String name) {
        try {
            for (String line : Files.readAllLines(file))
                if (line.startsWith(name))
                    return Long.parseLong(line.substring(name.length()).strip().split("\\s+", 2)[0]);
        } catch (IOException | NumberFormatException e) {
            return 0; // no /proc on this system
        }
        return 0;
    }

    private static long readNumber(Path file) {
        try {
            String text = Files.readString(file).strip();
            return text.equals("max") ? 0 : Long.parseLong(text);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }
}
