package dev.mige4j.common;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What this process may still use. Pages of files, which the system gives up when memory is short, count as available.
 *
 * @param bytes of memory
 * @param source what limits them, for messages
 * @param addressSpaceBytes that can still be mapped ({@code ulimit -v}); {@link Long#MAX_VALUE} without a limit
 */
public record AvailableMemory(long bytes, String source, long addressSpaceBytes) {

    /** Limits from here on mean none; version 1 of control groups has 2^63 rounded to a page. */
    private static final long UNLIMITED = Long.MAX_VALUE >> 1;

    /** Reads {@code /proc} and the control groups of this process; without them, the size of the machine. */
    public static AvailableMemory read() {
        return read(Path.of("/"));
    }

    /** The same below another root, for tests. */
    public static AvailableMemory read(Path root) {
        Path proc = root.resolve("proc");
        long bytes = 1024 * field(proc.resolve("meminfo"), "MemAvailable:", 0);
        String source = "on this machine";
        if (bytes == 0) {
            var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            bytes = system.getTotalMemorySize();
        }
        for (String line : lines(proc.resolve("self/cgroup"))) {
            String[] parts = line.split(":", 3); // id, controllers, path
            if (parts.length < 3) continue;
            long left = parts[1].isEmpty()
                    ? leftInGroups(root.resolve("sys/fs/cgroup"), parts[2], "memory.max", "memory.current", "")
                    : List.of(parts[1].split(",")).contains("memory")
                            ? leftInGroups(
                                    root.resolve("sys/fs/cgroup/memory"),
                                    parts[2],
                                    "memory.limit_in_bytes",
                                    "memory.usage_in_bytes",
                                    "total_")
                            : UNLIMITED;
            if (left >= bytes) continue;
            bytes = left;
            source = "within the memory limit of the container (cgroup)";
        }
        long limit = field(proc.resolve("self/limits"), "Max address space", UNLIMITED);
        long used = 1024 * field(proc.resolve("self/status"), "VmSize:", 0);
        return new AvailableMemory(bytes, source, limit >= UNLIMITED ? Long.MAX_VALUE : Math.max(0, limit - used));
    }

    /**
     * The least that a control group and those around it leave. In a container the path may start outside of what is
     * mounted; the mounted root is then the container's own group.
     */
    private static long leftInGroups(Path mount, String path, String limitFile, String usageFile, String statPrefix) {
        long least = UNLIMITED;
        Path relative = Path.of("/").relativize(Path.of(path).normalize());
        for (Path group = mount.resolve(relative); group.startsWith(mount); group = group.getParent()) {
            long limit = field(group.resolve(limitFile), "", UNLIMITED);
            if (limit >= UNLIMITED) continue;
            Path stat = group.resolve("memory.stat");
            long files = field(stat, statPrefix + "inactive_file", 0) + field(stat, statPrefix + "active_file", 0);
            long used = Math.max(0, field(group.resolve(usageFile), "", 0) - files);
            least = Math.min(least, Math.max(0, limit - used));
        }
        return least;
    }

    /** The number after {@code name} at the start of a line; the default for a word, or when there is none. */
    private static long field(Path file, String name, long defaultValue) {
        for (String line : lines(file)) {
            if (!line.startsWith(name)) continue;
            String value = line.substring(name.length()).strip().split("\\s+", 2)[0];
            return value.matches("\\d{1,18}")
                    ? Long.parseLong(value)
                    : value.matches("\\d+") ? UNLIMITED : defaultValue;
        }
        return defaultValue;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            return List.of(); // no such information on this system
        }
    }
}
