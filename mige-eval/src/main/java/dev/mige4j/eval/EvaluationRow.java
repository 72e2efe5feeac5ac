package dev.mige4j.eval;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.image.Image;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** A row of the tables, with where its outputs come from. */
interface EvaluationRow {

    String name();

    /** What the outputs depend on, as far as it is the same for all of them. */
    String provenance();

    boolean supports(BenchmarkSuite suite);

    /** The file of an output, as {@link dev.mige4j.eval.benchmark.Score#output}; empty when there is none. */
    String fileHash(BenchmarkSample sample, int turn);

    /**
     * Decodes or computes an output.
     *
     * @param previousOutput this row's output of the turn before
     */
    RowOutput output(BenchmarkSample sample, int index, BenchmarkTurn turn, Optional<Image> previousOutput);

    /** A baseline, whose outputs are computed when they are scored. */
    record OfBaseline(ModelUnderTest baseline, String provenance) implements EvaluationRow {

        @Override
        public String name() {
            return baseline.name();
        }

        @Override
        public boolean supports(BenchmarkSuite suite) {
            return baseline.supports(suite);
        }

        @Override
        public String fileHash(BenchmarkSample sample, int turn) {
            return "";
        }

        @Override
        public RowOutput output(BenchmarkSample sample, int index, BenchmarkTurn turn, Optional<Image> previousOutput) {
            return RowOutput.read(
                    Optional.empty(),
                    () -> baseline.generate(turn.task(previousOutput), turn.target(), sample.seed()),
                    OptionalDouble.empty());
        }
    }

    /**
     * Outputs of a model that the data of the benchmark have.
     *
     * @param images by the id of the sample
     */
    record OfData(String name, Map<String, ImageSource> images, String provenance) implements EvaluationRow {

        @Override
        public boolean supports(BenchmarkSuite suite) {
            return true;
        }

        @Override
        public String fileHash(BenchmarkSample sample, int turn) {
            return "";
        }

        @Override
        public RowOutput output(BenchmarkSample sample, int index, BenchmarkTurn turn, Optional<Image> previousOutput) {
            ImageSource image = images.get(sample.id());
            if (image == null) return RowOutput.missing("the data have no output of this model");
            return RowOutput.read(Optional.empty(), image::read, OptionalDouble.empty());
        }
    }

    /**
     * A file in a folder, by the name that a benchmark gives it.
     *
     * @throws UsageException when it is not inside of the folder
     */
    static Path resolve(Path folder, String name) {
        Path root = folder.toAbsolutePath().normalize(),
                file = root.resolve(name).normalize();
        if (!file.startsWith(root) || file.equals(root))
            throw new UsageException("The benchmark names an output %s, which is not inside of %s.", name, folder);
        return file;
    }
}
