package mige.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import mige.data.Corpus;
import mige.data.Example;
import mige.data.HandDrawn;
import mige.data.Item;
import mige.data.Kind;
import mige.data.Split;
import mige.image.Picture;
import mige.pipeline.Mige;
import mige.pipeline.Settings;
import mige.task.Task;
import mige.tensor.UsageException;
import mige.train.Watch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NanoEvaluationTest {
    static final Corpus CORPUS = HandDrawn.corpus(64);

    @TempDir Path out;
    final AtomicInteger requests = new AtomicInteger();

    @Test void setsAModelBetweenCopySourceAndOracle() throws Exception {
        NanoEvaluation.Outcome outcome = NanoEvaluation.run(plan(questions(), painter("nano", "truth")), CORPUS, Optional.of(new Colours()), Watch.NONE);
        assertTrue(outcome.complete());
        Summary.Group edits = group(outcome.summary(), Suite.EDIT);
        assertEquals(0, edits.estimate("nano", Figure.L1).orElseThrow().value());
        assertEquals(1, edits.estimate("nano", Figure.SUCCESS).orElseThrow().value());
        assertEquals(0, edits.estimate("copy-source", Figure.SUCCESS).orElseThrow().value());
        assertEquals(0, edits.estimate("copy-source", Figure.CHANGE_OUTSIDE).orElseThrow().value());
        assertTrue(edits.estimate("blank", Figure.L1).isEmpty());
        Summary.Group subjects = group(outcome.summary(), Suite.SUBJECT_ONE);
        assertTrue(subjects.estimate("copy-source", Figure.L1).isEmpty());
        assertEquals(0, subjects.estimate("blank", Figure.IDENTITY).orElseThrow().value());
        assertEquals(1, subjects.estimate("oracle", Figure.IDENTITY).orElseThrow().value());

        JsonNode json = new ObjectMapper().readTree(outcome.json().toFile());
        assertEquals("reached", verdict(json, "edit: success"));
        assertEquals("not measured", verdict(json, "subject add/replace: success"));
        assertTrue(outcome.table().contains("edit: instruction edit (3)"), outcome.table());
        assertTrue(outcome.table().contains("100.0 %"), outcome.table());
    }

    @Test void writesOnePageWithThePicturesOfTheFirstQuestions() throws Exception {
        NanoEvaluation.Outcome outcome = NanoEvaluation.run(plan(questions(), painter("nano", "truth")), CORPUS, Optional.empty(), Watch.NONE);
        String page = Files.readString(outcome.page());
        assertTrue(page.contains("edit-0") && page.contains("edit-1") && !page.contains("edit-2"), "two questions of each suite are shown");
        assertFalse(page.contains("http"), "nothing is fetched");
        assertTrue(page.contains("<mark>1</mark>") && !page.contains("imagehere"));
        assertTrue(Files.size(outcome.page()) < Page.LIMIT);
    }

    @Test void keepsThePageSmallWhateverIsShown() {
        Picture noise = noise(256);
        List<Page.Shown> shown = new ArrayList<>();
        for (int i = 0; i < 400; i++) shown.add(new Page.Shown("edit-%03d".formatted(i), Suite.EDIT, "add", "seen", "a<imagehere>", List.of(noise, noise), noise,
                new java.util.LinkedHashMap<>(java.util.Map.of("nano", Optional.of(noise))), java.util.Map.of()));
        String page = Page.html(Summary.of(java.util.Map.of(), List.of("nano"), 1, List.of()), shown);
        assertTrue(page.length() <= Page.LIMIT && page.length() > Page.LIMIT / 4, page.length() + " bytes");
        assertTrue(page.contains("edit-000") && !page.contains("edit-399"));
    }

    @Test void saysWhatCannotBeMeasuredWithoutAPair() {
        String table = NanoEvaluation.run(plan(questions(), painter("nano", "truth")), CORPUS, Optional.empty(), Watch.NONE).table();
        assertTrue(table.contains("evaluation pair: none: not measured are CLIP-I, CLIP-T, identity, scene"), table);
        assertTrue(table.contains("not measured"), table);
    }

    @Test void goesOnWhereItWasStopped() throws Exception {
        List<Question> questions = questions();
        assertFalse(NanoEvaluation.run(plan(questions, painter("nano", "truth")), CORPUS, Optional.empty(), (done, of, left, figures) -> done < 2).complete());
        assertEquals(2 + 1, requests.getAndSet(0), "two questions and a warm-up");
        Files.writeString(out.resolve("scores.jsonl"), "{\"row\":\"nano\",\"ma", StandardOpenOption.APPEND);
        NanoEvaluation.Outcome outcome = NanoEvaluation.run(plan(questions, painter("nano", "truth")), CORPUS, Optional.empty(), Watch.NONE);
        assertTrue(outcome.complete());
        assertEquals(questions.size() - 2 + 1, requests.getAndSet(0));
        assertEquals(3, group(outcome.summary(), Suite.EDIT).questions());
        NanoEvaluation.run(plan(questions, painter("nano", "truth")), CORPUS, Optional.empty(), Watch.NONE);
        assertEquals(0, requests.get(), "all is done");
    }

    @Test void makesNoPictureAgainWhenOnlyThePairIsNew() {
        List<Question> questions = questions();
        NanoEvaluation.run(plan(questions, painter("nano", "truth")), CORPUS, Optional.empty(), Watch.NONE);
        requests.set(0);
        Summary summary = NanoEvaluation.run(plan(questions, painter("nano", "truth")), CORPUS, Optional.of(new Colours()), Watch.NONE).summary();
        assertEquals(1, requests.get(), "the warm-up alone");
        assertEquals(1, group(summary, Suite.EDIT).estimate("nano", Figure.CLIP_I).orElseThrow().value(), 1e-6);
    }

    @Test void takesNoScoreOfOtherWeightsForItsOwn() {
        List<Question> questions = questions();
        NanoEvaluation.run(plan(questions, painter("nano", "source")), CORPUS, Optional.empty(), Watch.NONE);
        Summary summary = NanoEvaluation.run(plan(questions, painter("nano", "truth")), CORPUS, Optional.empty(), Watch.NONE).summary();
        assertEquals(0, group(summary, Suite.EDIT).estimate("nano", Figure.L1).orElseThrow().value());
    }

    @Test void comparesModelsInOneTable() {
        Plan two = new Plan(painter("J", "truth"), painter("J-text", "source"));
        NanoEvaluation.Outcome outcome = NanoEvaluation.run(plan(questions(), two.first, two.second), CORPUS, Optional.empty(), Watch.NONE);
        assertEquals(List.of("J", "J-text", "copy-source", "oracle", "blank"), outcome.summary().rows());
        Summary.Group edits = group(outcome.summary(), Suite.EDIT);
        assertEquals(0, edits.estimate("J", Figure.L1).orElseThrow().value());
        assertEquals(edits.estimate("copy-source", Figure.L1), edits.estimate("J-text", Figure.L1));
        assertThrows(UsageException.class, () -> NanoEvaluation.run(plan(questions(), painter("J", "truth"), painter("J", "source")), CORPUS, Optional.empty(), Watch.NONE));
    }

    private record Plan(Entrant first, Entrant second) {}

    @Test void editsItsOwnAnswerInAChain() {
        Item first = CORPUS.item(Split.SEEN, 5, 1, Kind.ADD);
        Item second = new Item(Kind.COLOUR, Split.SEEN, "Make<imagehere>red", first.references().stream().filter(r -> r.how().equals("source")).toList(), first.target(), first.target(),
                List.of(0), "", "", "", first.targetCaption());
        List<Picture> canvases = new ArrayList<>();
        Picture mine = noise(64);
        Entrant model = new Entrant.Bound("nano", "x") {
            @Override public boolean model() {
                return true;
            }

            @Override public Optional<Picture> answer(Task task, Example truth, long seed) {
                canvases.add(task.canvas().orElseThrow());
                assertTrue(task.instruction().pictures().contains(task.canvas().orElseThrow()));
                return Optional.of(mine);
            }
        };
        Summary summary = NanoEvaluation.run(plan(List.of(new Question("multi-turn-000", Suite.MULTI_TURN, List.of(first, second))), model), CORPUS, Optional.empty(), Watch.NONE).summary();
        assertEquals(mine, canvases.get(2), "after the warm-up and the first turn");
        assertEquals(List.of("turn 1", "turn 2"), summary.groups().stream().filter(g -> g.by() == Summary.By.TURN).map(Summary.Group::name).toList());
    }

    @Test void asksARealModel() {
        try (Mige mige = Mige.random(1)) {
            Corpus corpus = HandDrawn.corpus(Math.max(32, mige.size()));
            Entrant model = Entrant.of(mige.name(), mige, Settings.DEFAULT.withSteps(2));
            List<Question> some = List.of(new Question("edit-0", Suite.EDIT, List.of(corpus.item(Split.SEEN, 3, 0, Kind.ADD))),
                    new Question("subject-1-0", Suite.SUBJECT_ONE, List.of(corpus.item(Split.SEEN, 4, 0, Kind.SUBJECT_1))),
                    new Question("subject-add-0", Suite.SUBJECT_ADD, List.of(corpus.item(Split.SEEN, 4, 0, Kind.SUBJECT_ADD))));
            NanoEvaluation.Plan plan = new NanoEvaluation.Plan(some, List.of(model), Entrant.oracle(mige), 0, 10, out, 2);
            Summary summary = NanoEvaluation.run(plan, corpus, Optional.empty(), Watch.NONE).summary();
            for (Suite suite : List.of(Suite.EDIT, Suite.SUBJECT_ONE, Suite.SUBJECT_ADD)) {
                assertTrue(group(summary, suite).estimate(mige.name(), Figure.SECONDS).orElseThrow().value() > 0);
                assertTrue(group(summary, suite).estimate("oracle", Figure.L1).orElseThrow().value() > 0);
            }
        }
    }

    // ---- what is asked, and who answers

    private static List<Question> questions() {
        List<Question> all = new ArrayList<>();
        List<Kind> kinds = List.of(Kind.COLOUR, Kind.ADD, Kind.REMOVE);
        for (int i = 0; i < 3; i++) all.add(new Question("edit-" + i, Suite.EDIT, List.of(CORPUS.item(Split.SEEN, 3, i, kinds.get(i)))));
        for (int i = 0; i < 2; i++) all.add(new Question("subject-1-" + i, Suite.SUBJECT_ONE, List.of(CORPUS.item(i == 0 ? Split.SEEN : Split.UNSEEN_SUBJECT, 4, i, Kind.SUBJECT_1))));
        return all;
    }

    private NanoEvaluation.Plan plan(List<Question> questions, Entrant... models) {
        return new NanoEvaluation.Plan(questions, List.of(models), truth("oracle", "perfect"), 0, 10, out, 2);
    }

    /** A model that knows the truth, or one that never changes anything. */
    private Entrant painter(String name, String what) {
        return new Entrant.Bound(name, what) {
            @Override public boolean model() {
                return true;
            }

            @Override public Optional<Picture> answer(Task task, Example truth, long seed) {
                requests.incrementAndGet();
                return what.equals("truth") && truth != null ? Optional.of(truth.target()) : task.canvas().or(() -> Optional.of(task.instruction().pictures().get(0)));
            }
        };
    }

    private static Entrant truth(String name, String madeBy) {
        return new Entrant.Bound(name, madeBy) {
            @Override public Optional<Picture> answer(Task task, Example truth, long seed) {
                return Optional.of(truth.target());
            }
        };
    }

    private static Summary.Group group(Summary summary, Suite suite) {
        return summary.groups().stream().filter(g -> g.suite() == suite && g.by() == Summary.By.SUITE).findFirst().orElseThrow();
    }

    private static String verdict(JsonNode json, String bar) {
        for (JsonNode node : json.get("bars")) if (node.get("bar").asText().equals(bar)) return node.get("verdict").asText();
        throw new AssertionError("no bar " + bar);
    }

    private static Picture noise(int side) {
        byte[] rgb = new byte[3 * side * side];
        new java.util.Random(1).nextBytes(rgb);
        return Picture.of(side, side, rgb);
    }
}
