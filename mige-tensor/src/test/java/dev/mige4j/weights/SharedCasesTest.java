package dev.mige4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.torch.SectionSelector;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The inputs in {@code shared/cases} beside the project or beside the first folder of {@code -Dmige.reference}, if
 * present.
 */
class SharedCasesTest {

    private static final Path CASES = Path.of(System.getProperty("mige.reference", "../../shared/reference")
                    .split(File.pathSeparator)[0])
            .resolveSibling("cases");

    private static final Map<String, String> CONTENT_OF_WRONG_FILES = Map.of(
            "gguf", "a GGUF file",
            "html", "an HTML page (\"Access to model is restricted\")",
            "json-err", "a JSON text (\"Access to model",
            "lfs-pointer", "a Git LFS pointer to the file of 1.2 MB",
            "msgpack", "a msgpack file");

    private static Stream<DynamicTest> each(String kind, ThrowingConsumer test) throws IOException {
        Path folder = CASES.resolve(kind);
        assumeTrue(Files.isDirectory(folder), folder + " is not present");
        List<Path> cases;
        try (Stream<Path> list = Files.list(folder)) {
            cases = list.sorted().toList();
        }
        return cases.stream()
                .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> test.accept(path)));
    }

    private interface ThrowingConsumer {
        void accept(Path path) throws IOException;
    }

    private static List<CheckpointListing> list(Path path) {
        return CheckpointListing.of(path, SectionSelector.FIRST);
    }

    @TestFactory
    Stream<DynamicTest> readsCheckpointsOfTrainers() throws IOException {
        return each("torch", path -> {
            if (path.endsWith("x-exec.pth")) {
                var e = assertThrows(WeightsException.class, () -> list(path));
                assertTrue(e.getMessage().contains("'posix.system', which is not allowed"), e.getMessage());
                return;
            }
            assertFalse(list(path).get(0).tensors().isEmpty());
            WeightFiles.readAll(path);
        });
    }

    @TestFactory
    Stream<DynamicTest> listsNewTypesAndNamesWrongFiles() throws IOException {
        return each("weights", path -> {
            String name = path.getFileName().toString().replace(".safetensors", "");
            String content = CONTENT_OF_WRONG_FILES.get(name);
            if (content == null) {
                assertEquals(1, list(path).get(0).tensors().size());
                assertFalse(list(path).get(0).skipped().isEmpty());
                WeightFiles.readAll(path);
            } else {
                var e = assertThrows(WeightsException.class, () -> list(path));
                assertTrue(e.getMessage().startsWith(path.getFileName() + ": is " + content), e.getMessage());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> findsTheWeightsOfFolders() throws IOException {
        return each("folders", path -> {
            assertFalse(list(path).isEmpty());
            if (path.endsWith("both"))
                assertEquals(
                        "model.safetensors",
                        list(path).get(0).file().getFileName().toString());
            for (Path file : Checkpoint.weightFiles(path)) WeightFiles.readAll(file);
        });
    }
}
