package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.Part;
import dev.mige4j.common.WeightsException;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.eval.Evaluation;
import dev.mige4j.eval.EvaluationPlan;
import dev.mige4j.eval.EvaluationResult;
import dev.mige4j.eval.MetricModels;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.embedding.DinoEmbedder;
import dev.mige4j.eval.embedding.DinoVit;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.embedding.HubVitWeights;
import dev.mige4j.eval.embedding.ImageEmbedder;
import dev.mige4j.eval.embedding.OpenAiClipEmbedder;
import dev.mige4j.eval.metric.EmbeddingMetrics;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.eval.report.MetricMean;
import dev.mige4j.eval.report.Summary;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.parity.EndToEndBenchmark.Suite;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The whole evaluation, from image files and captions to the means: small CLIP and DINO models, which are written to
 * folders of the hub and read from them, and an evaluation of images that another program made.
 */
final class EndToEndCases {

    static final List<GoldenKind> KINDS = List.of(GoldenKind.pair(
            "e2e",
            golden -> List.of(ParityCase.of(golden.name(), checks -> {
                try (HubFolder clip = clipFolder(golden);
                        HubFolder dino = dinoFolder(golden)) {
                    run(golden, OpenAiClipEmbedder.open(clip.path()), DinoEmbedder.open(dino.path()), checks);
                }
            }))));

    private static final String ROW = "gen";

    private record Value(String field, Suite suite, Metric metric) {}

    private static final List<Value> VALUES = List.of(
            new Value("clip_i", Suite.TARGET, Metric.CLIP_I),
            new Value("dino", Suite.TARGET, Metric.DINO),
            new Value("clip_t_target", Suite.TARGET, Metric.CLIP_T),
            new Value("l1", Suite.TARGET, Metric.L1),
            new Value("l2", Suite.TARGET, Metric.L2),
            new Value("clip_t_emu", Suite.EMU, Metric.CLIP_T),
            new Value("clip_dir", Suite.EMU, Metric.CLIP_DIRECTION));

    private EndToEndCases() {}

    private static Weights weights(Golden golden, String rules) {
        return Weights.from(ProceduralTensors.ruleSource(
                golden.require(rules), golden.require("salt").asLong()));
    }

    private static HubFolder clipFolder(Golden golden) {
        return ClipCases.hubFolder(ClipCases.hubConfig(golden.require("clip_config")), weights(golden, "clip_rules"));
    }

    private static HubFolder dinoFolder(Golden golden) {
        JsonNode config = golden.require("dino_config");
        ShapeRecorder shapes = new ShapeRecorder();
        new DinoVit(
                new VisionTransformer.Config(
                        golden.require("dino_config/image_size").asInt(),
                        golden.require("dino_config/patch_size").asInt(),
                        golden.require("dino_config/hidden_size").asInt(),
                        golden.require("dino_config/num_attention_heads").asInt(),
                        golden.require("dino_config/num_hidden_layers").asInt(),
                        golden.require("dino_config/intermediate_size").asInt()),
                HubVitWeights.of(shapes.weights()));
        return new HubFolder(config, shapes, weights(golden, "dino_rules"));
    }

    private static void run(Golden golden, Embedder clip, ImageEmbedder dino, SoftAssertions checks)
            throws IOException {
        Golden tensors = golden.tensorFile();
        Path folder = golden.sibling(golden.stem());
        List<String> ids = MetricValues.ids(golden.require("ids"));
        JsonNode records = Json.read(folder.resolve("records.json"));
        List<Image> outputs = read(folder.resolve("gen"), ids), expected = read(folder.resolve("ref"), ids);
        List<float[]> clipOutputs = check(tensors, "clip.gen", clip.embedImages(outputs), checks),
                before = check(tensors, "clip.text_input", clip.embedTexts(captions(records, ids, "input")), checks),
                after = check(tensors, "clip.text_output", clip.embedTexts(captions(records, ids, "output")), checks);
        check(tensors, "clip.ref", clip.embedImages(expected), checks);
        check(tensors, "clip.text_target", clip.embedTexts(captions(records, ids, "target")), checks);
        check(tensors, "dino.gen", dino.embedImages(outputs), checks);
        check(tensors, "dino.ref", dino.embedImages(expected), checks);
        for (int i = 0; i < ids.size(); i++)
            checks.assertEqual(
                    "clip_dir_unchanged_picture",
                    false,
                    EmbeddingMetrics.direction(clipOutputs.get(i), clipOutputs.get(i), before.get(i), after.get(i))
                            .isPresent());
        evaluate(
                golden,
                records,
                folder,
                ids,
                new MetricModels(Optional.of(clip), Optional.of(dino), Optional.empty()),
                checks);
    }

    private static List<Image> read(Path folder, List<String> ids) {
        return ids.stream()
                .map(id -> new EndToEndBenchmark.FileImage(folder, id).read())
                .toList();
    }

    private static List<String> captions(JsonNode records, List<String> ids, String kind) {
        Map<String, String> byId = new HashMap<>();
        for (JsonNode entry : records) byId.put(entry.path("idx").asText(), EndToEndBenchmark.caption(entry, kind));
        return ids.stream()
                .map(id -> Optional.ofNullable(byId.get(id))
                        .orElseThrow(() -> new WeightsException("records.json has no idx %s.", id)))
                .toList();
    }

    /** Compares embeddings with a tensor [N, D]; returns them. */
    private static List<float[]> check(Golden tensors, String name, List<float[]> embeddings, SoftAssertions checks) {
        checks.assertCloseAbsolute(
                name,
                tensors.get(name),
                Tensor.stack(
                        0, embeddings.stream().map(e -> Tensor.of(e, e.length)).toList()),
                Tolerance.FLOAT32);
        return embeddings;
    }

    private static void evaluate(
            Golden golden, JsonNode records, Path folder, List<String> ids, MetricModels models, SoftAssertions checks)
            throws IOException {
        Path report = Files.createTempDirectory("mige-evaluation");
        try {
            EvaluationResult result = Evaluation.run(
                    EndToEndBenchmark.of(records, folder.resolve("ref")),
                    new EvaluationPlan(
                            List.of(),
                            Map.of(ROW, folder.resolve("gen")),
                            models,
                            0,
                            ImageEncoding.PNG,
                            Part.ALL,
                            report,
                            0),
                    (phase, done, total) -> true);
            compare(golden, ids, records.size(), result.summary(), scores(report), checks);
        } finally {
            try (Stream<Path> files = Files.walk(report)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
            }
        }
    }

    private static Map<String, Score> scores(Path report) throws IOException {
        Map<String, Score> scores = new HashMap<>();
        for (String line : Files.readAllLines(report.resolve("scores.jsonl"))) {
            Score score = Json.MAPPER.readValue(line, Score.class);
            scores.put(score.sample(), score);
        }
        return scores;
    }

    private static void compare(
            Golden golden,
            List<String> ids,
            int recordCount,
            Summary summary,
            Map<String, Score> scores,
            SoftAssertions checks) {
        for (Value value : VALUES) {
            String field = "values/" + value.field;
            JsonNode expected = golden.require(field);
            List<MetricValue> values = ids.stream()
                    .map(id -> scores.get(value.suite.itemId(id)).metrics().get(value.metric))
                    .toList();
            new MetricValues(ids, values).check(golden, field, checks);
            MetricMean mean = summary.suiteGroups().stream()
                    .filter(group -> group.suite() == value.suite)
                    .findFirst()
                    .flatMap(group -> group.mean(ROW, value.metric))
                    .orElseThrow();
            checks.assertEqual(value.field + ", items", recordCount, mean.sampleCount());
            MetricValues.checkNumber(
                    value.field + " in the report",
                    expected.path(expected.has("mean") ? "mean" : "mean_valid"),
                    mean.estimate().orElseThrow().value(),
                    checks);
        }
    }
}
