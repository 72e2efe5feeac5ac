package dev.mige4j.eval.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.nano.NanoSuite;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.train.HeldOutLoss;
import dev.mige4j.train.logging.TrainingListener;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimsPageTest {

    private static ClaimsSummary summary() {
        List<Score> scores = new ArrayList<>();
        for (ClaimVariant variant : List.of(ClaimVariant.JOINT, ClaimVariant.EDITING_ONLY))
            for (int i = 0; i < 4; i++)
                scores.add(new Score(
                        new ClaimRun(variant, 1).name(),
                        "p",
                        "edit-" + i,
                        0,
                        NanoSuite.EDIT.label(),
                        "add",
                        "seen",
                        Map.of(Metric.SUCCESS, variant == ClaimVariant.JOINT ? 1.0 : 0.0)));
        return ClaimsSummary.of(scores, 1, List.of());
    }

    @Test
    void showsTheAnswersBesideEachOther() {
        Image source = Image.filled(8, 8, 0x804020), answer = Image.filled(8, 8, 0x204080);
        ClaimsPage.Question question = new ClaimsPage.Question(
                "edit",
                new InstructionEdit(new Instruction("Make<imagehere>a \"<night>\"", List.of(source)), source),
                answer,
                Map.of("joint", answer));
        String page = ClaimsPage.render(summary(), 1, List.of(question));
        assertTrue(page.contains("<p>Make [1] a &quot;&lt;night&gt;&quot;</p>"), page);
        assertTrue(page.contains("<th scope=\"col\">image 1, source</th>"), page);
        assertTrue(page.contains("<th scope=\"col\">joint</th>"), page);
        assertFalse(page.contains("<th scope=\"col\">text-only</th>"), page);
    }

    @Test
    void plotsEachDifferenceAsValidXml() throws Exception {
        byte[] svg = ClaimsPlot.render(summary()).getBytes(StandardCharsets.UTF_8);
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(svg));
        assertEquals("svg", document.getDocumentElement().getTagName());
        assertEquals(1, document.getElementsByTagName("circle").getLength());
    }

    @Test
    void writesTheSameNumbersAsJson() throws IOException {
        JsonNode json = Json.MAPPER.readTree(ClaimsJson.render(summary()));
        JsonNode claim = json.at("/claims/0");
        assertEquals(
                "Joint training improves instruction-based editing.",
                claim.get("claim").asText());
        assertEquals("supported", claim.get("verdict").asText());
        assertEquals(1, claim.at("/comparisons/0/improvements/success/mean").asDouble());
        assertEquals("not measured", json.at("/claims/1/verdict").asText());
    }

    @Test
    void takesHeldOutLossesOfTheTasksThatARunIsEvaluatedOn(@TempDir Path folder) {
        ClaimsFolder files = new ClaimsFolder(folder);
        ClaimRun run = new ClaimRun(ClaimVariant.EDITING_ONLY, 1);
        AtomicFile.write(
                files.heldOutLosses(run),
                Json.writePretty(List.of(
                        new HeldOutLoss(0, "subject", 0.5),
                        new HeldOutLoss(1, "edit", 0.25),
                        new HeldOutLoss(2, "subject_edit", 0.125))));
        List<Score> scores = new HeldOutScores(files, folder).of(run, TrainingListener.NONE);
        assertEquals(
                List.of("held-out-1", "held-out-2"),
                scores.stream().map(Score::sample).toList());
        ClaimsSummary summary = ClaimsSummary.of(scores, 1, List.of());
        assertTrue(ClaimsTable.render(summary, 1).contains("0.2500"), ClaimsTable.render(summary, 1));
        AtomicFile.write(files.heldOutLosses(run), "{");
        var e = assertThrows(
                UsageException.class, () -> new HeldOutScores(files, folder).of(run, TrainingListener.NONE));
        assertTrue(e.getMessage().contains("delete it, and they are computed again"), e.getMessage());
    }
}
