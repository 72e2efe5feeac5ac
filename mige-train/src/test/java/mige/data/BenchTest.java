package mige.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

import mige.image.Picture;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchTest {

    static final List<Bench.Entry> ENTRIES = Bench.entries();

    @Test void holdsWhatItPromises() {
        for (String part : Bench.PARTS.subList(0, 5)) {
            List<Bench.Entry> all = ENTRIES.stream().filter(e -> e.part().equals(part)).toList();
            assertEquals(200, all.size(), part);
            assertEquals(100, all.stream().filter(Bench.Entry::heldOut).count(), part);
        }
        for (Kind kind : List.of(Kind.ADD, Kind.REMOVE, Kind.REPLACE, Kind.COLOUR, Kind.TEXTURE, Kind.BACKGROUND, Kind.STYLE))
            assertEquals(25, ENTRIES.stream().filter(e -> e.part().equals("edit") && e.item().kind() == kind).count(), kind.label());
        assertEquals(50, ENTRIES.stream().filter(e -> e.part().equals("multi-turn") && e.turn() == 0).count());
    }

    @Test void continuesEachChainWhereItsLastStepEnded() {
        for (int i = 1; i < ENTRIES.size(); i++) if (ENTRIES.get(i).turn() > 0) {
            assertEquals(ENTRIES.get(i).turn() - 1, ENTRIES.get(i - 1).turn());
            assertEquals(ENTRIES.get(i - 1).item().target(), ENTRIES.get(i).item().source());
        }
    }

    @Test void showsNothingButHeldOutThingsInItsHeldOutHalf() {
        for (Bench.Entry e : ENTRIES) if (e.part().equals("subject-1")) {
            ObjectSpec it = e.item().target().objects().get(0);
            Concept c = Concept.named(it.concept());
            assertEquals(e.item().split() == Split.UNSEEN_SUBJECT, Split.heldOut(c), it.concept());
            assertEquals(e.item().split() == Split.UNSEEN_STYLE, it.set().equals(Split.HELD_STYLE));
            if (e.item().split() != Split.UNSEEN_SUBJECT) assertEquals(e.item().split() == Split.UNSEEN_PAIR, Split.heldOut(c, Scene.named(e.item().target().scene())));
        }
    }

    /** If this fails after a change of the painting, the benchmark's pictures are other ones: old figures no longer compare. */
    @Test void drawsTheSameBytesOnEveryMachine() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int i : new int[] {0, 203, 405, 411, 600, 803}) {
            Example e = shapes(ENTRIES.get(i).item()).render(ENTRIES.get(i).item());
            digest.update(e.target().rgb());
            digest.update(e.mask());
            for (Picture p : e.references()) digest.update(p.rgb());
        }
        assertEquals("d6111b794fc75bae", HexFormat.of().formatHex(digest.digest()).substring(0, 16));
    }

    @Test void writesRecordsThatCanBeReadBack(@TempDir Path folder) throws Exception {
        Corpus corpus = Corpus.of(CorpusTest.SHAPES, 64, Mix.JOINT);
        Path file = CorpusBuild.build(corpus, Split.TRAIN, 1, 12, folder, (what, done, of) -> true);
        ObjectMapper json = new ObjectMapper();
        List<CorpusRecord> records = json.readValue(file.toFile(), new TypeReference<>() { });
        assertEquals(12, records.size());
        for (int i = 0; i < 12; i++) {
            CorpusRecord r = records.get(i);
            Example e = corpus.example(Split.TRAIN, 1, i);
            assertEquals(e.item().target(), r.spec());
            assertEquals(e.target(), Picture.read(folder.resolve(r.image())));
            assertEquals(e.references().size(), r.entityPath().size());
            for (int k = 0; k < r.entityPath().size(); k++) assertEquals(e.references().get(k), Picture.read(folder.resolve(r.entityPath().get(k))));
            assertEquals(r.task().equals("subject"), r.sourcePath().isEmpty());
            assertTrue(Files.exists(folder.resolve(r.maskPath().get(0))));
            assertFalse(r.credits().isEmpty());
        }
    }

    @Test void drawsASheetToLookAt() {
        List<Example> few = new ArrayList<>();
        Corpus corpus = Corpus.of(CorpusTest.SHAPES, 64, Mix.JOINT);
        for (int i = 0; i < 5; i++) few.add(corpus.example(Split.TRAIN, 1, i));
        assertTrue(ContactSheet.of(few, 2).height() >= 3 * 64);
    }

    private static Corpus shapes(Item item) {
        List<SceneSpec> specs = new ArrayList<>(List.of(item.target()));
        if (item.source() != null) specs.add(item.source());
        for (Reference r : item.references()) if (r.object() != null) specs.add(item.target().holding(List.of(r.object())));
        return Corpus.of(Shapes.of(specs), 64, Mix.JOINT);
    }
}
