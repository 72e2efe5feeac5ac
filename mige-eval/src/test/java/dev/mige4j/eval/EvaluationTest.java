package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.ColourPatchCorpus;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.eval.benchmark.Baseline;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.embedding.ColourGridEmbedder;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.nano.NanoBenchmark;
import dev.mige4j.eval.nano.NanoSample;
import dev.mige4j.eval.nano.NanoSuite;
import dev.mige4j.eval.report.Summary;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class EvaluationTest {

    static final Corpus CORPUS = ColourPatchCorpus.of(64);
    static final Optional<Embedder> NO_EMBEDDER = Optional.empty();

    @TempDir
    Path folder;

    int requests;

    @Test
    void scoresAModelBesideTheBaselines() {
        EvaluationResult result = Evaluation.run(
                benchmark(Optional.of(new ColourGridEmbedder())), plan(perfect()), ProgressListener.NONE);
        assertTrue(result.completed());
        Summary.Group edit = suite(result.summary(), NanoSuite.EDIT);
        assertEquals(0, mean(edit, "nano", Metric.L1));
        assertEquals(1, mean(edit, "nano", Metric.SUCCESS));
        assertEquals(0, mean(edit, "copy-source", Metric.SUCCESS));
        assertEquals(0, mean(edit, "copy-source", Metric.CHANGE_OUTSIDE));
        assertTrue(edit.estimate("blank", Metric.L1).isEmpty(), "blank is a baseline for generation only");
        Summary.Group subject = suite(result.summary(), NanoSuite.SINGLE_SUBJECT);
        assertTrue(subject.estimate("copy-source", Metric.L1).isEmpty(), "generation has no source");
        assertEquals(0, mean(subject, "blank", Metric.IDENTITY));
        assertEquals(1, mean(subject, "vae-oracle", Metric.IDENTITY));
        assertTrue(result.table().contains("edit: instruction-based editing (3)"), result.table());
        assertTrue(result.table().contains("100.0 %"), result.table());
    }

    @Test
    void writesTheSummaryAsJson() {
        EvaluationResult result = Evaluation.run(benchmark(NO_EMBEDDER), plan(perfect()), ProgressListener.NONE);
        JsonNode json = Json.read(result.jsonFile());
        assertEquals("64 x 64", json.at("/metadata/image size").asText());
        JsonNode success = target(json, "edit: success rate");
        assertEquals("reached", success.get("status").asText());
        assertEquals(0.8, success.get("threshold").asDouble());
        assertTrue(success.get("higher_is_better").asBoolean());
        assertEquals(1, success.get("value").asDouble());
        assertEquals(
                "not measured",
                target(json, "subject add/replace: success rate").get("status").asText());
        JsonNode group = json.get("groups").get(0);
        assertEquals("subject-1", group.get("suite").asText());
        assertEquals("suite", group.get("group_by").asText());
        assertEquals(2, group.get("samples").asInt());
        assertEquals(2, group.at("/rows/nano/l1/samples").asInt());
    }

    @Test
    void listsTheMetricsSkippedWithoutAClipModel() {
        String table = Evaluation.run(benchmark(NO_EMBEDDER), plan(perfect()), ProgressListener.NONE)
                .table();
        assertTrue(table.contains("CLIP model: none; not measured: CLIP-I, CLIP-T, identity, scene, and"), table);
    }

    @Test
    void resumesAfterCancellation() throws Exception {
        assertFalse(Evaluation.run(benchmark(NO_EMBEDDER), plan(perfect()), (sample, done, total) -> done < 2)
                .completed());
        assertEquals(2 + 1, requests, "two samples and a warm-up");
        Files.writeString(
                folder.resolve("outputs/nano/outputs.jsonl"), "{\"file\":\"edit-2.pn", StandardOpenOption.APPEND);

        requests = 0;
        EvaluationResult result = Evaluation.run(benchmark(NO_EMBEDDER), plan(perfect()), ProgressListener.NONE);
        assertTrue(result.completed());
        assertEquals(3 + 1, requests, "the other three samples and a warm-up");
        assertEquals(3, suite(result.summary(), NanoSuite.EDIT).sampleCount());

        requests = 0;
        Evaluation.run(benchmark(NO_EMBEDDER), plan(perfect()), ProgressListener.NONE);
        assertEquals(0, requests, "all samples are scored");
    }

    @Test
    void reportsTheProgressOfBothPhases() {
        List<String> calls = new ArrayList<>();
        Evaluation.run(
                benchmark(NO_EMBEDDER),
                plan(perfect()),
                (item, done, total) -> calls.add(item + " " + done + "/" + total));
        assertEquals(
                List.of(
                        "generate edit-0 0/5",
                        "generate edit-1 1/5",
                        "generate edit-2 2/5",
                        "generate subject-1-0 3/5",
                        "generate subject-1-1 4/5",
                        "score edit-0 0/5",
                        "report 5/5"),
                calls);
    }

    @Test
    void reusesOutputsWhenOnlyTheEmbedderChanges() {
        Evaluation.run(benchmark(NO_EMBEDDER), plan(perfect()), ProgressListener.NONE);
        requests = 0;
        Summary summary = Evaluation.run(
                        benchmark(Optional.of(new ColourGridEmbedder())), plan(perfect()), ProgressListener.NONE)
                .summary();
        assertEquals(0, requests, "the outputs are there");
        assertEquals(1, mean(suite(summary, NanoSuite.EDIT), "nano", Metric.CLIP_I), 1e-6);
    }

    @Test
    void ignoresScoresOfOtherWeights() {
        Evaluation.run(benchmark(NO_EMBEDDER), plan(copying("nano")), ProgressListener.NONE);
        Summary summary = Evaluation.run(benchmark(NO_EMBEDDER), plan(perfect()), ProgressListener.NONE)
                .summary();
        assertEquals(0, mean(suite(summary, NanoSuite.EDIT), "nano", Metric.L1));
    }

    @Test
    void comparesModelsInOneTable() {
        Summary summary = Evaluation.run(
                        benchmark(NO_EMBEDDER), plan(perfect(), copying("other")), ProgressListener.NONE)
                .summary();
        assertEquals(List.of("nano", "other", "copy-source", "vae-oracle", "blank"), summary.rows());
        Summary.Group edit = suite(summary, NanoSuite.EDIT);
        assertEquals(0, mean(edit, "nano", Metric.L1));
        assertEquals(edit.estimate("copy-source", Metric.L1), edit.estimate("other", Metric.L1));
    }

    @Test
    void rejectsTwoModelsOfTheSameName() {
        var e = assertThrows(
                UsageException.class,
                () -> Evaluation.run(benchmark(NO_EMBEDDER), plan(perfect(), copying("nano")), ProgressListener.NONE));
        assertEquals(
                "The names of models and baselines are not unique: [nano, nano, copy-source, vae-oracle, blank].",
                e.getMessage());
    }

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
        NanoSample sample = new NanoSample("multi-turn-000", NanoSuite.MULTI_TURN, List.of(first, second));
        List<Image> sources = new ArrayList<>();
        Image generated = Image.filled(64, 64, 0x123456);
        ModelUnderTest model = new FakeModel("nano") {
            @Override
            public Image generate(Task task, Optional<Image> target, long seed) {
                sources.add(task.source().orElseThrow());
                assertTrue(task.instruction().images().contains(task.source().orElseThrow()));
                return generated;
            }
        };
        Summary summary = Evaluation.run(benchmark(List.of(sample), NO_EMBEDDER), plan(model), ProgressListener.NONE)
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
            List<NanoSample> samples = List.of(
                    sample("edit-0", NanoSuite.EDIT, corpus.exampleSpec(Split.SEEN, 3, 0, TaskKind.ADD)),
                    sample(
                            "subject-1-0",
                            NanoSuite.SINGLE_SUBJECT,
                            corpus.exampleSpec(Split.SEEN, 4, 0, TaskKind.SUBJECT_1)),
                    sample(
                            "subject-add-0",
                            NanoSuite.SUBJECT_ADD,
                            corpus.exampleSpec(Split.SEEN, 4, 0, TaskKind.SUBJECT_ADD)));
            Benchmark benchmark =
                    new NanoBenchmark(CorpusRules.VARIED, samples, corpus, NO_EMBEDDER, Baseline.vaeOracle(mige), 10);
            ModelUnderTest model = ModelUnderTest.of(mige.name(), mige, Settings.DEFAULT.withSteps(2));
            Summary summary = Evaluation.run(benchmark, plan(model), ProgressListener.NONE)
                    .summary();
            for (NanoSample sample : samples) {
                assertTrue(mean(suite(summary, sample.suite()), mige.name(), Metric.SECONDS) > 0);
                assertTrue(mean(suite(summary, sample.suite()), "vae-oracle", Metric.L1) > 0);
            }
        }
    }

    // ---- fixtures

    /** Three edits and two subject generations. */
    static List<NanoSample> samples() {
        List<NanoSample> all = new ArrayList<>();
        List<TaskKind> kinds = List.of(TaskKind.COLOUR, TaskKind.ADD, TaskKind.REMOVE);
        for (int i = 0; i < 3; i++)
            all.add(sample("edit-" + i, NanoSuite.EDIT, CORPUS.exampleSpec(Split.SEEN, 3, i, kinds.get(i))));
        for (int i = 0; i < 2; i++) {
            Split split = i == 0 ? Split.SEEN : Split.UNSEEN_SUBJECT;
            all.add(sample(
                    "subject-1-" + i, NanoSuite.SINGLE_SUBJECT, CORPUS.exampleSpec(split, 4, i, TaskKind.SUBJECT_1)));
        }
        return all;
    }

    private static NanoSample sample(String id, NanoSuite suite, ExampleSpec item) {
        return new NanoSample(id, suite, List.of(item));
    }

    public static Benchmark benchmark(Optional<Embedder> embedder) {
        return benchmark(samples(), embedder);
    }

    private static Benchmark benchmark(List<NanoSample> samples, Optional<Embedder> embedder) {
        ModelUnderTest oracle = new Baseline("vae-oracle", "perfect") {
            @Override
            public Image generate(Task task, Optional<Image> target, long seed) {
                return target.orElseThrow();
            }
        };
        return new NanoBenchmark(CorpusRules.VARIED, samples, CORPUS, embedder, oracle, 10);
    }

    private EvaluationPlan plan(ModelUnderTest... models) {
        return new EvaluationPlan(List.of(models), 0, folder, 2);
    }

    /** A model named "nano" that returns the target. */
    private ModelUnderTest perfect() {
        return new FakeModel("nano") {
            @Override
            public Image generate(Task task, Optional<Image> target, long seed) {
                requests++;
                return target.orElseGet(() -> task.instruction().images().get(0));
            }
        };
    }

    /** A model that returns the source, or the first image of the instruction. */
    private static ModelUnderTest copying(String name) {
        return new FakeModel(name) {
            @Override
            public String provenance() {
                return "copying";
            }

            @Override
            public Image generate(Task task, Optional<Image> target, long seed) {
                return task.source().orElseGet(() -> task.instruction().images().get(0));
            }
        };
    }

    private abstract static class FakeModel implements ModelUnderTest {
        private final String name;

        FakeModel(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String provenance() {
            return "fake";
        }
    }

    private static Summary.Group suite(Summary summary, NanoSuite suite) {
        return summary.groups().stream()
                .filter(g -> g.suite() == suite && g.grouping() == Summary.Grouping.SUITE)
                .findFirst()
                .orElseThrow();
    }

    private static double mean(Summary.Group group, String row, Metric metric) {
        return group.estimate(row, metric).orElseThrow().value();
    }

    private static JsonNode target(JsonNode json, String description) {
        for (JsonNode node : json.get("targets"))
            if (node.get("target").asText().equals(description)) return node;
        throw new AssertionError("no target " + description);
    }
}
