package dev.mige4j.eval;

import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;

/** Images that another program made, in files with the authors' names. */
final class ImageFolderRow implements EvaluationRow {

    private static final List<String> EXTENSIONS = List.of(".jpg", ".png", ".jpeg", ".webp");

    private final String name;
    private final Path folder;
    private final String provenance;
    private final Map<Path, String> hashes = new ConcurrentHashMap<>();

    /** @param provenance what the scores depend on besides the files */
    ImageFolderRow(String name, Path folder, String provenance) {
        this.name = name;
        this.folder = folder;
        this.provenance = provenance;
    }

    /**
     * Checks that the folder is one of this benchmark.
     *
     * @throws UsageException when none of the images is there
     */
    void requireAny(List<? extends BenchmarkSample> samples) {
        if (!Files.isDirectory(folder))
            throw new UsageException("%s is no folder; expected one with the images to evaluate.", folder);
        for (BenchmarkSample sample : samples)
            for (int turn = 0; turn < sample.turnCount(); turn++)
                if (!files(sample, turn).isEmpty()) return;
        if (!samples.isEmpty())
            throw new UsageException(
                    "%s has none of the images of this benchmark; expected files such as %s%s.",
                    folder, samples.get(0).outputName(0), EXTENSIONS.get(0));
    }

    private List<Path> files(BenchmarkSample sample, int turn) {
        return EXTENSIONS.stream()
                .map(extension -> EvaluationRow.resolve(folder, sample.outputName(turn) + extension))
                .filter(Files::isRegularFile)
                .toList();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String provenance() {
        return provenance;
    }

    @Override
    public boolean supports(BenchmarkSuite suite) {
        return true;
    }

    @Override
    public String fileHash(BenchmarkSample sample, int turn) {
        List<Path> files = files(sample, turn);
        return files.size() == 1 ? hashes.computeIfAbsent(files.get(0), ImageFolderRow::hash) : "";
    }

    private static String hash(Path file) {
        try {
            return Sha256.hex(file).substring(0, 16);
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public RowOutput output(BenchmarkSample sample, int index, BenchmarkTurn turn, Optional<Image> previousOutput) {
        List<Path> files = files(sample, index);
        if (files.isEmpty()) return RowOutput.missing("there is no image");
        if (files.size() > 1) return RowOutput.missing("there are both " + files.get(0) + " and " + files.get(1));
        return RowOutput.read(
                Optional.of(files.get(0)), () -> ImageFile.readAsPillow(files.get(0)), OptionalDouble.empty());
    }
}
