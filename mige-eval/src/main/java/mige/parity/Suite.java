package mige.parity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import mige.tensor.UsageException;

/** Finds goldens in a folder and runs them. A golden of an unknown kind or a damaged file is a failed case, never left out. */
public final class Suite {

    /** The kinds we know; the first that claims a golden has it, so special ones stand before general ones. */
    static final List<Kind> KINDS = Stream.of(
            EncoderCases.KINDS,
            MultimodalCases.KINDS,
            TextCases.KINDS,
            PictureCases.KINDS,
            DiffusionCases.KINDS,
            TrainingCases.KINDS,
            ManifestCases.KINDS
    ).flatMap(List::stream).toList();

    private Suite() {}

    /** The cases of all {@code .safetensors} and {@code .json} files in a folder and the folders in it, by path. */
    public static List<Case> discover(Path folder) {
        return discover(folder, KINDS);
    }

    static List<Case> discover(Path folder, List<Kind> kinds) {
        if (!Files.isDirectory(folder)) throw new UsageException("%s is no folder; name the folder that holds the goldens.", folder);
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile).filter(f -> Golden.looksLike(f)).sorted().toList();
        } catch (IOException e) {
            throw new UsageException("%s could not be read (%s).", folder, e.getMessage());
        }
        if (files.isEmpty()) throw new UsageException("%s holds no golden, expected .safetensors and .json files.", folder);
        List<Case> cases = new ArrayList<>();
        for (Path file : files) cases.addAll(casesOf(folder, file, kinds));
        return cases;
    }

    private static List<Case> casesOf(Path folder, Path file, List<Kind> kinds) {
        String name = folder.relativize(file).toString();
        try {
            Golden golden = Golden.open(folder, file);
            Optional<Kind> kind = kinds.stream().filter(k -> k.claims(golden)).findFirst();
            if (kind.isPresent()) return kind.get().cases(golden);
            return List.of(Case.broken(name, "is of the unknown kind '" + golden.kind() + "'"));
        } catch (RuntimeException e) {
            return List.of(Case.broken(name, e.getMessage()));
        }
    }

    /** Runs cases one after another and tells each outcome as it comes. */
    public static Report run(List<Case> cases, Consumer<Outcome> tell) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Case c : cases) {
            Outcome outcome = c.run();
            outcomes.add(outcome);
            tell.accept(outcome);
        }
        return new Report(outcomes);
    }
}
