package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.AvailableMemory;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryCheckTest {

    private static final long GB = 1_000_000_000, NO_LIMIT = Long.MAX_VALUE;

    @TempDir
    Path root;

    private void write(String file, String content) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content + "\n");
    }

    private static MemoryCheck published(long availableBytes, long addressSpaceBytes) {
        return MemoryCheck.of(
                ModelConfig.PUBLISHED,
                13 * GB,
                9 * GB,
                new AvailableMemory(availableBytes, "on this machine", addressSpaceBytes));
    }

    @Test
    void weightsThatDoNotFitAreAWarningAndOnlyTheLeastThatMustFitIsRequired() {
        assertEquals(
                "xl needs 15.0 GB of memory; 16.0 GB are available on this machine.",
                published(16 * GB, NO_LIMIT).check("xl", false));
        assertEquals(
                "xl has 13.0 GB of weights and needs 2.0 GB beside them; 8.0 GB are available on this machine,"
                        + " so weights may be read from disk again, which is slower."
                        + " 'mige convert --quantize t5-int8' makes the model smaller.",
                published(8 * GB, NO_LIMIT).check("xl", false));
        assertEquals(
                "xl needs at least 2.4 GB of memory, but only 2.0 GB are available on this machine; close other"
                        + " programs, use --model embedded, or try it with --skip-memory-check",
                assertThrows(UsageException.class, () -> published(2 * GB, NO_LIMIT)
                                .check("xl", false))
                        .getMessage());
        assertTrue(published(2 * GB, NO_LIMIT).check("xl", true).startsWith("xl has 13.0 GB of weights"));
    }

    @Test
    void smallModelsAreNotChecked() {
        AvailableMemory nothing = new AvailableMemory(0, "", 0);
        assertEquals("", MemoryCheck.of(ModelConfig.TINY, GB, GB, nothing).check("small", false));
    }

    @Test
    void aLimitOfTheAddressSpaceIsAnErrorBeforeTheWorkEvenByForce() throws IOException {
        write("proc/meminfo", "MemAvailable:   20000000 kB");
        write("proc/self/limits", "Max address space         14000000000          unlimited            bytes     ");
        write("proc/self/status", "VmSize:  4000000 kB");
        AvailableMemory available = AvailableMemory.read(root);
        assertEquals(14 * GB - 4_096_000_000L, available.addressSpaceBytes());
        assertEquals(
                "xl needs 15.0 GB of address space, but the limit (ulimit -v) leaves 9.9 GB; raise it: ulimit -v"
                        + " unlimited",
                assertThrows(UsageException.class, () -> published(20 * GB, available.addressSpaceBytes())
                                .check("xl", true))
                        .getMessage());
    }

    @Test
    void memoryOfTheMachineIsAvailableWithoutLimits() throws IOException {
        write("proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:   10000000 kB");
        write("proc/self/cgroup", "4:memory:/user\n0::/user");
        write("proc/self/limits", "Max address space         unlimited            unlimited            bytes     ");
        write("sys/fs/cgroup/memory/user/memory.limit_in_bytes", "9223372036854771712");
        write("sys/fs/cgroup/user/memory.max", "max");
        assertEquals(new AvailableMemory(10_240_000_000L, "on this machine", NO_LIMIT), AvailableMemory.read(root));
    }

    @Test
    void theTightestControlGroupAroundTheProcessCountsInVersion2() throws IOException {
        write("proc/meminfo", "MemAvailable:   20000000 kB");
        write("proc/self/cgroup", "0::/pod/container/job");
        write("sys/fs/cgroup/pod/memory.max", "9000000000");
        write("sys/fs/cgroup/pod/memory.current", "5000000000");
        write("sys/fs/cgroup/pod/memory.stat", "anon 1\ninactive_file 3000000000\nactive_file 1000000000");
        write("sys/fs/cgroup/pod/container/memory.max", "max");
        write("sys/fs/cgroup/pod/container/job/memory.max", "12000000000");
        AvailableMemory available = AvailableMemory.read(root);
        assertEquals(8 * GB, available.bytes());
        assertEquals("within the memory limit of the container (cgroup)", available.source());
    }

    @Test
    void controlGroupsOfVersion1CountAlsoWhenOnlyTheContainersOwnIsMounted() throws IOException {
        write("proc/meminfo", "MemAvailable:   20000000 kB");
        write("proc/self/cgroup", "5:cpu:/docker/1\n4:cpuset,memory:/docker/1\n0::/");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "4000000000");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1500000000");
        write(
                "sys/fs/cgroup/memory/memory.stat",
                "inactive_file 7\ntotal_inactive_file 200000000\ntotal_active_file 300000000");
        assertEquals(3 * GB, AvailableMemory.read(root).bytes());
    }

    @Test
    void thisMachineHasMemory() {
        AvailableMemory available = AvailableMemory.read();
        assertTrue(available.bytes() > 50_000_000 && available.addressSpaceBytes() > 0, available.toString());
    }
}
