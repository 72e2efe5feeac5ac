package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.ColourPatchCorpus;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import dev.mige4j.train.logging.TrainingListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NanoEvaluationTest {
    static final Corpus CORPUS = ColourPatchCorpus.of(64);

    @TempDir
    Path out;

    final AtomicInteger requests = new AtomicInteger();

    @Test
    void scoresAModelBesideCopySourceAndOracle() throws Exception {
        NanoEvaluation.EvaluationResult result = NanoEvaluation.run(
                plan(samples(), fakeModel("nano", "truth")),
                CORPUS,
                Optional.of(new ColourGridEmbedder()),
                TrainingListener.NONE);
        assertTrue(result.completed());
        Summary.Group editGroup = group(result.summary(), BenchmarkSuite.EDIT);
        assertEquals(0, editGroup.estimate("nano", Metric.L1).orElseThrow().value());
        assertEquals(1, editGroup.estimate("nano", Metric.SUCCESS).orElseThrow().value());
        assertEquals(
                0,
                editGroup.estimate("copy-source", Metric.SUCCESS).orElseThrow().value());
        assertEquals(
                0,
                editGroup
                        .estimate("copy-source", Metric.CHANGE_OUTSIDE)
                        .orElseThrow()
                        .value());
        assertTrue(editGroup.estimate("blank", Metric.L1).isEmpty());
        Summary.Group subjectGroup = group(result.summary(), BenchmarkSuite.SINGLE_SUBJECT);
        assertTrue(subjectGroup.estimate("copy-source", Metric.L1).isEmpty());
        assertEquals(
                0, subjectGroup.estimate("blank", Metric.IDENTITY).orElseThrow().value());
        assertEquals(
                1,
                subjectGroup.estimate("oracle", Metric.IDENTITY).orElseThrow().value());

        JsonNode json = new ObjectMapper().readTree(result.jsonFile().toFile());
        assertEquals("reached", targetStatus(json, "edit: success"));
        assertEquals("not measured", targetStatus(json, "subject add/replace: success"));
        assertTrue(result.table().contains("edit: instruction edit (3)"), result.table());
        assertTrue(result.table().contains("100.0 %"), result.table());
    }

    @Test
    void writesAnHtmlReportWithTheFirstSamples() throws Exception {
        NanoEvaluation.EvaluationResult result = NanoEvaluation.run(
                plan(samples(), fakeModel("nano", "truth")), CORPUS, Optional.empty(), TrainingListener.NONE);
        String html = Files.readString(result.htmlFile());
        assertTrue(
                html.contains("edit-0") && html.contains("edit-1") && !html.contains("edit-2"),
                "two questions of each suite are shown");
        assertFalse(html.contains("http"), "nothing is fetched");
        assertTrue(html.contains("<mark>1</mark>") && !html.contains("imagehere"));
        assertTrue(Files.size(result.htmlFile()) < HtmlReport.MAX_BYTES);
    }

    @Test
    void limitsTheSizeOfTheHtmlReport() {
        Image noise = noise(256);
        List<HtmlReport.ReportSample> reportSamples = new ArrayList<>();
        for (int i = 0; i < 400; i++)
            reportSamples.add(new HtmlReport.ReportSample(
                    "edit-%03d".formatted(i),
                    BenchmarkSuite.EDIT,
                    "add",
                    "seen",
                    "a<imagehere>",
                    List.of(noise, noise),
                    noise,
                    new java.util.LinkedHashMap<>(java.util.Map.of("nano", Optional.of(noise))),
                    java.util.Map.of()));
        String html = HtmlReport.render(Summary.of(java.util.Map.of(), List.of("nano"), 1, List.of()), reportSamples);
        assertTrue(
                html.length() <= HtmlReport.MAX_BYTES && html.length() > HtmlReport.MAX_BYTES / 4,
                html.length() + " bytes");
        assertTrue(html.contains("edit-000") && !html.contains("edit-399"));
    }

    @Test
    void listsTheMetricsSkippedWithoutAClipModel() {
        String table = NanoEvaluation.run(
                        plan(samples(), fakeModel("nano", "truth")), CORPUS, Optional.empty(), TrainingListener.NONE)
                .table();
        assertTrue(table.contains("evaluation pair: none: not measured are CLIP-I, CLIP-T, identity, scene"), table);
        assertTrue(table.contains("not measured"), table);
    }

    @Test
    void resumesAfterBeingStopped() throws Exception {
        List<BenchmarkSample> samples = samples();
        assertFalse(NanoEvaluation.run(
                        plan(samples, fakeModel("nano", "truth")),
                        CORPUS,
                        Optional.empty(),
                        (done, total, remaining, metrics) -> done < 2)
                .completed());
        assertEquals(2 + 1, requests.getAndSet(0), "two questions and a warm-up");
        Files.writeString(out.resolve("scores.jsonl"), "{\"row\":\"nano\",\"ma", StandardOpenOption.APPEND);
        NanoEvaluation.EvaluationResult result = NanoEvaluation.run(
                plan(samples, fakeModel("nano", "truth")), CORPUS, Optional.empty(), TrainingListener.NONE);
        assertTrue(result.completed());
        assertEquals(samples.size() - 2 + 1, requests.getAndSet(0));
        assertEquals(3, group(result.summary(), BenchmarkSuite.EDIT).sampleCount());
        NanoEvaluation.run(plan(samples, fakeModel("nano", "truth")), CORPUS, Optional.empty(), TrainingListener.NONE);
        assertEquals(0, requests.get(), "all is done");
    }

    @Test
    void reusesImagesWhenOnlyTheEmbedderChanges() {
        List<BenchmarkSample> samples = samples();
        NanoEvaluation.run(plan(samples, fakeModel("nano", "truth")), CORPUS, Optional.empty(), TrainingListener.NONE);
        requests.set(0);
        Summary summary = NanoEvaluation.run(
                        plan(samples, fakeModel("nano", "truth")),
                        CORPUS,
                        Optional.of(new ColourGridEmbedder()),
                        TrainingListener.NONE)
                .summary();
        assertEquals(1, requests.get(), "the warm-up alone");
        assertEquals(
                1,
                group(summary, BenchmarkSuite.EDIT)
                        .estimate("nano", Metric.CLIP_I)
                        .orElseThrow()
                        .value(),
                1e-6);
    }

    @Test
    void ignoresScoresOfOtherWeights() {
        List<BenchmarkSample> samples = samples();
        NanoEvaluation.run(plan(samples, fakeModel("nano", "source")), CORPUS, Optional.empty(), TrainingListener.NONE);
        Summary summary = NanoEvaluation.run(
                        plan(samples, fakeModel("nano", "truth")), CORPUS, Optional.empty(), TrainingListener.NONE)
                .summary();
        assertEquals(
                0,
                group(summary, BenchmarkSuite.EDIT)
                        .estimate("nano", Metric.L1)
                        .orElseThrow()
                        .value());
    }

    @Test
    void comparesModelsInOneTable() {
        ModelPair models = new ModelPair(fakeModel("J", "truth"), fakeModel("J-text", "source"));
        NanoEvaluation.EvaluationResult result = NanoEvaluation.run(
                plan(samples(), models.first, models.second), CORPUS, Optional.empty(), TrainingListener.NONE);
        assertEquals(
                List.of("J", "J-text", "copy-source", "oracle", "blank"),
                result.summary().rows());
        Summary.Group editGroup = group(result.summary(), BenchmarkSuite.EDIT);
        assertEquals(0, editGroup.estimate("J", Metric.L1).orElseThrow().value());
        assertEquals(editGroup.estimate("copy-source", Metric.L1), editGroup.estimate("J-text", Metric.L1));
        assertThrows(
                UsageException.class,
                () -> NanoEvaluation.run(
                        plan(samples(), fakeModel("J", "truth"), fakeModel("J", "source")),
                        CORPUS,
                        Optional.empty(),
                        TrainingListener.NONE));
    }

    private record ModelPair(ModelUnderTest first, ModelUnderTest second) {}

    @Test
    void editsItsOwnOutputInMultiTurnSamples() {
        ExampleSpec first = CORPUS.exampleSpec(Split.SEEN, 5, 1, TaskKind.ADD);
        ExampleSpec second = new ExampleSpec(
                TaskKind.COLOUR,
                Split.SEEN,
                "Make<imagehere>red",
                first.references().stream()
                        .filter(r -> r.presentation().equals("source"))
                        .toList(),
                first.target(),
                first.target(),
                List.of(0),
                "",
                "",
                "",
                first.targetCaption());
        List<Image> sources = new ArrayList<>();
        Image generated = noise(64);
        ModelUnderTest model = new ModelUnderTest.Baseline("nano", "x") {
            @Override
            public boolean isModel() {
                return true;
            }

            @Override
            public Optional<Image> generate(Task task, Example groundTruth, long seed) {
                sources.add(task.source().orElseThrow());
                assertTrue(task.instruction().images().contains(task.source().orElseThrow()));
                return Optional.of(generated);
            }
        };
        Summary summary = NanoEvaluation.run(
                        plan(
                                List.of(new BenchmarkSample(
                                        "multi-turn-000", BenchmarkSuite.MULTI_TURN, List.of(first, second))),
                                model),
                        CORPUS,
                        Optional.empty(),
                        TrainingListener.NONE)
                .summary();
        assertEquals(generated, sources.get(2), "after the warm-up and the first turn");
        assertEquals(
                List.of("turn 1", "turn 2"),
                summary.groups().stream()
                        .filter(g -> g.grouping() == Summary.Grouping.TURN)
                        .map(Summary.Group::name)
                        .toList());
    }

    @Test
    void evaluatesARealModel() {
        try (Mige mige = Mige.random(1)) {
            Corpus corpus = ColourPatchCorpus.of(Math.max(32, mige.imageSize()));
            ModelUnderTest model = ModelUnderTest.of(mige.name(), mige, Settings.DEFAULT.withSteps(2));
            List<BenchmarkSample> samples = List.of(
                    new BenchmarkSample(
                            "edit-0", BenchmarkSuite.EDIT, List.of(corpus.exampleSpec(Split.SEEN, 3, 0, TaskKind.ADD))),
                    new BenchmarkSample(
                            "subject-1-0",
                            BenchmarkSuite.SINGLE_SUBJECT,
                            List.of(corpus.exampleSpec(Split.SEEN, 4, 0, TaskKind.SUBJECT_1))),
                    new BenchmarkSample(
                            "subject-add-0",
                            BenchmarkSuite.SUBJECT_ADD,
                            List.of(corpus.exampleSpec(Split.SEEN, 4, 0, TaskKind.SUBJECT_ADD))));
            NanoEvaluation.EvaluationPlan plan = new NanoEvaluation.EvaluationPlan(
                    samples, List.of(model), ModelUnderTest.oracle(mige), 0, 10, out, 2);
            Summary summary = NanoEvaluation.run(plan, corpus, Optional.empty(), TrainingListener.NONE)
                    .summary();
            for (BenchmarkSuite suite :
                    List.of(BenchmarkSuite.EDIT, BenchmarkSuite.SINGLE_SUBJECT, BenchmarkSuite.SUBJECT_ADD)) {
                assertTrue(group(summary, suite)
                                .estimate(mige.name(), Metric.SECONDS)
                                .orElseThrow()
                                .value()
                        > 0);
                assertTrue(group(summary, suite)
                                .estimate("oracle", Metric.L1)
                                .orElseThrow()
                                .value()
                        > 0);
            }
        }
    }

    // ---- what is asked, and who answers

    private static List<BenchmarkSample> samples() {
        List<BenchmarkSample> all = new ArrayList<>();
        List<TaskKind> kinds = List.of(TaskKind.COLOUR, TaskKind.ADD, TaskKind.REMOVE);
        for (int i = 0; i < 3; i++)
            all.add(new BenchmarkSample(
                    "edit-" + i, BenchmarkSuite.EDIT, List.of(CORPUS.exampleSpec(Split.SEEN, 3, i, kinds.get(i)))));
        for (int i = 0; i < 2; i++)
            all.add(new BenchmarkSample(
                    "subject-1-" + i,
                    BenchmarkSuite.SINGLE_SUBJECT,
                    List.of(CORPUS.exampleSpec(i == 0 ? Split.SEEN : Split.UNSEEN_SUBJECT, 4, i, TaskKind.SUBJECT_1))));
        return all;
    }

    private NanoEvaluation.EvaluationPlan plan(List<BenchmarkSample> samples, ModelUnderTest... models) {
        return new NanoEvaluation.EvaluationPlan(
                samples, List.of(models), fakeOracle("oracle", "perfect"), 0, 10, out, 2);
    }

    /** A model that knows the truth, or one that never changes anything. */
    private ModelUnderTest fakeModel(String name, String behaviour) {
        return new ModelUnderTest.Baseline(name, behaviour) {
            @Override
            public boolean isModel() {
                return true;
            }

            @Override
            public Optional<Image> generate(Task task, Example groundTruth, long seed) {
                requests.incrementAndGet();
                return behaviour.equals("truth") && groundTruth != null
                        ? Optional.of(groundTruth.target())
                        : task.source()
                                .or(() ->
                                        Optional.of(task.instruction().images().get(0)));
            }
        };
    }

    private static ModelUnderTest fakeOracle(String name, String provenance) {
        return new ModelUnderTest.Baseline(name, provenance) {
            @Override
            public Optional<Image> generate(Task task, Example groundTruth, long seed) {
                return Optional.of(groundTruth.target());
            }
        };
    }

    private static Summary.Group group(Summary summary, BenchmarkSuite suite) {
        return summary.groups().stream()
                .filter(g -> g.suite() == suite && g.grouping() == Summary.Grouping.SUITE)
                .findFirst()
                .orElseThrow();
    }

    private static String targetStatus(JsonNode json, String target) {
        for (JsonNode node : json.get("bars"))
            if (node.get("bar").asText().equals(target))
                return node.get("verdict").asText();
        throw new AssertionError("no bar " + target);
    }

    private static Image noise(int side) {
        byte[] rgb = new byte[3 * side * side];
        new java.util.Random(1).nextBytes(rgb);
        return Image.of(side, side, rgb);
    }
}
