package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.Part;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.MigeBench;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.metric.EmbeddingMetrics;
import dev.mige4j.eval.metric.EntityFiles;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.task.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedEvaluationTest {

    static final ImageEncoding JPEG = new ImageEncoding(ImageFormat.JPEG, 75);

    @TempDir
    Path folder;

    final FakeBenchmark benchmark = FakeBenchmark.of(5);
    final CountingEmbedder clip = new CountingEmbedder(), dino = new CountingEmbedder();
    int requests;

    @Test
    void computesEveryDeclaredComparison() {
        Map<Metric, MetricValue> metrics =
                score("0", run(folder, model("weights 1"))).metrics();
        Image output = Image.filled(24, 16, 0x808080), target = benchmark.images.get("0_target.jpg");
        assertEquals(128 / 255.0, metrics.get(Metric.L1).number(), 1e-9);
        assertEquals(cosine(output, target), metrics.get(Metric.CLIP_I).number(), 1e-6);
        assertEquals(
                (cosine(output, target) + cosine(output, benchmark.images.get("subject.jpg"))) / 2,
                metrics.get(Metric.DINO).number(),
                1e-6,
                "the mean over several images");
        assertTrue(metrics.get(Metric.CLIP_T).isPresent()
                && metrics.get(Metric.CLIP_DIRECTION).isPresent());
        assertEquals(
                MetricValue.missing("the captions are equal"),
                score("1", run(folder, model("weights 1"))).metrics().get(Metric.CLIP_DIRECTION));
    }

    @Test
    void embedsImagesAndCaptionsOfTheBenchmarkOnce() {
        run(folder, model("weights 1"));
        assertEquals(1 + 5 + 5 - 1, clip.images, "equal outputs, targets, and sources, of which one is a target too");
        assertEquals(2, clip.texts);
    }

    @Test
    void refusesABenchmarkWithoutItems() {
        UsageException e = assertThrows(
                UsageException.class,
                () -> new EvaluationRunner(
                        FakeBenchmark.of(0), plan(folder, ImageEncoding.PNG, Map.of(), model("weights 1"))));
        assertTrue(
                e.getMessage().endsWith(" has no items to evaluate; check the data and what is selected."),
                e.getMessage());
    }

    @Test
    void resumesWithoutRepeatingAnything() {
        run(folder, model("weights 1"));
        int embedded = clip.images;
        run(folder, model("weights 1"));
        assertEquals(5, requests);
        assertEquals(embedded, clip.images);
    }

    @Test
    void generatesAgainWhatAKilledProcessLeftUnfinished() throws Exception {
        run(folder, model("weights 1"));
        Files.delete(folder.resolve("outputs/model/edits/3.png")); // its line was written, the file was not
        run(folder, model("weights 1"));
        assertEquals(6, requests);
        assertEquals("ok", image("outputs/model/edits/3.png"));
    }

    private String image(String name) {
        return Files.exists(folder.resolve(name)) ? "ok" : "";
    }

    @Test
    void generatesAgainWithOtherWeights() {
        run(folder, model("weights 1"));
        EvaluationRunner runner = run(folder, model("weights 2"));
        assertEquals(10, requests);
        assertTrue(score("0", runner).provenance().startsWith("weights 2"));
    }

    @Test
    void neverReplacesAFileThatItDidNotWrite() throws Exception {
        Path file = folder.resolve("outputs/model/edits/2.png");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "mine");
        var e = assertThrows(UsageException.class, () -> run(folder, model("weights 1")));
        assertEquals(
                file
                        + " was not written by this evaluation, or was changed since; move it away, or choose another"
                        + " output folder.",
                e.getMessage());
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void measuresTheFilesThatItWrites() {
        EvaluationRunner runner = run(plan(folder, JPEG, Map.of(), model("weights 1")));
        assertEquals("ok", image("outputs/model/edits/0.jpg"));
        assertEquals(16, score("0", runner).output().length());
        assertTrue(score("0", runner).provenance().contains("JPEG 75"));
    }

    @Test
    void editsItsOwnOutputInLaterTurnsAndScoresTheLast() {
        benchmark.samples.clear();
        benchmark.samples.add(benchmark.new Sample("4", "4", 3));
        List<Image> sources = new ArrayList<>();
        EvaluationRunner runner = run(folder, new FakeModel("weights 1") {
            @Override
            public Image generate(Task task, Optional<Image> target, long seed) {
                sources.add(task.source().orElseThrow());
                return Image.filled(24, 16, 0x010101 * sources.size());
            }
        });
        assertEquals(
                List.of(
                        benchmark.images.get("4_source.jpg"),
                        Image.filled(24, 16, 0x010101),
                        Image.filled(24, 16, 0x020202)),
                sources);
        assertEquals("ok", image("outputs/model/edits/4_iter_3.png"));
        assertEquals(
                List.of(2, 2), runner.currentScores().stream().map(Score::turn).toList(), "of model and baseline");
    }

    @Test
    void evaluatesImagesOfAnotherProgramAndNamesThoseThatAreMissing() throws Exception {
        Path images = Files.createDirectories(folder.resolve("made/edits")).getParent();
        for (int i = 0; i < 3; i++) Image.filled(24, 16, 0x808080).write(images.resolve("edits/" + i + ".jpg"));
        Files.writeString(images.resolve("edits/3.jpg"), "no image");
        EvaluationPlan plan = plan(folder.resolve("out"), ImageEncoding.PNG, Map.of("made", images));
        EvaluationRunner runner = run(plan);
        assertEquals(0, requests);
        assertTrue(number("made", "2", runner) > 0);
        assertTrue(
                reason("made", "3", runner).startsWith(images.resolve("edits/3.jpg") + ""),
                reason("made", "3", runner));
        assertEquals("there is no image", reason("made", "4", runner));

        Image.filled(24, 16, 0x808080).write(images.resolve("edits/4.png"));
        assertTrue(number("made", "4", run(plan)) > 0, "a file that appears later is scored");
    }

    @Test
    void rejectsAFolderOfOtherImages() {
        var e = assertThrows(
                UsageException.class, () -> run(plan(folder.resolve("out"), JPEG, Map.of("made", folder))));
        assertEquals(
                folder + " has none of the images of this benchmark; expected files such as edits/0.jpg.",
                e.getMessage());
    }

    @Test
    void recordsImagesOfTheBenchmarkThatAreMissing() {
        benchmark.images.remove("0_source.jpg");
        benchmark.images.remove("2_target.jpg");
        EvaluationRunner runner = run(folder, model("weights 1"));
        assertEquals(
                "0_source.jpg: there is no such file.", reason("model", "0", runner), "no request without a source");
        Map<Metric, MetricValue> metrics = score("2", runner).metrics();
        assertEquals(MetricValue.missing("2_target.jpg: there is no such file."), metrics.get(Metric.L1));
        assertEquals(MetricValue.missing("2_target.jpg: there is no such file."), metrics.get(Metric.DINO));
        assertTrue(metrics.get(Metric.CLIP_T).isPresent());
    }

    @Test
    void recordsCaptionsThatTheEmbedderRefuses() {
        clip.refusedText = "a source";
        Map<Metric, MetricValue> metrics =
                score("0", run(folder, model("weights 1"))).metrics();
        assertEquals(MetricValue.missing("'a source' is too long."), metrics.get(Metric.CLIP_DIRECTION));
        assertTrue(metrics.get(Metric.CLIP_T).isPresent());
    }

    @Test
    void stopsWithinARequest() {
        ModelUnderTest slow = new FakeModel("weights 1") {
            @Override
            public Image generate(Task task, Optional<Image> target, long seed, BooleanSupplier cancelled) {
                while (!cancelled.getAsBoolean()) requests++;
                throw new CancelledException("cancelled");
            }
        };
        EvaluationResult result =
                Evaluation.run(benchmark, plan(folder, JPEG, Map.of(), slow), (item, done, total) -> requests < 3);
        assertFalse(result.completed());
        assertTrue(Files.exists(result.htmlFile()));
    }

    @Test
    void measuresBaselinesWithoutCropsOnlyOnce() throws Exception {
        Path data = folder.resolve("MIGEBench"), theirs = folder.resolve("theirs");
        List<Path> files = List.of(
                data.resolve("add/add_source/5_source.jpg"),
                data.resolve("add/add_target/5_target.jpg"),
                data.resolve("add/add_entity/5_entity_black.jpg"),
                theirs.resolve("add/5.jpg"),
                theirs.resolve("add/entity/5_entity.jpg"));
        for (Path file : files) {
            Files.createDirectories(file.getParent());
            Image.filled(16, 16, 0x203040 * files.indexOf(file)).write(file);
        }
        Files.writeString(data.resolve("replace_bench.json"), "[]");
        Files.writeString(data.resolve("add_bench.json"), """
                [{"idx": 5, "image": "/theirs/add/add_target/5_target.jpg", "object": "cup", "target_caption": "a cup",
                  "source_path": ["/theirs/add/add_source/5_source.jpg"], "multi_prompt": "Add<imagehere>to<imagehere>",
                  "entity_path": ["/theirs/add/add_entity/5_entity_black.jpg", "/theirs/add/add_source/5_source.jpg"]}]
                """);
        EvaluationPlan plan = new EvaluationPlan(
                List.of(),
                Map.of("theirs", theirs),
                new MetricModels(Optional.of(clip), Optional.of(dino), Optional.of(new EntityFiles())),
                0,
                ImageEncoding.PNG,
                Part.ALL,
                folder.resolve("evaluation"),
                2);
        EvaluationRunner runner = new EvaluationRunner(MigeBench.load(data), plan);
        assertTrue(runner.run(ProgressListener.NONE));
        assertTrue(score("theirs", "add-5", runner).number(Metric.DINO).isPresent());
        assertFalse(score("target", "add-5", runner).number(Metric.DINO).isPresent());
        int embedded = clip.images;
        assertTrue(new EvaluationRunner(MigeBench.load(data), plan).run(ProgressListener.NONE));
        assertEquals(embedded, clip.images);
    }

    // ---- fixtures

    private EvaluationRunner run(Path output, ModelUnderTest model) {
        return run(plan(output, ImageEncoding.PNG, Map.of(), model));
    }

    private EvaluationRunner run(EvaluationPlan plan) {
        EvaluationRunner runner = new EvaluationRunner(benchmark, plan);
        assertTrue(runner.run(ProgressListener.NONE));
        return runner;
    }

    private EvaluationPlan plan(
            Path output, ImageEncoding encoding, Map<String, Path> images, ModelUnderTest... models) {
        return new EvaluationPlan(
                List.of(models),
                images,
                new MetricModels(Optional.of(clip), Optional.of(dino), Optional.empty()),
                0,
                encoding,
                Part.ALL,
                output,
                2);
    }

    private static Score score(String sample, EvaluationRunner runner) {
        return score("model", sample, runner);
    }

    private static Score score(String row, String sample, EvaluationRunner runner) {
        return runner.currentScores().stream()
                .filter(score -> score.row().equals(row) && score.sample().equals(sample))
                .findFirst()
                .orElseThrow();
    }

    private static String reason(String row, String sample, EvaluationRunner runner) {
        return score(row, sample, runner).metrics().get(Metric.L1).reason();
    }

    private static double number(String row, String sample, EvaluationRunner runner) {
        return score(row, sample, runner).number(Metric.L1).orElseThrow();
    }

    private double cosine(Image a, Image b) {
        return EmbeddingMetrics.similarity(clip.embedImage(a), clip.embedImage(b));
    }

    private ModelUnderTest model(String weights) {
        return new FakeModel(weights) {
            @Override
            public Image generate(Task task, Optional<Image> target, long seed) {
                requests++;
                return Image.filled(24, 16, 0x808080);
            }
        };
    }

    private abstract static class FakeModel implements ModelUnderTest {
        private final String weights;

        FakeModel(String weights) {
            this.weights = weights;
        }

        @Override
        public String name() {
            return "model";
        }

        @Override
        public String provenance() {
            return weights;
        }

        @Override
        public Image generate(Task task, Optional<Image> target, long seed) {
            throw new UnsupportedOperationException();
        }
    }

    /** Embeds an image as the colour of its first pixel. */
    private static final class CountingEmbedder implements Embedder {
        int images, texts;
        String refusedText = "";

        @Override
        public List<float[]> embedPrepared(List<Image> batch) {
            images += batch.size();
            return batch.stream()
                    .map(Image::rgb)
                    .map(rgb -> new float[] {1 + (rgb[0] & 255), (rgb[1] & 255) / 2f, rgb[2] & 255})
                    .toList();
        }

        @Override
        public List<float[]> embedTexts(List<String> batch) {
            if (batch.contains(refusedText)) throw new UsageException("'%s' is too long.", refusedText);
            texts += batch.size();
            return batch.stream()
                    .map(text -> new float[] {text.charAt(2), 100, 1})
                    .toList();
        }

        @Override
        public String name() {
            return "counting";
        }
    }
}
