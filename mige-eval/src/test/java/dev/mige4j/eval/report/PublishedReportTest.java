package dev.mige4j.eval.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.benchmark.ProtocolNote;
import dev.mige4j.eval.benchmark.PublishedValue;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.benchmark.ScoreSubset;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import dev.mige4j.task.InstructionEdit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The reports of a benchmark that is in a paper. */
class PublishedReportTest {

    static final BenchmarkSuite EDITS = new Edits();
    static final Image SOURCE = Image.filled(8, 8, 0x808080), OUTPUT = Image.filled(8, 8, 0x2040ff);

    final List<Score> scores = new ArrayList<>();

    private void score(String sample, String kind, Metric metric, MetricValue value) {
        scores.add(new Score("nano", "p", "", sample, 0, "test", kind, "", Map.of(metric, value)));
    }

    private Summary summary() {
        return Summary.of(new Edits(), Map.of("seed", "0"), List.of("nano"), 1, scores);
    }

    @Test
    void countsAndNamesTheSamplesThatAMeanLeavesOut() {
        score("1", "add", Metric.CLIP_I, MetricValue.of(0.5));
        score("2", "add", Metric.CLIP_I, MetricValue.missing("the image is missing"));
        for (int i = 3; i < 10; i++) score("" + i, "add", Metric.CLIP_I, MetricValue.missing("100 % black"));
        String text = TextReport.render(summary());
        assertTrue(text.contains("0.5000 (1 of 9)"), text);
        assertTrue(text.contains("nano without CLIP-I: 1 of 9, the image is missing: 2\n"), text);
        assertTrue(text.contains("nano without CLIP-I: 7 of 9, 100 % black: 3, 4, 5, 6, 7 and 2 more\n"), text);
        assertTrue(HtmlReport.render(summary(), List.of()).contains("7 of 9, 100 % black: 3, 4, 5, 6, 7 and 2 more"));
        JsonNode mean = json("/groups/0/rows/nano/clip_i");
        assertEquals(1, mean.get("samples").asInt());
        assertEquals(7, mean.at("/missing/100 % black").size(), "JSON names all of them");
    }

    @Test
    void showsNoControlCharactersOfNamesFromFilesOnATerminal() {
        score("\u001b[31m1", "a\u0000dd", Metric.CLIP_I, MetricValue.missing("\u009bno\tvalue"));
        String text = TextReport.render(summary());
        assertTrue(text.contains("?no?value: ?[31m1\n"), text);
        assertTrue(text.lines().allMatch(line -> line.chars().noneMatch(Character::isISOControl)), text);
    }

    @Test
    void hasNoMeanWhereAllSamplesLackAValue() {
        score("1", "add", Metric.CLIP_I, MetricValue.missing("the image is missing"));
        assertTrue(TextReport.render(summary()).contains("- (0 of 1)"));
        assertEquals(0, json("/groups/0/rows/nano/clip_i/samples").asInt());
        assertTrue(json("/groups/0/rows/nano/clip_i/value").isMissingNode());
    }

    @Test
    void showsThePapersNumbersWithTheirSource() {
        score("1", "add", Metric.CLIP_I, MetricValue.of(0.5));
        score("1", "add", Metric.DINO, MetricValue.of(0.5));
        String text = TextReport.render(summary());
        assertTrue(text.lines().anyMatch(l -> l.matches("  paper +0.862 \\[1\\] +none known")), text);
        assertTrue(text.contains("  [1] test, CLIP-I: 0.862. Table 3; the subset is not stated."), text);
        assertEquals("0.862", json("/paper/0/value").asText());
    }

    @Test
    void saysHowToReadTheTables() {
        score("1", "add", Metric.L1, MetricValue.of(0.5));
        score("1", "add", Metric.CLIP_I, MetricValue.of(0.5));
        for (String report : List.of(TextReport.render(summary()), HtmlReport.render(summary(), List.of()))) {
            String text = report.replaceAll("\\s+", " ");
            assertTrue(text.contains("± the larger half of the 95 % bootstrap interval"), text);
            assertTrue(text.contains("Lower is better: L1."), text);
            assertTrue(text.contains("Open: not published by the authors of MIGE"), text);
        }
    }

    @Test
    void continuesAWideTableBelow() {
        for (Metric metric : Metric.values()) score("1", "add", metric, MetricValue.of(0.5));
        String text = TextReport.render(summary());
        assertTrue(text.lines().allMatch(line -> line.length() <= 120), text);
        for (Metric metric : Metric.values()) assertTrue(text.contains("  " + metric.title()), metric.title());
    }

    @Test
    void listsTheProtocolAndItsOpenQuestionsBySection() {
        score("1", "add", Metric.CLIP_I, MetricValue.of(0.5));
        String text = TextReport.render(summary());
        assertTrue(text.contains("\nCaptions\n  - Output captions are used.\n  - Open: Are they?\n"), text);
        assertTrue(text.contains("\nImages\n  - "), text);
        assertTrue(text.lines().allMatch(line -> line.length() <= 100), text);
        assertTrue(json("/protocol/1/open").asBoolean());
    }

    @Test
    void hasATableForEachSubset() {
        score("1", "add", Metric.CLIP_I, MetricValue.of(0.5));
        score("2", "text", Metric.CLIP_I, MetricValue.of(0.1));
        Summary summary = summary();
        assertEquals(
                List.of("test: all of it", "test, without text", "test, add", "test, text"),
                summary.groups().stream().map(Summary.Group::heading).toList());
        assertEquals(0.3, estimate(summary, 0), 1e-9);
        assertEquals(0.5, estimate(summary, 1), 1e-9);
    }

    private static double estimate(Summary summary, int group) {
        return summary.groups()
                .get(group)
                .estimate("nano", Metric.CLIP_I)
                .orElseThrow()
                .value();
    }

    @Test
    void showsSourceOutputAndTruthWithTheMetricsOfTheSample() {
        score("1", "add", Metric.L1, MetricValue.of(0.25));
        Map<Metric, MetricValue> values = new LinkedHashMap<>();
        values.put(Metric.L1, MetricValue.of(0.25));
        values.put(Metric.CLIP_DIRECTION, MetricValue.missing("the captions are equal"));
        ReportSample sample = new ReportSample(
                "1",
                EDITS,
                "add",
                "",
                InstructionEdit.of("make it blue", SOURCE),
                Optional.of(OUTPUT),
                Map.of("nano", OUTPUT),
                Map.of("nano", new Score("nano", "p", "", "1", 0, "test", "add", "", values)));
        String html = HtmlReport.render(summary(), List.of(sample)).replaceAll("\\s+", " ");
        int source = html.indexOf("source</figcaption>"),
                made = html.indexOf("<figcaption>nano</figcaption>"),
                truth = html.indexOf("<figcaption>truth</figcaption>");
        assertTrue(0 < source && source < made && made < truth, source + " " + made + " " + truth);
        assertTrue(html.contains("<td>0.2500</td>") && html.contains("<td>the captions are equal</td>"), html);
        assertTrue(html.contains("<p class=\"soft\">1 · add</p>"), html);
        assertFalse(html.contains("<script"), html);
    }

    private JsonNode json(String pointer) {
        try {
            return Json.MAPPER.readTree(JsonReport.render(summary())).at(pointer);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Edits implements Benchmark, BenchmarkSuite {

        @Override
        public String name() {
            return "Edits";
        }

        @Override
        public List<BenchmarkSuite> suites() {
            return List.of(EDITS);
        }

        @Override
        public List<BenchmarkSample> samples() {
            return List.of();
        }

        @Override
        public List<ModelUnderTest> baselines() {
            return List.of();
        }

        @Override
        public List<ScoreSubset> subsets() {
            return List.of(new ScoreSubset("test", "without text", Set.of("add"), Set.of()));
        }

        @Override
        public String inputSettings() {
            return "";
        }

        @Override
        public String scoringSettings() {
            return "";
        }

        @Override
        public Map<String, String> metadata() {
            return Map.of();
        }

        @Override
        public List<PublishedValue> publishedValues() {
            return List.of(new PublishedValue("test", Metric.CLIP_I, "0.862", "Table 3; the subset is not stated."));
        }

        @Override
        public List<ProtocolNote> protocolNotes() {
            return List.of(
                    new ProtocolNote("Captions", "Output captions are used.", false),
                    new ProtocolNote("Captions", "Are they?", true),
                    new ProtocolNote("Images", "A long sentence about images. ".repeat(8), false));
        }

        @Override
        public String label() {
            return "test";
        }

        @Override
        public String title() {
            return "all of it";
        }

        @Override
        public boolean isGeneration() {
            return false;
        }
    }
}
