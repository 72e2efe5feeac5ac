package dev.mige4j.parity;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Finds and runs the golden files of a folder. Damaged files and files of an unknown kind become failing cases; no file
 * is skipped but the data that golden files read: JSON files in a folder that has the name of a golden file beside it,
 * and in the sub-folders of a folder with an {@code expected.json}.
 */
public final class ParitySuite {

    /** All kinds. The first that matches a golden is used, so specific kinds precede general ones. */
    static final List<GoldenKind> KINDS = Stream.of(
                    VisionCases.KINDS,
                    T5Cases.KINDS,
                    MultimodalCases.KINDS,
                    TextCases.KINDS,
                    EmbeddingInputCases.KINDS,
                    ImageCases.KINDS,
                    DenoiserCases.KINDS,
                    SamplerCases.KINDS,
                    AutoEncoderCases.KINDS,
                    TrainingCases.KINDS,
                    LoraCases.KINDS,
                    ClipCases.KINDS,
                    DinoCases.KINDS,
                    ManifestCases.KINDS,
                    BenchmarkCases.KINDS,
                    MetricCases.KINDS,
                    EndToEndCases.KINDS)
            .flatMap(List::stream)
            .toList();

    private ParitySuite() {}

    /**
     * The cases of all {@code .safetensors} and {@code .json} files in a folder and its sub-folders, ordered by path.
     *
     * @throws UsageException when the folder does not exist, cannot be read, or contains no golden file
     */
    public static List<ParityCase> discover(Path folder) {
        return discover(folder, KINDS);
    }

    static List<ParityCase> discover(Path folder, List<GoldenKind> kinds) {
        if (!Files.isDirectory(folder))
            throw new UsageException("%s is not a folder; expected the folder that holds the golden files.", folder);
        List<Path> files;
        try (Stream<Path> paths = Files.walk(folder)) {
            files = paths.filter(Files::isRegularFile)
                    .filter(Golden::isGoldenFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UsageException("%s could not be read: %s", folder, e.getMessage(), e);
        }
        if (files.isEmpty()) throw new UsageException("%s contains no golden files (.safetensors or .json).", folder);
        List<ParityCase> cases = new ArrayList<>();
        for (Path file : files) cases.addAll(casesFor(folder, file, kinds));
        return cases;
    }

    private static List<ParityCase> casesFor(Path folder, Path file, List<GoldenKind> kinds) {
        String name = folder.relativize(file).toString();
        if (isBelowExpected(folder, file)) return List.of();
        try {
            Golden golden = Golden.open(folder, file);
            Optional<GoldenKind> kind =
                    kinds.stream().filter(k -> k.matches(golden)).findFirst();
            if (kind.isPresent()) return kind.get().cases(golden);
            if (isDataOfGolden(folder, file)) return List.of();
            return List.of(ParityCase.failing(name, "has the unknown kind '" + golden.kind() + "'"));
        } catch (RuntimeException e) {
            return List.of(ParityCase.failing(name, e.getMessage()));
        }
    }

    /** Whether the file is in a sub-folder of a folder, the root folder or below it, that has an expected.json. */
    private static boolean isBelowExpected(Path root, Path file) {
        for (Path sub = root.relativize(file).getParent(); sub != null; sub = sub.getParent())
            if (Files.exists(root.resolve(sub).resolveSibling("expected.json"))) return true;
        return false;
    }

    /** Whether the file is JSON in a sub-folder that has a golden file of its name beside it. */
    private static boolean isDataOfGolden(Path root, Path file) {
        Path sub = root.relativize(file).getParent();
        if (sub == null || !file.toString().endsWith(".json")) return false;
        Path folder = root.resolve(sub);
        return Stream.of(".json", ".safetensors")
                .anyMatch(end -> Files.exists(folder.resolveSibling(folder.getFileName() + end)));
    }

    /** Runs cases in order. The listener receives each result as soon as it is known. */
    public static ParityReport run(List<ParityCase> cases, Consumer<ParityResult> listener) {
        List<ParityResult> results = new ArrayList<>();
        for (ParityCase c : cases) {
            ParityResult result = c.run();
            results.add(result);
            listener.accept(result);
        }
        return new ParityReport(results);
    }
}
