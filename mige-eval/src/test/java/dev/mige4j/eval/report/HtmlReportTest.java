package dev.mige4j.eval.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.eval.EvaluationTest;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.nano.NanoSuite;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.SubjectGeneration;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HtmlReportTest {

    static final Summary EMPTY =
            new Summary("A <bench>", Map.of(), List.of("nano"), List.of(), List.of(), Summary.Publication.NONE);
    static final Image NOISE = noise(160);

    @Test
    void showsTheInstructionWithNumberedImages() {
        String html = HtmlReport.render(EMPTY, List.of(sample("edit-0", "Put<imagehere>on<imagehere> & go", Map.of())));
        String text = html.replaceAll("\\s+", " ");
        assertTrue(text.contains("<h4> Put <mark>1</mark> on <mark>2</mark> &amp; go </h4>"), text);
        assertTrue(text.contains("edit-0 · add · seen"), text);
    }

    @Test
    void escapesText() {
        String html = HtmlReport.render(EMPTY, List.of());
        assertTrue(html.contains("<h1>A &lt;bench&gt;</h1>"), html);
    }

    @Test
    void isSelfContained() {
        String html = HtmlReport.render(EMPTY, List.of(sample("edit-0", "a<imagehere>b<imagehere>", Map.of())));
        assertFalse(html.contains("http:") || html.contains("https:"), "no external resource");
        assertFalse(html.contains("<script"), "no script");
        assertTrue(html.contains("src=\"data:image/jpeg;base64,"), "images are embedded");
    }

    @Test
    void marksSuccessAndFailure() {
        assertTrue(caption(Map.of(Metric.SUCCESS, 1.0)).contains("nano ✓"));
        assertTrue(caption(Map.of(Metric.SUCCESS, 0.0)).contains("nano ✗"));
        assertTrue(caption(Map.of(Metric.L1, 0.0)).contains("<figcaption>nano</figcaption>"));
    }

    private static String caption(Map<Metric, Double> metrics) {
        return HtmlReport.render(EMPTY, List.of(sample("edit-0", "a<imagehere>b<imagehere>", metrics)));
    }

    @Test
    void omitsTheLastSamplesWhenTheFileWouldBeTooLarge() {
        List<ReportSample> samples = new ArrayList<>();
        for (int i = 0; i < 300; i++)
            samples.add(sample("edit-%03d".formatted(i), "a<imagehere>b<imagehere>", Map.of(), noise(96, i)));
        String html = HtmlReport.render(EMPTY, samples);
        int bytes = html.getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes <= HtmlReport.MAX_BYTES && bytes > HtmlReport.MAX_BYTES * 0.95, bytes + " bytes");
        assertTrue(html.contains("edit-000") && !html.contains("edit-299"));
    }

    @Test
    void shrinksTheImagesBeforeOmittingSamples() {
        List<ReportSample> samples = new ArrayList<>();
        for (int i = 0; i < 70; i++)
            samples.add(sample("edit-%03d".formatted(i), "a<imagehere>b<imagehere>", Map.of(), noise(160, i)));
        String html = HtmlReport.render(EMPTY, samples);
        assertTrue(html.contains("edit-069"), "all samples are shown");
        assertFalse(html.contains("width=\"144\""), "in smaller images");
    }

    @Test
    void hasATableOfTheMetricsOfEachGroup() {
        Score score = new Score("nano", "p", "edit-0", 0, "edit", "add", "seen", Map.of(Metric.L1, 0.125));
        Benchmark benchmark = EvaluationTest.benchmark(Optional.empty());
        Summary summary = Summary.of(benchmark, Map.of("seed", "0"), List.of("nano"), 1, List.of(score));
        String html = HtmlReport.render(summary, List.of());
        assertTrue(html.contains("<th scope=\"col\">L1</th>") && html.contains("<td>0.1250</td>"), html);
        assertTrue(html.contains("<dt>seed</dt><dd>0</dd>"), html);
        assertEquals(benchmark.targets().size(), html.split("not measured", -1).length - 1, "a row for each target");
    }

    private static ReportSample sample(String label, String instruction, Map<Metric, Double> metrics) {
        return sample(label, instruction, metrics, NOISE);
    }

    private static ReportSample sample(String label, String instruction, Map<Metric, Double> metrics, Image output) {
        return new ReportSample(
                label,
                NanoSuite.EDIT,
                "add",
                "seen",
                new SubjectGeneration(new Instruction(instruction, List.of(NOISE, NOISE))),
                Optional.of(NOISE),
                Map.of("nano", output),
                Map.of("nano", new Score("nano", "p", label, 0, "edit", "add", "seen", metrics)));
    }

    private static Image noise(int side) {
        return noise(side, 1);
    }

    private static Image noise(int side, long seed) {
        byte[] rgb = new byte[3 * side * side];
        new Random(seed).nextBytes(rgb);
        return Image.of(side, side, rgb);
    }
}
