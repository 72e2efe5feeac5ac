package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Part;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationJoinTest {

    @TempDir
    Path folder;

    final FakeBenchmark benchmark = FakeBenchmark.of(7);

    @Test
    void reportsTheSameAsAnUndividedEvaluation() throws Exception {
        EvaluationResult whole = evaluate("whole", Part.ALL, "weights 1");
        evaluate("a", new Part(1, 3), "weights 1");
        evaluate("b", new Part(2, 3), "weights 1");
        evaluate("c", new Part(3, 3), "weights 1");
        EvaluationResult joined = join("b", "c", "a");
        for (String row : List.of("model", "copy-source"))
            assertEquals(
                    whole.summary().groups().get(0).estimate(row, Metric.L1),
                    joined.summary().groups().get(0).estimate(row, Metric.L1));
        assertEquals(
                withoutTimes(folder.resolve("whole/scores.jsonl")),
                withoutTimes(folder.resolve("joined/scores.jsonl")));
        String html = Files.readString(joined.htmlFile());
        assertTrue(html.contains("make it 0") && html.contains("make it 1"), "the first samples of the whole");
        assertTrue(!html.contains("make it 2"), "and no others");
        assertTrue(joined.table().contains("parts: 3"), joined.table());
        assertTrue(!joined.table().contains("part: "), joined.table());
    }

    @Test
    void neverReplacesTheScoresOfAnotherEvaluation() throws Exception {
        evaluate("joined", Part.ALL, "weights 2");
        Path scores = folder.resolve("joined/scores.jsonl");
        byte[] before = Files.readAllBytes(scores);
        evaluate("a", new Part(1, 1), "weights 1");
        UsageException e = assertThrows(UsageException.class, () -> join("a"));
        assertTrue(e.getMessage().contains("has an evaluation with scores of its own"), e.getMessage());
        assertArrayEquals(before, Files.readAllBytes(scores));
    }

    @Test
    void keepsTheSamplesOfAnItemTogether() {
        benchmark.samples.add(1, benchmark.new Sample("0b", "0", 1));
        assertEquals(
                List.of("0", "0b", "2", "4", "6"),
                EvaluationRunner.samplesOf(new Part(1, 2), benchmark.samples()).stream()
                        .map(BenchmarkSample::id)
                        .toList());
    }

    @Test
    void namesAPartThatIsMissing() {
        evaluate("a", new Part(1, 3), "weights 1");
        assertEquals(
                "Parts 2/3, 3/3 are missing; expected the folders of all parts.",
                assertThrows(UsageException.class, () -> join("a")).getMessage());
    }

    @Test
    void namesAPartThatIsThereTwice() {
        evaluate("a", new Part(1, 2), "weights 1");
        evaluate("b", new Part(1, 2), "weights 1");
        assertEquals(
                "%s and %s are both part 1/2; expected each part once."
                        .formatted(folder.resolve("a"), folder.resolve("b")),
                assertThrows(UsageException.class, () -> join("a", "b")).getMessage());
    }

    @Test
    void rejectsPartsOfDifferentWeights() {
        evaluate("a", new Part(1, 2), "weights 1");
        evaluate("b", new Part(2, 2), "weights 2");
        String message =
                assertThrows(UsageException.class, () -> join("a", "b")).getMessage();
        assertTrue(message.contains("they differ in the models, settings or metrics, "), message);
        assertTrue(message.contains("weights 1") && message.contains("weights 2"), message);
    }

    @Test
    void rejectsPartsOfDifferentSelections() {
        evaluate("a", new Part(1, 2), "weights 1");
        benchmark.samples.remove(6);
        evaluate("b", new Part(2, 2), "weights 1");
        String message =
                assertThrows(UsageException.class, () -> join("a", "b")).getMessage();
        assertTrue(message.endsWith("they differ in the number of samples, 7 and 6."), message);
    }

    @Test
    void rejectsAPartThatWasStopped() {
        evaluate("a", new Part(1, 2), "weights 1");
        Evaluation.run(benchmark, plan("b", new Part(2, 2), "weights 1"), (item, done, total) -> done < 1);
        String message =
                assertThrows(UsageException.class, () -> join("a", "b")).getMessage();
        assertEquals(
                folder.resolve("b") + " is not complete: samples 1, 3, 5 of 'model' have no score; run mige eval again"
                        + " for part 2/2.",
                message);
    }

    @Test
    void rejectsAFolderThatIsNoEvaluation() throws Exception {
        Files.createDirectories(folder.resolve("a"));
        assertEquals(
                folder.resolve("a") + " has no evaluation.json; expected an output folder of mige eval.",
                assertThrows(UsageException.class, () -> join("a")).getMessage());
        Files.writeString(folder.resolve("a/evaluation.json"), "{\"part\":\"2/1\"}");
        assertTrue(assertThrows(UsageException.class, () -> join("a"))
                .getMessage()
                .startsWith(folder.resolve("a/evaluation.json") + ": "));
    }

    @Test
    void rejectsFilesThatLackFields() throws Exception {
        evaluate("a", new Part(1, 1), "weights 1");
        Path manifest = folder.resolve("a/evaluation.json"), scores = folder.resolve("a/scores.jsonl");
        String written = Files.readString(manifest);
        for (String field : List.of("name", "label", "provenance")) {
            Files.writeString(
                    manifest, written.replaceFirst("\"" + field + "\" : \"[^\"]*\"", "\"" + field + "\" : null"));
            String message = assertThrows(UsageException.class, () -> join("a")).getMessage();
            assertTrue(message.startsWith(manifest + ": ") && message.contains("a field is missing"), message);
        }
        Files.writeString(manifest, written);
        Files.writeString(scores, Files.readString(scores).replaceFirst("\"l1\":[^,}]*", "\"l1\":null"));
        assertEquals(
                scores + ": line 1 is not a score: a field is missing. Choose another output folder, or delete the file"
                        + " to start over.",
                assertThrows(UsageException.class, () -> join("a")).getMessage());
    }

    @Test
    void rejectsAnotherPartInTheSameFolder() {
        evaluate("a", new Part(1, 2), "weights 1");
        assertEquals(
                folder.resolve("a") + " has the evaluation of part 1/2 of FakeBench; choose another output folder for"
                        + " part 2/2 of FakeBench.",
                assertThrows(UsageException.class, () -> evaluate("a", new Part(2, 2), "weights 1"))
                        .getMessage());
    }

    @Test
    void saysWhatAPartIs() {
        assertEquals(new Part(2, 5), Part.parse("2/5"));
        assertEquals(
                "There is no part 6 of 5; the parts are 1/5 to 5/5.",
                assertThrows(UsageException.class, () -> Part.parse("6/5")).getMessage());
        assertEquals(
                "'2' is no part; expected one such as 2/5, the second of five.",
                assertThrows(UsageException.class, () -> Part.parse("2")).getMessage());
    }

    private static String withoutTimes(Path log) throws IOException {
        return Files.readString(log).replaceAll(",\"seconds\":[^},]*", "");
    }

    private EvaluationResult evaluate(String name, Part part, String weights) {
        return Evaluation.run(benchmark, plan(name, part, weights), ProgressListener.NONE);
    }

    private EvaluationPlan plan(String name, Part part, String weights) {
        return new EvaluationPlan(
                List.of(new ColourModel(weights)),
                Map.of(),
                MetricModels.NONE,
                0,
                ImageEncoding.PNG,
                part,
                folder.resolve(name),
                2);
    }

    private EvaluationResult join(String... names) {
        return EvaluationJoin.run(List.of(names).stream().map(folder::resolve).toList(), folder.resolve("joined"));
    }

    /** Makes images of a colour that depends on the seed. */
    private record ColourModel(String provenance) implements ModelUnderTest {

        @Override
        public String name() {
            return "model";
        }

        @Override
        public Image generate(Task task, Optional<Image> target, long seed) {
            return Image.filled(24, 16, (int) (seed * 0x123457) & 0xffffff);
        }
    }
}
