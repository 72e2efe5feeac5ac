package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.dataset.layout.MagicBrushTurn;
import dev.mige4j.eval.benchmark.DreamBenchRecord;
import dev.mige4j.eval.benchmark.MigeBenchRecord;
import dev.mige4j.eval.metric.PixelMetrics;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Published benchmarks in the layout of their authors: what the loaders read, one case for each section of
 * {@code expected.json}. Paths in it are relative to its folder.
 */
final class BenchmarkCases {

    static final List<GoldenKind> KINDS = List.of(GoldenKind.of("expected", BenchmarkCases::sections));

    private static final Map<String, GoldenKind.Comparison> SECTIONS = new TreeMap<>(Map.of(
            "migebench", BenchmarkCases::migeBench,
            "dreambench", BenchmarkCases::dreamBench,
            "dreambench_mige", BenchmarkCases::dreamBenchOfMige,
            "magicbrush", BenchmarkCases::magicBrush,
            "magicbrush_hub", HubBenchmarkCases::magicBrush,
            "emu_edit", HubBenchmarkCases::emuEdit,
            "emu_edit_generations", HubBenchmarkCases::emuEditGenerations,
            "files", BenchmarkCases::files));

    private BenchmarkCases() {}

    private static List<ParityCase> sections(Golden golden) {
        List<ParityCase> cases = new ArrayList<>();
        golden.json().fieldNames().forEachRemaining(section -> {
            String name = golden.name() + ":" + section;
            GoldenKind.Comparison comparison = SECTIONS.get(section);
            cases.add(
                    comparison == null
                            ? ParityCase.failing(name, "is a section without a comparison")
                            : ParityCase.of(name, checks -> comparison.run(golden, checks)));
        });
        return cases.isEmpty() ? List.of(ParityCase.failing(golden.name(), "has no sections")) : cases;
    }

    private static void migeBench(Golden golden, SoftAssertions checks) {
        String folder = "MIGEBench";
        ArrayNode loaded = Json.MAPPER.createArrayNode();
        for (MigeBenchRecord record : MigeBenchRecord.load(golden.sibling(folder))) {
            ObjectNode json = loaded.addObject()
                    .put("task", record.operation().label())
                    .put("id", Integer.parseInt(record.id()))
                    .put("instruction", record.instruction())
                    .put("source", path(folder, record.source()))
                    .put("target", path(folder, record.target()))
                    .put("entity", path(folder, record.entity()))
                    .put("mask", record.mask().map(mask -> path(folder, mask)).orElse(null))
                    .put("caption", record.caption())
                    .put("plain_instruction", record.plainInstruction().orElse(null))
                    .put("object", record.object());
            json.set("pictures", paths(folder, record.images()));
        }
        compareRecords(golden.json().path("migebench"), loaded, checks);
    }

    private static void dreamBench(Golden golden, SoftAssertions checks) {
        String folder = "dreambench";
        ArrayNode loaded = Json.MAPPER.createArrayNode();
        for (DreamBenchRecord record : DreamBenchRecord.load(golden.sibling(folder))) {
            ObjectNode json = loaded.addObject()
                    .put("subject", record.subject())
                    .put("class_name", record.className().orElse(null))
                    .put("live", record.isLive())
                    .put("prompt_index", record.promptIndex())
                    .put("prompt", record.prompt())
                    .put("instruction", record.instruction())
                    .put("reference", path(folder, record.reference()));
            json.set("reals", paths(folder, record.reals()));
        }
        compareRecords(golden.json().path("dreambench"), loaded, checks);
    }

    private static void dreamBenchOfMige(Golden golden, SoftAssertions checks) {
        String folder = "dreambench";
        ArrayNode loaded = Json.MAPPER.createArrayNode();
        for (DreamBenchRecord record : DreamBenchRecord.load(golden.sibling(folder + "/dreambench_mige.json"))) {
            ObjectNode json =
                    loaded.addObject().put("instruction", record.instruction()).put("caption", record.prompt());
            json.set("pictures", paths(folder, List.of(record.reference())));
        }
        compareRecords(golden.json().path("dreambench_mige"), loaded, checks);
    }

    private static void magicBrush(Golden golden, SoftAssertions checks) {
        String folder = "magicbrush/test";
        JsonNode expected = golden.json().path("magicbrush");
        ArrayNode turns = Json.MAPPER.createArrayNode();
        Map<String, ImageSource> allTurns = new TreeMap<>(), finalTurns = new TreeMap<>();
        for (List<MagicBrushTurn> session : MagicBrushTurn.loadTest(golden.sibling(folder))) {
            for (MagicBrushTurn turn : session) {
                turns.addObject()
                        .put("id", turn.session())
                        .put("turn", turn.turn())
                        .put("instruction", turn.instruction())
                        .put("source", path(folder, turn.source()))
                        .put("mask", turn.mask().map(mask -> path(folder, mask)).orElse(null))
                        .put("target", path(folder, turn.target()))
                        .put("global_caption", turn.globalCaption().orElse(null))
                        .put("local_caption", turn.localCaption().orElse(null))
                        .put("output_single_turn", outputFile(turn.independentOutput()))
                        .put("output_multi_turn", outputFile(turn.iteratedOutput()));
                allTurns.put(generatedFile(golden, turn.independentOutput()), turn.target());
            }
            MagicBrushTurn last = session.get(session.size() - 1);
            finalTurns.put(generatedFile(golden, last.iteratedOutput()), last.target());
        }
        compareRecords(expected.path("turns"), turns, checks);
        comparePairs("all turns", expected.path("all_turn_pairs"), folder, allTurns, checks);
        comparePairs("final turn", expected.path("final_turn_pairs"), folder, finalTurns, checks);
        compareScores("all turns", expected.at("/scores/all_turn"), golden, allTurns, checks);
        compareScores("final turn", expected.at("/scores/final_turn"), golden, finalTurns, checks);
    }

    /** The authors' script accepts both formats. */
    private static String generatedFile(Golden golden, String output) {
        String path = "magicbrush/generated/" + output;
        return path + (Files.exists(golden.path().resolveSibling(path + ".jpg")) ? ".jpg" : ".png");
    }

    private static void comparePairs(
            String label, JsonNode expected, String folder, Map<String, ImageSource> pairs, SoftAssertions checks) {
        Collection<String> expectedPairs = new TreeSet<>(), loadedPairs = new TreeSet<>();
        for (JsonNode pair : expected)
            expectedPairs.add(pair.path(0).asText() + " " + pair.path(1).asText());
        pairs.forEach((output, target) -> loadedPairs.add(output + " " + path(folder, target)));
        checks.assertEqual("pairs of " + label, expectedPairs, loadedPairs);
    }

    private static void compareScores(
            String label, JsonNode expected, Golden golden, Map<String, ImageSource> pairs, SoftAssertions checks) {
        double l1 = 0, l2 = 0;
        for (Map.Entry<String, ImageSource> pair : pairs.entrySet()) {
            Image truth = pair.getValue().read(), output = ImageFile.readAsPillow(golden.sibling(pair.getKey()));
            l1 += PixelMetrics.l1(output, truth) / pairs.size();
            l2 += PixelMetrics.l2(output, truth) / pairs.size();
        }
        checks.assertClose("L1 of " + label, numbers(expected.path("l1")), new double[] {l1}, Tolerance.ROUNDING);
        checks.assertClose("L2 of " + label, numbers(expected.path("l2")), new double[] {l2}, Tolerance.ROUNDING);
    }

    private static double[] numbers(JsonNode number) {
        return new double[] {number.asDouble(Double.NaN)};
    }

    /** The files themselves: their checksums, and that the images among them are readable. */
    private static void files(Golden golden, SoftAssertions checks) throws Exception {
        for (var i = golden.json().path("files").fields(); i.hasNext(); ) {
            var entry = i.next();
            Path file = golden.sibling(entry.getKey());
            checks.assertEqual(entry.getKey(), entry.getValue().asText(), Sha256.hex(Files.readAllBytes(file)));
            if (entry.getKey().matches(".*\\.(jpg|png)")) ImageFile.readAsPillow(file);
        }
    }

    static void compareRecords(JsonNode expected, ArrayNode loaded, SoftAssertions checks) {
        checks.assertEqual("number of records", expected.size(), loaded.size());
        for (int i = 0; i < Math.min(expected.size(), loaded.size()); i++)
            checks.assertEqual("record " + (i + 1), expected.get(i), loaded.get(i));
    }

    private static ArrayNode paths(String folder, List<ImageSource> images) {
        ArrayNode paths = Json.MAPPER.createArrayNode();
        for (ImageSource image : images) paths.add(path(folder, image));
        return paths;
    }

    private static String path(String folder, ImageSource image) {
        return folder + "/" + image.name();
    }

    private static String outputFile(String path) {
        return path.substring(path.indexOf('/') + 1) + ".png";
    }
}
