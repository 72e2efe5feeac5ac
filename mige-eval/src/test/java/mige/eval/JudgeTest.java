package mige.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import mige.data.Corpus;
import mige.data.Example;
import mige.data.HandDrawn;
import mige.data.Item;
import mige.data.Kind;
import mige.data.ObjectSpec;
import mige.data.SceneSpec;
import mige.data.Split;
import mige.eval.Lineup.Suspect;
import mige.image.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JudgeTest {
    static final Corpus CORPUS = HandDrawn.corpus(64);
    final Colours colours = new Colours();
    final Judge judge = new Judge(CORPUS, Optional.of(colours), 12);

    @ParameterizedTest @EnumSource(Kind.class) void findsTheTruthPerfect(Kind kind) {
        Item item = item(kind);
        Example example = CORPUS.render(item);
        teach(item, example);
        Map<Figure, Double> figures = judge.open(item).measure(example.target(), example.source());
        assertEquals(0, figures.get(Figure.L1));
        assertEquals(0, figures.get(Figure.L2));
        assertEquals(1, figures.get(Figure.SUCCESS), item.text());
        assertEquals(1, figures.get(Figure.CLIP_I), 1e-6);
        assertEquals(1, figures.get(Figure.CLIP_T), 1e-6);
        if (kind.local()) assertEquals(60, figures.get(Figure.PSNR_OUTSIDE));
        assertEquals(kind.task().equals("edit"), !figures.containsKey(Figure.IDENTITY));
        if (figures.containsKey(Figure.IDENTITY)) assertEquals(1, figures.get(Figure.IDENTITY), item.text());
        assertEquals(kind.task().equals("subject") || kind == Kind.BACKGROUND, figures.containsKey(Figure.SCENE));
    }

    @ParameterizedTest @EnumSource(value = Kind.class, mode = EnumSource.Mode.EXCLUDE, names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_3"})
    void findsTheSourceUntouchedAndUnsuccessful(Kind kind) {
        Item item = item(kind);
        Example example = CORPUS.render(item);
        teach(item, example);
        Map<Figure, Double> figures = judge.open(item).measure(example.source().orElseThrow(), example.source());
        assertEquals(0, figures.get(Figure.SUCCESS), item.text());
        assertTrue(figures.get(Figure.L1) > 0);
        if (kind.local()) assertEquals(0, figures.get(Figure.CHANGE_OUTSIDE));
        else assertFalse(figures.containsKey(Figure.CHANGE_OUTSIDE));
    }

    @Test void findsNoSubjectInABlankPicture() {
        for (Kind kind : List.of(Kind.SUBJECT_1, Kind.SUBJECT_2)) {
            Map<Figure, Double> figures = judge.open(item(kind)).measure(Picture.filled(64, 64, 0x808080), Optional.empty());
            assertEquals(0, figures.get(Figure.SUCCESS));
            assertEquals(0, figures.get(Figure.IDENTITY));
        }
    }

    @Test void tellsTheRightThingInAnotherStyleFromTheRightDrawing() {
        Item item = item(Kind.SUBJECT_ADD);
        ObjectSpec object = item.target().objects().stream().filter(o -> o.id() == 0).findFirst().orElseThrow();
        String other = CORPUS.setsOf(object.concept()).stream().filter(s -> item.references().stream().noneMatch(r -> r.object() != null && r.object().set().equals(s)))
                .filter(s -> !s.equals(object.set())).findFirst().orElseThrow();
        SceneSpec restyled = item.target().replacing(new ObjectSpec(0, object.concept(), other, object.hue(), null, null, object.x(), object.depth(), object.y(),
                object.size(), object.flip(), object.rotate(), object.bend()));
        Map<Figure, Double> figures = judge.open(item).measure(CORPUS.picture(restyled), CORPUS.render(item).source());
        assertEquals(1, figures.get(Figure.SUCCESS), item.text());
        assertEquals(0, figures.get(Figure.IDENTITY), item.text());
    }

    @Test void lineUpHoldsTheWantedEveryStyleAndNobody() {
        Item item = item(Kind.SUBJECT_ADD);
        ObjectSpec object = item.target().objects().stream().filter(o -> o.id() == 0).findFirst().orElseThrow();
        Example.Box box = CORPUS.boxes(item.target()).get(0);
        Lineup lineup = new Lineup(CORPUS, colours, item.target(), object, box, null, 12, 5);
        assertEquals(Suspect.of(object), lineup.pick(CORPUS.picture(item.target())));
        assertEquals(Suspect.NOBODY, lineup.pick(CORPUS.picture(item.source())));
        assertTrue(CORPUS.setsOf(object.concept()).stream().allMatch(set -> lineup.suspects().contains(new Suspect(object.concept(), set, object.hue()))));
        assertEquals(12 + 1, lineup.suspects().size());
        assertEquals(lineup.suspects(), new Lineup(CORPUS, colours, item.target(), object, box, null, 12, 5).suspects());
    }

    @Test void measuresPixelsWithoutAPair() {
        Item item = item(Kind.COLOUR), add = item(Kind.ADD);
        Example example = CORPUS.render(item);
        Judge alone = new Judge(CORPUS, Optional.empty(), 12);
        Map<Figure, Double> figures = alone.open(item).measure(example.target(), example.source());
        assertEquals(1, figures.get(Figure.SUCCESS));
        assertFalse(figures.containsKey(Figure.CLIP_I));
        assertFalse(alone.open(add).measure(CORPUS.render(add).target(), CORPUS.render(add).source()).containsKey(Figure.SUCCESS));
    }

    @Test void cropsASquareThatLiesInside() {
        Picture picture = Picture.filled(64, 64, 0);
        for (Example.Box box : List.of(new Example.Box(0, 0, 64, 64), new Example.Box(60, 0, 64, 3), new Example.Box(20, 30, 22, 60))) {
            Picture crop = Lineup.crop(picture, box);
            assertEquals(crop.width(), crop.height());
        }
        assertEquals(33, Lineup.crop(picture, new Example.Box(20, 30, 22, 60)).width());
    }

    private static Item item(Kind kind) {
        return CORPUS.item(Split.SEEN, 11, 3, kind);
    }

    /** The truth's caption shows the truth; with the source's scene in it, the source. */
    private void teach(Item item, Example example) {
        String phrase = Corpus.scenes().get(item.target().scene());
        if (item.source() != null) colours.teach(item.targetCaption().replace(phrase, Corpus.scenes().get(item.source().scene())), example.source().orElseThrow());
        colours.teach(item.targetCaption(), example.target());
    }
}
