package dev.mige4j.train.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubjectDatasetTest {

    static final Corpus CORPUS = ShapeCorpus.of(32).withMix(TaskMix.STRICT);
    private static final Tokenizer TOKENIZER = Tokenizer.read(TokenizerBuilder.build(List.of("add to"), 120), "test");
    private static final int MAGENTA = 0xff00ff;

    @TempDir
    static Path folder;

    /** Magenta squares on white, grey and black, and a photograph of noise without a subject. */
    @BeforeAll
    static void writeImages() {
        int[] grounds = {0xffffff, 0x808080, 0x000000};
        for (int i = 0; i < grounds.length; i++)
            Image.filled(40, 40, grounds[i])
                    .paste(Image.filled(16, 16, MAGENTA), 10 + i, 12)
                    .write(folder.resolve("square" + i + ".png"));
        byte[] noise = new byte[3 * 40 * 40];
        for (int i = 0; i < noise.length; i++) noise[i] = (byte) (i * 7919 % 251);
        Image.of(40, 40, noise).write(folder.resolve("noise.png"));
    }

    private static TrainingDataset open(SubjectDataset.Config config) {
        return config.open(new DatasetContext(ModelConfig.TINY, TOKENIZER, 5, folder, () -> CORPUS));
    }

    private static SubjectDataset.Config config(boolean style, boolean scenes, double priorShare) {
        return new SubjectDataset.Config(".", "zorp", style, scenes, priorShare);
    }

    private static double magenta(Image image) {
        byte[] rgb = image.rgb();
        int pixels = 0;
        for (int i = 0; i < rgb.length; i += 3)
            if ((rgb[i] & 255) > 2 * (rgb[i + 1] & 255) + 20 && (rgb[i + 2] & 255) > 2 * (rgb[i + 1] & 255) + 20)
                pixels++;
        return 3.0 * pixels / rgb.length;
    }

    private static String text(TrainingExample example) {
        return String.join("<image>", example.prompt().segments());
    }

    @Test
    void everyTargetOfTheSubjectShowsIt() {
        TrainingDataset dataset = open(config(false, true, 0));
        Set<String> groups = new TreeSet<>();
        for (int i = 0; i < 60; i++) {
            TrainingExample example = dataset.example(i);
            groups.add(example.group());
            if (example.group().equals("own")) continue; // may be the noise
            assertTrue(magenta(example.target().image()) > 0.05, "example " + i + ": " + text(example));
            if (example.source() != null) assertTrue(magenta(example.source().image()) < 0.02);
        }
        assertEquals(Set.of("named", "named_edit", "own", "shown", "shown_edit"), groups);
    }

    @Test
    void theSubjectIsNamedOrShownByItsReference() {
        TrainingDataset dataset = open(config(false, true, 0));
        for (int i = 0; i < 60; i++) {
            TrainingExample example = dataset.example(i);
            boolean named =
                    example.group().startsWith("named") || example.group().equals("own");
            if (named) assertTrue(text(example).contains("zorp"), text(example));
            boolean shown =
                    example.references().stream().anyMatch(r -> r != example.source() && magenta(r.image()) > 0.05);
            assertEquals(!named, shown, text(example));
            assertFalse(text(example).contains("  "), text(example));
        }
    }

    @Test
    void examplesAreTheSameEveryTime() {
        TrainingDataset first = open(config(false, true, 0.5)), second = open(config(false, true, 0.5));
        for (int i = 0; i < 30; i++) {
            TrainingExample a = first.example(i), b = second.example(i);
            assertEquals(text(a), text(b));
            assertEquals(a.group(), b.group());
            assertEquals(a.target().image(), b.target().image(), "target " + i);
            for (int r = 0; r < a.references().size(); r++)
                assertEquals(
                        a.references().get(r).image(), b.references().get(r).image(), "reference " + i);
            if (a.source() != null) assertEquals(a.source().image(), b.source().image(), "source " + i);
        }
    }

    @Test
    void theOtherExamplesAreThoseOfTheCorpus() {
        TrainingDataset dataset = open(config(false, true, 0.25));
        for (int i = 0; i < 16; i++) {
            TrainingExample example = dataset.example(i);
            assertEquals(i % 4 == 3, example.group().equals(SubjectDataset.PRIOR));
            if (i % 4 == 3)
                assertEquals(
                        CORPUS.example(Split.TRAIN, 5, i).target(),
                        example.target().image());
        }
    }

    @Test
    void aStyleIsLearnedFromItsImagesAndTheirGreyCopies() {
        TrainingDataset dataset = open(config(true, false, 0));
        for (int i = 0; i < 20; i++) {
            TrainingExample example = dataset.example(i);
            assertTrue(text(example).contains("zorp"));
            assertEquals(example.group().equals("own_edit"), example.source() != null);
            if (example.source() == null) continue;
            byte[] rgb = example.source().image().rgb();
            assertTrue(IntStream.range(0, rgb.length / 3).allMatch(p -> Math.abs(rgb[3 * p] - rgb[3 * p + 1]) <= 1));
        }
    }

    @Test
    void namesMayHaveAnyCharacters() {
        TrainingDataset dataset = open(new SubjectDataset.Config(".", "100% $wool\\", true, false, 0));
        for (int i = 0; i < 20; i++) assertTrue(text(dataset.example(i)).endsWith("100% $wool\\"));
        assertThrows(UsageException.class, () -> new SubjectDataset.Config(".", " ", true, false, 0));
    }

    @Test
    void withoutScenesTheImagesThemselvesAreTheTargets() {
        TrainingDataset dataset = open(config(false, false, 0));
        Set<String> groups = new TreeSet<>();
        for (int i = 0; i < 20; i++) groups.add(dataset.example(i).group());
        assertEquals(Set.of("named", "shown"), groups);
    }

    @Test
    void otherImagesHaveAnotherFingerprint(@TempDir Path other) {
        Image.filled(40, 40, 0xffffff)
                .paste(Image.filled(12, 16, MAGENTA), 10, 12)
                .write(other.resolve("a.png"));
        TrainingDataset others =
                config(false, true, 0).open(new DatasetContext(ModelConfig.TINY, TOKENIZER, 5, other, () -> CORPUS));
        assertNotEquals(open(config(false, true, 0)).fingerprint(), others.fingerprint());
    }

    @Test
    void saysWhenNoSubjectCanBeCutOut(@TempDir Path other) {
        Image.read(folder.resolve("noise.png")).write(other.resolve("a.png"));
        var e = assertThrows(UsageException.class, () -> config(false, true, 0)
                .open(new DatasetContext(ModelConfig.TINY, TOKENIZER, 5, other, () -> CORPUS)));
        assertTrue(e.getMessage().contains("no subject could be cut out; give masks"), e.getMessage());
    }

    @Test
    void aMaskDecidesAboveAlphaAndGround(@TempDir Path other) {
        Image.read(folder.resolve("noise.png")).write(other.resolve("a.jpg.png"));
        Image.filled(40, 40, 0).paste(Image.filled(10, 20, 0xffffff), 5, 6).write(other.resolve("a.jpg-mask.png"));
        SubjectImages images = SubjectImages.read(other, 1, 3);
        assertEquals(1, images.images().size());
        Image cut = images.images().get(0).cutOut().orElseThrow();
        assertEquals(List.of(10, 20), List.of(cut.width(), cut.height()));
        Image.filled(41, 40, 0).write(other.resolve("a.jpg-mask.png"));
        var e = assertThrows(UsageException.class, () -> SubjectImages.read(other, 1, 3));
        assertTrue(e.getMessage().contains("must have the same size"), e.getMessage());
    }

    /** Twenty photographs of a camera would not fit into the heap. */
    @Test
    void largePhotographsAreReduced(@TempDir Path other) {
        Image.filled(2400, 1600, 0xffffff)
                .paste(Image.filled(1800, 900, MAGENTA), 300, 350)
                .write(other.resolve("large.png"));
        SubjectImages.SubjectImage large =
                SubjectImages.read(other, 1, 1).images().get(0);
        Image cut = large.cutOut().orElseThrow();
        assertEquals(
                List.of(1536, 1024),
                List.of(large.image().width(), large.image().height()));
        assertEquals(List.of(1536, 768), List.of(cut.width(), cut.height()));
        assertTrue(magenta(cut) > 0.99);
    }

    @Test
    void noMaskIsLeftOutSilently(@TempDir Path other) throws Exception {
        Image mask = Image.filled(40, 40, 0).paste(Image.filled(10, 20, 0xffffff), 5, 6);
        Image.read(folder.resolve("noise.png")).write(other.resolve("IMG_1.png"));
        mask.write(other.resolve("img_1-MASK.png"));
        assertEquals(
                10,
                SubjectImages.read(other, 1, 1)
                        .images()
                        .get(0)
                        .cutOut()
                        .orElseThrow()
                        .width());
        mask.write(other.resolve("tribal-mask.jpg")); // a photograph of a mask
        assertEquals(2, SubjectImages.read(other, 2, 2).images().size());
        mask.write(other.resolve("cup-mask.png"));
        var orphan = assertThrows(UsageException.class, () -> SubjectImages.read(other, 1, 3));
        assertTrue(orphan.getMessage().contains("cup-mask.png is the mask of no image"), orphan.getMessage());
        Files.delete(other.resolve("cup-mask.png"));
        mask.write(other.resolve("IMG_1-mask.jpg"));
        var jpeg = assertThrows(UsageException.class, () -> SubjectImages.read(other, 1, 3));
        assertTrue(jpeg.getMessage().contains("must be a PNG file"), jpeg.getMessage());
    }
}
