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
 * Finds goldens in a folder and runs them. A golden of an unknown kind or a damaged file is a failed case, never left
 * out.
 */
public final class ParitySuite {

    /** The kinds we know; the first that claims a golden has it, so special ones stand before general ones. */
    static final List<GoldenKind> KINDS = Stream.of(
                    EncoderCases.KINDS,
                    MultimodalCases.KINDS,
                    TextCases.KINDS,
                    ImageCases.KINDS,
                    DiffusionCases.KINDS,
                    TrainingCases.KINDS,
                    ManifestCases.KINDS)
            .flatMap(List::stream)
            .toList();

    private ParitySuite() {}

    /** The cases of all {@code .safetensors} and {@code .json} files in a folder and the folders in it, by path. */
    public static List<ParityCase> discover(Path folder) {
        return discover(folder, KINDS);
    }

    static List<ParityCase> discover(Path folder, List<GoldenKind> kinds) {
        if (!Files.isDirectory(folder))
            throw new UsageException("%s is not a folder; expected the folder that holds the golden files.", folder);
        List<Path> files;
        try (Stream<Path> paths = Files.walk(folder)) {
            files = paths.filter(Files::isRegularFile)
                    .filter(f -> Golden.isGoldenFile(f))
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
        try {
            Golden golden = Golden.open(folder, file);
            Optional<GoldenKind> kind =
                    kinds.stream().filter(k -> k.matches(golden)).findFirst();
            if (kind.isPresent()) return kind.get().cases(golden);
            return List.of(ParityCase.failing(name, "is of the unknown kind '" + golden.kind() + "'"));
        } catch (RuntimeException e) {
            return List.of(ParityCase.failing(name, e.getMessage()));
        }
    }

    /** Runs cases one after another and tells each outcome as it comes. */
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
