package dev.mige4j.eval;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * The outputs of a model, in files with the authors' names.
 *
 * <p>{@code outputs.jsonl} in the folder says how each file was made; its line is written before the file. A file that
 * no line describes is not ours, and never replaced.
 */
final class GeneratedRow implements EvaluationRow {

    /**
     * A line of {@code outputs.jsonl}.
     *
     * @param file path in the folder, with {@code /}
     * @param sha256 of the file
     * @param seconds time of the request; null when it was not measured
     */
    private record Entry(
            String file,
            String provenance,
            String sha256,
            @JsonInclude(JsonInclude.Include.NON_NULL) Double seconds) {
        private Entry {
            if (file == null || provenance == null || sha256 == null || sha256.length() != 64)
                throw new IllegalArgumentException("file, provenance or sha256 is missing");
        }
    }

    private final ModelUnderTest model;
    private final Path folder, log;
    private final ImageEncoding encoding;
    private final long seed;
    private final String provenance;
    private final Map<String, List<Entry>> entries = new HashMap<>();
    private final Map<String, Optional<Entry>> checked = new HashMap<>();
    private final Map<String, String> failures = new ConcurrentHashMap<>();

    /**
     * Reads the log of the folder; it may be missing.
     *
     * @param provenance everything that the files depend on
     * @throws UsageException when the log cannot be read
     */
    GeneratedRow(ModelUnderTest model, Path folder, ImageEncoding encoding, long seed, String provenance) {
        this.model = model;
        this.folder = folder;
        this.encoding = encoding;
        this.seed = seed;
        this.provenance = provenance;
        log = folder.resolve("outputs.jsonl");
        for (Entry entry : JsonLines.read(log, Entry.class, "the record of an output"))
            entries.computeIfAbsent(entry.file, file -> new ArrayList<>()).add(entry);
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public String provenance() {
        return provenance;
    }

    @Override
    public boolean supports(BenchmarkSuite suite) {
        return model.supports(suite);
    }

    @Override
    public String fileHash(BenchmarkSample sample, int turn) {
        return find(fileName(sample, turn))
                .map(entry -> entry.sha256.substring(0, 16))
                .orElse("");
    }

    @Override
    public RowOutput output(BenchmarkSample sample, int index, BenchmarkTurn turn, Optional<Image> previousOutput) {
        String file = fileName(sample, index);
        Path path = EvaluationRow.resolve(folder, file);
        return find(file)
                .map(entry -> RowOutput.read(
                        Optional.of(path),
                        () -> ImageFile.readAsPillow(path),
                        entry.seconds == null ? OptionalDouble.empty() : OptionalDouble.of(entry.seconds)))
                .orElseGet(() -> RowOutput.missing(failures.getOrDefault(file, "no output was generated")));
    }

    private String fileName(BenchmarkSample sample, int turn) {
        return sample.outputName(turn) + encoding.extension();
    }

    /** The record of a complete file of this provenance; a file is read once. */
    private synchronized Optional<Entry> find(String file) {
        return checked.computeIfAbsent(file, f -> {
            List<Entry> ofFile = entries.getOrDefault(f, List.of());
            if (ofFile.isEmpty()) return Optional.empty();
            Entry last = ofFile.get(ofFile.size() - 1);
            if (!last.provenance.equals(provenance)) return Optional.empty();
            Path path = EvaluationRow.resolve(folder, f);
            return Files.isRegularFile(path) && hash(path).equals(last.sha256) ? Optional.of(last) : Optional.empty();
        });
    }

    private static String hash(Path file) {
        try {
            return Sha256.hex(file);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }

    /** Whether an output of the sample is not there yet. */
    boolean needs(BenchmarkSample sample) {
        if (!model.supports(sample.suite())) return false;
        for (int turn = 0; turn < sample.turnCount(); turn++)
            if (fileHash(sample, turn).isEmpty()) return true;
        return false;
    }

    /**
     * Generates the outputs of a sample that are not there yet. A request that fails ends the sample, and its reason is
     * that of the missing outputs.
     *
     * @param timed whether the times of the requests count
     * @return false when {@code cancelled}
     */
    boolean generate(BenchmarkSample sample, boolean timed, BooleanSupplier cancelled) {
        Optional<Image> previous = Optional.empty();
        for (int index = 0; index < sample.turnCount(); index++) {
            BenchmarkTurn turn = sample.turn(index);
            if (fileHash(sample, index).isEmpty()) {
                try {
                    generate(sample, index, turn, previous, timed, cancelled);
                } catch (CancelledException e) {
                    return false;
                } catch (OutputException e) {
                    fail(sample, index, e.getMessage());
                    return true;
                }
            }
            if (index + 1 == sample.turnCount()) return true;
            RowOutput output = output(sample, index, turn, previous);
            previous = output.image();
            if (previous.isEmpty()) {
                fail(sample, index + 1, output.reason());
                return true;
            }
        }
        return true;
    }

    private void fail(BenchmarkSample sample, int firstTurn, String reason) {
        for (int turn = firstTurn; turn < sample.turnCount(); turn++) failures.put(fileName(sample, turn), reason);
    }

    /** A request of a sample cannot be made or fails; the evaluation goes on. */
    private static final class OutputException extends Exception {
        private static final long serialVersionUID = 1;

        OutputException(UsageException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private void generate(
            BenchmarkSample sample,
            int index,
            BenchmarkTurn turn,
            Optional<Image> previous,
            boolean timed,
            BooleanSupplier cancelled)
            throws OutputException {
        String file = fileName(sample, index);
        Path path = EvaluationRow.resolve(folder, file);
        requireOurs(file, path);
        Image image;
        long start;
        try {
            var task = model.isTextOnly() ? turn.textOnlyTask(previous) : turn.task(previous);
            start = System.nanoTime();
            image = model.generate(task, target(turn), seed + sample.seed(), cancelled);
        } catch (UsageException e) {
            throw new OutputException(e);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        byte[] bytes = image.toBytes(encoding, Map.of());
        put(path, bytes, new Entry(file, provenance, Sha256.hex(bytes), timed ? seconds : null));
    }

    /** A model does not need it: whether it can be read decides nothing here. */
    private static Optional<Image> target(BenchmarkTurn turn) {
        try {
            return turn.target();
        } catch (UsageException e) {
            return Optional.empty();
        }
    }

    private synchronized void put(Path path, byte[] bytes, Entry entry) {
        JsonLines.append(log, List.of(entry));
        AtomicFile.write(path, bytes);
        entries.computeIfAbsent(entry.file, f -> new ArrayList<>()).add(entry);
        checked.put(entry.file, Optional.of(entry));
    }

    private void requireOurs(String file, Path path) {
        if (!Files.exists(path)) return;
        String hash = hash(path);
        if (entries.getOrDefault(file, List.of()).stream().noneMatch(entry -> entry.sha256.equals(hash)))
            throw new UsageException(
                    "%s was not written by this evaluation, or was changed since; move it away, or choose another"
                            + " output folder.",
                    path);
    }
}
