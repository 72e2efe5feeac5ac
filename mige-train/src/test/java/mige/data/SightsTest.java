package mige.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mige.image.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Of drawn examples: a cell and what it is said to be shown by have nearly the same colour, and another cell of the reference has not. */
class SightsTest {

    private static final int SIZE = 128, SIDE = 16, CELL = SIZE / SIDE;
    private static final Corpus CORPUS = ShapeCorpus.of(SIZE);

    @ParameterizedTest
    @EnumSource(names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_3", "SUBJECT_ADD", "SUBJECT_REPLACE"})
    void aThingHasTheColoursOfItsSight(Kind kind) {
        List<Double> right = new ArrayList<>(), wrong = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Item item = CORPUS.item(Split.TRAIN, 4, i, kind);
            Example example = CORPUS.render(item);
            BufferedImage target = example.target().toBufferedImage();
            List<BufferedImage> references = example.references().stream().map(Picture::toBufferedImage).toList();
            int[] sights = CORPUS.sights(item, SIDE);
            assertTrue(Arrays.stream(sights).anyMatch(s -> s >= 0), "something is shown");
            for (int cell = 0; cell < SIDE * SIDE; cell++) {
                if (sights[cell] < 0) continue;
                int reference = sights[cell] / (SIDE * SIDE), at = sights[cell] % (SIDE * SIDE);
                BufferedImage shown = references.get(reference);
                double[] here = middle(target, cell);
                right.add(off(here, middle(shown, at)));
                wrong.add(off(here, middle(shown, SIDE * SIDE - 1 - at)));
            }
        }
        assertTrue(median(right) < 0.75 * median(wrong), kind + ": " + median(right) + " where it is shown, " + median(wrong) + " elsewhere");
    }

    @Test
    void halfOfTheThingsFaceAsTheyAreShown() {
        int faced = 0;
        for (int i = 0; i < 200; i++) {
            Item item = CORPUS.item(Split.TRAIN, 4, i, Kind.SUBJECT_1);
            boolean same = item.target().objects().get(0).flip() == item.references().get(0).object().flip();
            assertEquals(same, Corpus.faced(item));
            if (same) faced++;
        }
        assertTrue(faced > 70 && faced < 130, faced + " of 200");
        assertTrue(Corpus.faced(CORPUS.item(Split.TRAIN, 4, 1, Kind.COLOUR)));
    }

    @Test
    void whatIsOfTheThingIsShownOffTheGround() {
        int fine = SIZE / 2, agree = 0, mirrored = 0, all = 0;
        for (int i = 0; i < 60; i++) {
            Item item = CORPUS.item(Split.TRAIN, 4, i, Kind.SUBJECT_1);
            Reference how = item.references().get(0);
            if (how.scene() != null) continue;
            Example example = CORPUS.render(item);
            BufferedImage shown = example.references().get(0).toBufferedImage();
            int ground = how.how().equals("black") ? 0 : 0xffffff;
            int[] sights = CORPUS.sights(item, fine);
            for (int cell = 0; cell < fine * fine; cell++) {
                if (sights[cell] < 0) continue;
                boolean thing = example.mask()[cell / fine * 2 * SIZE + cell % fine * 2] != 0;
                int x = sights[cell] % fine * 2, y = sights[cell] / fine * 2;
                if (thing == ((shown.getRGB(x, y) & 0xffffff) != ground)) agree++;
                if (thing == ((shown.getRGB(SIZE - 2 - x, y) & 0xffffff) != ground)) mirrored++;
                all++;
            }
        }
        assertTrue(agree > 0.9 * all && agree > mirrored, agree + " of " + all + " agree, mirrored " + mirrored);
    }

    @ParameterizedTest
    @EnumSource(names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_3", "SUBJECT_ADD", "SUBJECT_REPLACE"}, mode = Mode.EXCLUDE)
    void theSourceIsNoSight(Kind kind) {
        int[] none = new int[SIDE * SIDE];
        Arrays.fill(none, -1);
        assertArrayEquals(none, CORPUS.sights(CORPUS.item(Split.TRAIN, 4, 1, kind), SIDE));
    }

    private static double[] middle(BufferedImage picture, int cell) {
        double[] mean = new double[3];
        for (int y = CELL / 4; y < CELL * 3 / 4; y++) for (int x = CELL / 4; x < CELL * 3 / 4; x++) {
            int rgb = picture.getRGB(cell % SIDE * CELL + x, cell / SIDE * CELL + y);
            for (int c = 0; c < 3; c++) mean[c] += (rgb >> 8 * c & 255) / (CELL * CELL / 4.0);
        }
        return mean;
    }

    private static double off(double[] a, double[] b) {
        return (Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2])) / 3;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
