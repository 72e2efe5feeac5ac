package dev.mige4j.parity;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Every component against the bundled goldens and, where {@code -Dmige.reference} names a folder, those in it. */
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
        String configured = System.getProperty("mige.reference", "");
        if (!configured.isBlank()) cases.addAll(ParitySuite.discover(Path.of(configured)));
        return cases;
    }

    private static DynamicTest toDynamicTest(ParityCase c) {
        return DynamicTest.dynamicTest(c.name(), () -> {
            ParityResult result = c.run();
            assertTrue(result.passed(), result.summaryLine());
        });
    }
}
