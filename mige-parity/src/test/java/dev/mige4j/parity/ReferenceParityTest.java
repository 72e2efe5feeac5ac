package dev.mige4j.parity;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Our parts against the reference's numbers: the goldens of {@code -Dmige.reference=DIR}, else the small set that comes
 * with the sources and, of {@code shared/reference} beside a parent folder, what the small set has not.
 */
class ReferenceParityTest {

    static final Path COMMITTED_GOLDENS = Path.of("src/test/resources/reference");

    @TestFactory
    Stream<DynamicTest> matchesTheReference() {
        return cases().stream().filter(c -> !c.slow()).map(ReferenceParityTest::toDynamicTest);
    }

    @Tag("slow")
    @TestFactory
    Stream<DynamicTest> matchesTheReferenceAtFullSize() {
        return cases().stream().filter(ParityCase::slow).map(ReferenceParityTest::toDynamicTest);
    }

    private static List<ParityCase> cases() {
        String configuredFolder = System.getProperty("mige.reference");
        if (configuredFolder != null && !configuredFolder.isBlank())
            return ParitySuite.discover(Path.of(configuredFolder));
        List<ParityCase> cases = new ArrayList<>(ParitySuite.discover(COMMITTED_GOLDENS));
        for (Path directory = Path.of("").toAbsolutePath(); directory != null; directory = directory.getParent()) {
            Path shared = directory.resolve("shared/reference");
            if (!Files.isDirectory(shared)) continue;
            List<String> known = cases.stream().map(ParityCase::name).toList();
            ParitySuite.discover(shared).stream()
                    .filter(c -> !known.contains(c.name()))
                    .forEach(cases::add);
            break;
        }
        return cases;
    }

    private static DynamicTest toDynamicTest(ParityCase c) {
        return DynamicTest.dynamicTest(c.name(), () -> {
            ParityResult result = c.run();
            assertTrue(result.passed(), result.summaryLine());
        });
    }
}
