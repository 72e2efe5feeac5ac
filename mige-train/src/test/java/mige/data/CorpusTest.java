package mige.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

import com.fasterxml.jackson.databind.ObjectMapper;

import mige.tensor.UsageException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {

    static final Sprites SHAPES = Shapes.sprites();
    static final Corpus CORPUS = Corpus.of(SHAPES, 64, Mix.JOINT);

    @Test void givesTheSamePixelsForTheSamePlace() throws Exception {
        Corpus again = Corpus.of(Shapes.sprites(), 64, Mix.JOINT);
        for (int i = 0; i < 6; i++) {
            Example a = CORPUS.example(Split.TRAIN, 3, i), b = again.example(Split.TRAIN, 3, i);
            assertEquals(a.target(), b.target());
            assertEquals(a.references(), b.references());
            assertArrayEquals(a.mask(), b.mask());
        }
    }

    @Test void drawsAnotherExampleAtEveryPlace() {
        assertFalse(CORPUS.item(Split.TRAIN, 1, 1).equals(CORPUS.item(Split.TRAIN, 1, 2)));
        assertFalse(CORPUS.item(Split.TRAIN, 1, 1).equals(CORPUS.item(Split.TRAIN, 2, 1)));
        assertFalse(CORPUS.item(Split.TRAIN, 1, 1).equals(CORPUS.item(Split.SEEN, 1, 1)));
    }

    @Test void givesEachMarkerItsPicture() {
        for (Kind kind : Kind.values()) for (Split split : Split.values()) {
            if (split == Split.UNSEEN_LOOK && kind != Kind.COLOUR && kind != Kind.TEXTURE) continue;
            for (int i = 0; i < 12; i++) {
                Item item = CORPUS.item(split, 7, i, kind);
                int markers = item.text().split(Wording.MARKER, -1).length - 1;
                assertEquals(markers, item.references().size(), item.text());
                assertTrue(markers >= 1 && markers <= 4, item.text());
                assertFalse(item.text().contains(" " + Wording.MARKER) || item.text().contains(Wording.MARKER + " "), item.text());
                assertFalse(item.text().contains("{") || item.caption().contains("<") || item.caption().contains("  "), item.text() + " / " + item.caption());
                assertEquals(kind.task().equals("subject"), item.source() == null);
                assertEquals(!kind.task().equals("subject"), item.references().contains(Reference.SOURCE));
            }
        }
    }

    @Test void changesNothingButTheThingWhenItsColourChanges() {
        for (Kind kind : List.of(Kind.COLOUR, Kind.TEXTURE)) for (int i = 0; i < 8; i++) {
            Item item = CORPUS.item(Split.TRAIN, 5, i, kind);
            Example e = CORPUS.render(item);
            byte[] before = e.source().orElseThrow().rgb(), after = e.target().rgb();
            Renderer.Frame frame = new Renderer(SHAPES, Lands.inMemory(64, SHAPES)).draw(item.target());
            float[] seen = frame.seen().get(0);
            int changed = 0;
            for (int p = 0; p < 64 * 64; p++) for (int c = 0; c < 3; c++) {
                if (before[3 * p + c] == after[3 * p + c]) continue;
                changed++;
                assertTrue(seen[p] > 0 || e.mask()[p] != 0 || Math.abs((before[3 * p + c] & 255) - (after[3 * p + c] & 255)) <= 8, item.text());
            }
            assertTrue(changed > 30, item.text());
        }
    }

    @Test void keepsEverythingOutsideTheMaskInLocalEdits() {
        for (Kind kind : Kind.values()) if (kind.local()) for (int i = 0; i < 5; i++) {
            Example e = CORPUS.render(CORPUS.item(Split.TRAIN, 9, i, kind));
            byte[] before = e.source().orElseThrow().rgb(), after = e.target().rgb();
            int masked = 0;
            for (int p = 0; p < 64 * 64; p++) {
                if (e.mask()[p] != 0) masked++;
                else for (int c = 0; c < 3; c++) assertTrue(Math.abs((before[3 * p + c] & 255) - (after[3 * p + c] & 255)) <= 8);
            }
            assertTrue(masked > 20 && masked < 0.75 * 64 * 64, kind + " changes " + masked + " of 4096 pixels: " + e.text());
            assertTrue(e.box().area() > 16, e.text());
        }
    }

    @Test void movesNothingWhenTheHourOrTheWeatherChanges() {
        Renderer renderer = new Renderer(SHAPES, Lands.inMemory(64, SHAPES));
        ObjectSpec dog = new ObjectSpec(0, "dog", "noto", 0, null, null, 0.4, 0.5, null, 0.4, false, 0, 0);
        for (Scene scene : Scene.ALL) {
            SceneSpec day = new SceneSpec(scene.name(), 11, "day", "clear", null, List.of(dog));
            float[] seen = renderer.draw(day).seen().get(0);
            for (String time : scene.times()) {
                assertArrayEquals(seen, renderer.draw(day.at(time)).seen().get(0), scene.name() + " at " + time);
                assertEquals(Light.of(scene, "day", "clear", Dice.of(11, "light")).sunU(), Light.of(scene, time, "clear", Dice.of(11, "light")).sunU());
            }
            for (String weather : scene.weathers()) assertArrayEquals(seen, renderer.draw(day.under(weather)).seen().get(0), scene.name() + " in " + weather);
        }
    }

    @Test void hidesWhatStandsBehind() {
        Renderer renderer = new Renderer(SHAPES, Lands.inMemory(64, SHAPES));
        ObjectSpec far = new ObjectSpec(0, "dog", "noto", 0, null, null, 0.5, 0.2, null, 0.4, false, 0, 0), near = new ObjectSpec(1, "cat", "noto", 0, null, null, 0.5, 0.9, null, 0.4, false, 0, 0);
        float alone = sum(renderer.draw(new SceneSpec("stage", 1, "day", "clear", null, List.of(far))).seen().get(0));
        float behind = sum(renderer.draw(new SceneSpec("stage", 1, "day", "clear", null, List.of(near, far))).seen().get(0));
        assertTrue(behind < 0.8 * alone, behind + " of " + alone);
    }

    @Test void offersManyScenes() {
        assertTrue(Scene.ALL.size() >= 20);
        assertEquals(5, Scene.named("beach").times().size());
        assertEquals(4, Scene.named("beach").weathers().size());
    }

    @Test void neverTrainsOnWhatIsHeldOut() {
        for (int i = 0; i < 600; i++) {
            Item item = CORPUS.item(Split.TRAIN, 1, i);
            List<SceneSpec> scenes = new java.util.ArrayList<>(List.of(item.target()));
            if (item.source() != null) scenes.add(item.source());
            for (Reference r : item.references()) if (r.scene() != null) scenes.add(r.scene());
            for (SceneSpec s : scenes) for (ObjectSpec o : s.objects()) {
                Concept c = Concept.named(o.concept());
                assertFalse(Split.heldOut(c), o.concept());
                assertFalse(o.set().equals(Split.HELD_STYLE));
                assertFalse(Split.heldOut(c, Scene.named(s.scene())), o.concept() + " in " + s.scene());
                if (o.color() != null) assertFalse(Split.heldOut(c, o.color()));
                if (o.texture() != null) assertFalse(Split.heldOut(c, o.texture()));
            }
        }
    }

    @Test void testsOnWhatIsHeldOut() {
        for (int i = 0; i < 30; i++) {
            assertTrue(Split.heldOut(Concept.named(CORPUS.item(Split.UNSEEN_SUBJECT, 1, i, Kind.SUBJECT_1).object())));
            assertEquals(Split.HELD_STYLE, CORPUS.item(Split.UNSEEN_STYLE, 1, i, Kind.SUBJECT_1).target().objects().get(0).set());
            Item pair = CORPUS.item(Split.UNSEEN_PAIR, 1, i, Kind.SUBJECT_1);
            assertTrue(Split.heldOut(Concept.named(pair.object()), Scene.named(pair.target().scene())));
            ObjectSpec painted = CORPUS.item(Split.UNSEEN_LOOK, 1, i, Kind.COLOUR).target().objects().get(0);
            assertTrue(Split.heldOut(Concept.named(painted.concept()), painted.color()));
        }
    }

    @Test void keepsItsSplits() {
        assertEquals(6, Split.modulo("concept/1f415", 10));
        long held = Concept.all().stream().filter(Split::heldOut).count();
        assertTrue(held >= 0.06 * Concept.all().size() && held <= 0.14 * Concept.all().size(), held + " of " + Concept.all().size());
    }

    @Test void leavesOutWhatTheListExcludes() throws Exception {
        ObjectMapper json = new ObjectMapper();
        String box = "{\"body\":\"<path fill='#c00' d='M2 2h12v12H2z'/>\"}";
        var set = json.readTree("{\"width\":16,\"height\":16,\"icons\":{\"cricket\":" + box + ",\"dog\":" + box + "}}");
        List<Sprite> drawn = new java.util.ArrayList<>();
        SpriteBuild.drawings("noto-v1", set, json.readTree("{}"), java.util.Map.of(), drawn);
        assertEquals(List.of("dog"), drawn.stream().map(Sprite::concept).toList());
        assertEquals(0xffcc0000, drawn.get(0).levels()[0].argb()[5000]);
        for (List<String> row : SpriteBuild.excluded()) {
            Packages.ofSet(row.get(0));
            assertTrue(Concept.named(row.get(1)) != null, row + " names no concept");
        }
    }

    @Test void saysWhatToDoWithoutThePackages(@TempDir Path empty) {
        var e = assertThrows(UsageException.class, () -> Corpus.open(empty, 128));
        assertEquals("There are no drawings in " + empty + "; run 'mige corpus fetch' (45 MB, once)", e.getMessage());
    }

    @Test void writesItsItemsAsJsonAndReadsThemBack() throws Exception {
        ObjectMapper json = new ObjectMapper();
        for (Kind kind : Kind.values()) {
            Item item = CORPUS.item(Split.TRAIN, 4, 1, kind);
            assertEquals(item, json.readValue(json.writeValueAsString(item), Item.class));
        }
    }

    @Test void speaksInWholeWords() {
        assertEquals("an owl", Concept.named("owl").withArticle());
        assertEquals("a unicycle", new Concept("0", "unicycle", Concept.Category.OBJECT, 1, java.util.Set.of()).withArticle());
        assertEquals("grapes", Concept.named("grapes").withArticle());
        assertEquals("Replace the apple in<imagehere>with<imagehere>", Wording.fill("replace the {n} in M with M", "n", "apple"));
        assertEquals("replace the apple in the picture with a pear", Wording.spoken("Replace the apple in<imagehere>with<imagehere>", List.of("the picture", "a pear")));
    }

    private static float sum(float[] a) {
        float s = 0;
        for (float v : a) s += v;
        return s;
    }
}
