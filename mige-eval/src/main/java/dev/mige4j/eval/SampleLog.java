package dev.mige4j.eval;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.report.ReportSample;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.image.Resampling;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Task;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The samples that the HTML report of a part shows, {@code report-samples.jsonl}, with small images: those of the whole
 * are chosen among them when the parts are joined.
 */
final class SampleLog {

    private static final String FILE = "report-samples.jsonl";
    private static final int MAX_SIDE = 288;
    private static final ImageEncoding ENCODING = new ImageEncoding(ImageFormat.JPEG, 90);

    private SampleLog() {}

    /** @param turn from 0 */
    record Shown(String id, int turn, ReportSample sample) {}

    /** A line of the file. Images are JPEG files, in base64; without a source it is null. */
    private record Line(
            String id,
            int turn,
            String label,
            String suite,
            String kind,
            String split,
            String instruction,
            List<byte[]> images,
            byte[] source,
            byte[] target,
            Map<String, byte[]> outputs) {

        private Line {
            if (id == null || label == null || suite == null || kind == null || split == null || instruction == null)
                throw new IllegalArgumentException("a field is missing");
            if (images == null || outputs == null) throw new IllegalArgumentException("a list of images is missing");
        }

        static Line of(Shown shown) {
            ReportSample sample = shown.sample;
            Map<String, byte[]> outputs = new LinkedHashMap<>();
            sample.outputs().forEach((row, image) -> outputs.put(row, encode(image)));
            return new Line(
                    shown.id,
                    shown.turn,
                    sample.label(),
                    sample.suite().label(),
                    sample.kind(),
                    sample.split(),
                    sample.task().instruction().text(),
                    sample.task().instruction().images().stream()
                            .map(SampleLog::encode)
                            .toList(),
                    sample.task().source().map(SampleLog::encode).orElse(null),
                    sample.target().map(SampleLog::encode).orElse(null),
                    outputs);
        }

        Shown toShown(BenchmarkSuite benchmarkSuite, Map<String, Score> scores) {
            Map<String, Image> shownOutputs = new LinkedHashMap<>();
            outputs.forEach((row, bytes) -> shownOutputs.put(row, decode(bytes)));
            Instruction text = new Instruction(
                    instruction, images.stream().map(SampleLog::decode).toList());
            return new Shown(
                    id,
                    turn,
                    new ReportSample(
                            label,
                            benchmarkSuite,
                            kind,
                            split,
                            Task.of(text, Optional.ofNullable(source).map(SampleLog::decode)),
                            Optional.ofNullable(target).map(SampleLog::decode),
                            shownOutputs,
                            scores));
        }
    }

    private static byte[] encode(Image image) {
        double scale = Math.min(1, (double) MAX_SIDE / Math.max(image.width(), image.height()));
        return Resampling.BICUBIC
                .resize(image, (int) Math.max(1, Math.round(image.width() * scale)), (int)
                        Math.max(1, Math.round(image.height() * scale)))
                .toBytes(ENCODING, Map.of());
    }

    private static Image decode(byte[] bytes) {
        if (bytes == null) throw new UsageException("%s lacks an image", FILE);
        return Image.read(bytes, FILE);
    }

    /** Writes the file. */
    static void write(Path folder, List<Shown> samples) {
        AtomicFile.write(
                folder.resolve(FILE),
                samples.stream()
                        .map(sample -> Json.write(Line.of(sample)) + "\n")
                        .collect(Collectors.joining()));
    }

    /**
     * Reads the file; it may be missing.
     *
     * @param scores the scores of all samples
     * @throws UsageException when it is not as it was written
     */
    static List<Shown> read(Path folder, List<? extends BenchmarkSuite> suites, List<Score> scores) {
        Map<String, BenchmarkSuite> suitesByLabel =
                suites.stream().collect(Collectors.toMap(BenchmarkSuite::label, suite -> suite));
        return JsonLines.read(folder.resolve(FILE), Line.class, "a sample of the report").stream()
                .filter(line -> suitesByLabel.containsKey(line.suite))
                .map(line -> line.toShown(suitesByLabel.get(line.suite), byRow(scores, line.id, line.turn)))
                .toList();
    }

    /** The scores of an output by row. */
    static Map<String, Score> byRow(List<Score> scores, String sample, int turn) {
        Map<String, Score> byRow = new LinkedHashMap<>();
        for (Score score : scores)
            if (score.sample().equals(sample) && score.turn() == turn) byRow.put(score.row(), score);
        return byRow;
    }
}
