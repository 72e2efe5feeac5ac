package dev.mige4j.parity;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Every component against the bundled goldens and those in the folders that {@code -Dmige.reference} names, separated
 * as the entries of a class path.
 */
class ReferenceParityTest {

    static final Path COMMITTED_GOLDENS = Path.of("src/main/resources/dev/mige4j/parity/goldens");

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
        List<ParityCase> cases = new ArrayList<>(ParitySuite.discover(COMMITTED_GOLDENS));
        for (String folder : System.getProperty("mige.reference", "").split(File.pathSeparator))
            if (!folder.isBlank()) cases.addAll(ParitySuite.discover(Path.of(folder)));
        return cases;
    }

    private static DynamicTest toDynamicTest(ParityCase c) {
        return DynamicTest.dynamicTest(c.name(), () -> {
            ParityResult result = c.run();
            assertTrue(result.passed(), result.summaryLine());
        });
    }
}
