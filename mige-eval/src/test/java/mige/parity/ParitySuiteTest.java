package mige.parity;

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
 * Our parts against the reference's numbers: the goldens of {@code -Dmige.reference=DIR}, else the small set that comes with the sources
 * and, of {@code shared/reference} beside a parent folder, what the small set has not.
 */
class ParitySuiteTest {

    static final Path COMMITTED = Path.of("src/test/resources/reference");

    @TestFactory Stream<DynamicTest> agreesWithTheReference() {
        return cases().stream().filter(c -> !c.slow()).map(ParitySuiteTest::test);
    }

    @Tag("slow") @TestFactory Stream<DynamicTest> agreesWithTheReferenceInItsTrueSize() {
        return cases().stream().filter(Case::slow).map(ParitySuiteTest::test);
    }

    private static List<Case> cases() {
        String given = System.getProperty("mige.reference");
        if (given != null && !given.isBlank()) return Suite.discover(Path.of(given));
        List<Case> cases = new ArrayList<>(Suite.discover(COMMITTED));
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path shared = at.resolve("shared/reference");
            if (!Files.isDirectory(shared)) continue;
            List<String> known = cases.stream().map(Case::name).toList();
            Suite.discover(shared).stream().filter(c -> !known.contains(c.name())).forEach(cases::add);
            break;
        }
        return cases;
    }

    private static DynamicTest test(Case c) {
        return DynamicTest.dynamicTest(c.name(), () -> {
            Outcome outcome = c.run();
            assertTrue(outcome.passed(), outcome.line());
        });
    }
}
