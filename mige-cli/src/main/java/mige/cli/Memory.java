package mige.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What a model needs beside what the machine has, in bytes.
 *
 * @param needed    the weights, and room for the working tensors of one request
 * @param available what the system could give to a new process now, with the container's limit
 */
record Memory(long needed, long available) {

    private static final long GIB = 1L << 30;
    /** Below this nobody wants to hear about memory. */
    private static final long BIG = 2 * GIB;

    static Memory of(long weightBytes) {
        long working = Math.min(2 * GIB, GIB / 2 + weightBytes / 8);
        return new Memory(weightBytes + working, free());
    }

    boolean isBig() {
        return needed > BIG;
    }

    boolean fits() {
        return needed <= available;
    }

    String sentence(String model) {
        return String.format(Locale.ROOT, "%s needs about %.1f GiB of memory; %.1f GiB are free.", model, gib(needed), gib(available));
    }

    String refusal(String model) {
        return String.format(Locale.ROOT, "%s needs about %.1f GiB of memory but only %.1f GiB are free; close other programs, "
                + "convert it to a smaller type (mige convert --help), or use --model embedded", model, gib(needed), gib(available));
    }

    private static double gib(long bytes) {
        return (double) bytes / GIB;
    }

    private static long free() {
        long machine = field(Path.of("/proc/meminfo"), "MemAvailable:") * 1024;
        if (machine <= 0) {
            var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            machine = system.getTotalMemorySize();
        }
        long limit = number(Path.of("/sys/fs/cgroup/memory.max"));
        if (limit > 0) {
            long used = Math.max(0, number(Path.of("/sys/fs/cgroup/memory.current")) - field(Path.of("/sys/fs/cgroup/memory.stat"), "inactive_file"));
            machine = Math.min(machine, limit - used);
        }
        return machine;
    }

    private static long field(Path file, String name) {
        try {
            for (String line : Files.readAllLines(file))
                if (line.startsWith(name)) return Long.parseLong(line.substring(name.length()).strip().split("\\s+")[0]);
        } catch (IOException | NumberFormatException e) {
            return 0;                                                 // not this system's way of telling
        }
        return 0;
    }

    private static long number(Path file) {
        try {
            String text = Files.readString(file).strip();
            return text.equals("max") ? 0 : Long.parseLong(text);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }
}
