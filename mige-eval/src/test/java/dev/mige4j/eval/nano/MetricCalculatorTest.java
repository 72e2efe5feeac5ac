package dev.mige4j.eval.nano;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.ColourPatchCorpus;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.eval.embedding.ColourGridEmbedder;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.nano.IdentityRetrieval.Candidate;
import dev.mige4j.image.Image;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MetricCalculatorTest {
    static final Corpus CORPUS = ColourPatchCorpus.of(64);
    final ColourGridEmbedder embedder = new ColourGridEmbedder();
    final MetricCalculator calculator = new MetricCalculator(CORPUS, Optional.of(embedder), 12);

    @ParameterizedTest
    @EnumSource(TaskKind.class)
    void scoresTheGroundTruthAsPerfect(TaskKind kind) {
        ExampleSpec item = item(kind);
        Example example = CORPUS.render(item);
        registerCaptions(item, example);
        Map<Metric, Double> metrics = calculator.forItem(item).measure(example.target(), example.source());
        assertEquals(0, metrics.get(Metric.L1));
        assertEquals(0, metrics.get(Metric.L2));
        assertEquals(1, metrics.get(Metric.SUCCESS), item.instruction());
        assertEquals(1, metrics.get(Metric.CLIP_I), 1e-6);
        assertEquals(1, metrics.get(Metric.CLIP_T), 1e-6);
        if (kind.isLocal()) assertEquals(60, metrics.get(Metric.PSNR_OUTSIDE));
        assertEquals(kind.task().equals("edit"), !metrics.containsKey(Metric.IDENTITY));
        if (metrics.containsKey(Metric.IDENTITY)) assertEquals(1, metrics.get(Metric.IDENTITY), item.instruction());
        assertEquals(kind.task().equals("subject") || kind == TaskKind.BACKGROUND, metrics.containsKey(Metric.SCENE));
    }

    @ParameterizedTest
    @EnumSource(
            value = TaskKind.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_3"})
    void scoresTheSourceAsUnchangedAndUnsuccessful(TaskKind kind) {
        ExampleSpec item = item(kind);
        Example example = CORPUS.render(item);
        registerCaptions(item, example);
        Map<Metric, Double> metrics =
                calculator.forItem(item).measure(example.source().orElseThrow(), example.source());
        assertEquals(0, metrics.get(Metric.SUCCESS), item.instruction());
        assertTrue(metrics.get(Metric.L1) > 0);
        if (kind.isLocal()) assertEquals(0, metrics.get(Metric.CHANGE_OUTSIDE));
        else assertFalse(metrics.containsKey(Metric.CHANGE_OUTSIDE));
    }

    @Test
    void findsNoSubjectInABlankImage() {
        for (TaskKind kind : List.of(TaskKind.SUBJECT_1, TaskKind.SUBJECT_2)) {
            Map<Metric, Double> metrics =
                    calculator.forItem(item(kind)).measure(Image.filled(64, 64, 0x808080), Optional.empty());
            assertEquals(0, metrics.get(Metric.SUCCESS));
            assertEquals(0, metrics.get(Metric.IDENTITY));
        }
    }

    @Test
    void acceptsAnotherStyleAsTheConceptButNotTheIdentity() {
        ExampleSpec item = item(TaskKind.SUBJECT_ADD);
        ObjectSpec object = item.target().objects().stream()
                .filter(o -> o.id() == 0)
                .findFirst()
                .orElseThrow();
        String otherStyle = CORPUS.iconSetsOf(object.concept()).stream()
                .filter(s -> item.references().stream()
                        .noneMatch(
                                r -> r.object() != null && r.object().iconSet().equals(s)))
                .filter(s -> !s.equals(object.iconSet()))
                .findFirst()
                .orElseThrow();
        SceneSpec restyled = item.target()
                .withReplacedObject(new ObjectSpec(
                        0,
                        object.concept(),
                        otherStyle,
                        object.hueShift(),
                        null,
                        null,
                        object.x(),
                        object.depth(),
                        object.y(),
                        object.size(),
                        object.flip(),
                        object.rotation(),
                        object.shear(),
                        object.onGrid()));
        Map<Metric, Double> metrics = calculator
                .forItem(item)
                .measure(CORPUS.renderScene(restyled), CORPUS.render(item).source());
        assertEquals(1, metrics.get(Metric.SUCCESS), item.instruction());
        assertEquals(0, metrics.get(Metric.IDENTITY), item.instruction());
    }

    @Test
    void candidatesIncludeTheSubjectItsStylesAndNone() {
        ExampleSpec item = item(TaskKind.SUBJECT_ADD);
        ObjectSpec object = item.target().objects().stream()
                .filter(o -> o.id() == 0)
                .findFirst()
                .orElseThrow();
        var query = new IdentityRetrieval.Query(
                item.target(), object, CORPUS.boundingBoxes(item.target()).get(0), Optional.empty());
        IdentityRetrieval retrieval = new IdentityRetrieval(CORPUS, embedder, query, 12, 5);
        assertEquals(Candidate.of(object), retrieval.retrieve(CORPUS.renderScene(item.target())));
        assertEquals(Candidate.NONE, retrieval.retrieve(CORPUS.renderScene(item.source())));
        assertTrue(CORPUS.iconSetsOf(object.concept()).stream()
                .allMatch(set ->
                        retrieval.candidates().contains(new Candidate(object.concept(), set, object.hueShift()))));
        assertEquals(12 + 1, retrieval.candidates().size());
        assertEquals(retrieval.candidates(), new IdentityRetrieval(CORPUS, embedder, query, 12, 5).candidates());
    }

    @Test
    void measuresPixelMetricsWithoutAnEmbedder() {
        ExampleSpec item = item(TaskKind.COLOUR), add = item(TaskKind.ADD);
        Example example = CORPUS.render(item);
        MetricCalculator withoutEmbedder = new MetricCalculator(CORPUS, Optional.empty(), 12);
        Map<Metric, Double> metrics = withoutEmbedder.forItem(item).measure(example.target(), example.source());
        assertEquals(1, metrics.get(Metric.SUCCESS));
        assertFalse(metrics.containsKey(Metric.CLIP_I));
        assertFalse(withoutEmbedder
                .forItem(add)
                .measure(CORPUS.render(add).target(), CORPUS.render(add).source())
                .containsKey(Metric.SUCCESS));
    }

    @Test
    void cropsASquareInsideTheImage() {
        Image image = Image.filled(64, 64, 0);
        for (Example.BoundingBox box : List.of(
                new Example.BoundingBox(0, 0, 64, 64),
                new Example.BoundingBox(60, 0, 64, 3),
                new Example.BoundingBox(20, 30, 22, 60))) {
            Image crop = IdentityRetrieval.crop(image, box);
            assertEquals(crop.width(), crop.height());
        }
        assertEquals(
                33,
                IdentityRetrieval.crop(image, new Example.BoundingBox(20, 30, 22, 60))
                        .width());
    }

    private static ExampleSpec item(TaskKind kind) {
        return CORPUS.exampleSpec(Split.SEEN, 11, 3, kind);
    }

    /** The target's caption is embedded as the target, and the caption with the source's scene as the source. */
    private void registerCaptions(ExampleSpec item, Example example) {
        String phrase = Corpus.scenePhrases().get(item.target().scene());
        if (item.source() != null)
            embedder.register(
                    item.targetCaption()
                            .replace(
                                    phrase,
                                    Corpus.scenePhrases().get(item.source().scene())),
                    example.source().orElseThrow());
        embedder.register(item.targetCaption(), example.target());
    }
}
