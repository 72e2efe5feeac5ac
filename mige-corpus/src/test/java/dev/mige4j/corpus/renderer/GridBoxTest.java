package dev.mige4j.corpus.renderer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An object on the grid has the same pixels in its reference and in the target, moved by whole cells. */
class GridBoxTest {

    private static final int SIZE = 128, CELL = SIZE / 16;
    private static final SpriteStore SPRITES = ShapeCorpus.sprites();
    private static final Corpus CORPUS = Corpus.of(SPRITES, SIZE, TaskMix.STRICT);

    @Test
    void theLongestSideOfASubjectIsSevenCellsAndItsReferenceIsCentred() {
        int[] argb = new int[100 * 50];
        Arrays.fill(argb, -1);
        Sprite sprite = Sprite.of("dog", "noto", 100, 50, argb);
        ObjectSpec reference = ObjectSpec.builder(0, "dog", "noto")
                .position(0.5, 0.5, 0.5)
                .size(7 / 16.0)
                .onGrid(true)
                .build();
        assertEquals(new GridBox(40, 48, 56, 28), GridBox.of(sprite, reference, 128));
        assertEquals(new GridBox(160, 192, 224, 112), GridBox.of(sprite, reference, 512));
        assertEquals(new GridBox(40, 64, 56, 28), GridBox.of(sprite, reference.withPosition(0.5, 0.5, null), 128));
    }

    @ParameterizedTest
    @EnumSource(names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_ADD", "SUBJECT_REPLACE"})
    void referenceAndTargetShowTheSamePixelsWholeCellsApart(TaskKind kind) {
        for (int i = 0; i < 100; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 1, i, kind);
            List<ReferenceSpec> references =
                    spec.references().stream().filter(r -> !r.isSource()).toList();
            for (int k = 0; k < references.size(); k++) {
                PlacedSprite inReference = place(references.get(k).object()),
                        inTarget = place(targetObject(spec, spec.changedIds().get(k)));
                assertArrayEquals(inReference.alpha, inTarget.alpha);
                assertArrayEquals(inReference.red, inTarget.red);
                assertArrayEquals(inReference.green, inTarget.green);
                assertArrayEquals(inReference.blue, inTarget.blue);
                assertEquals(0, (inTarget.left - inReference.left) % CELL);
                assertEquals(0, (inTarget.top - inReference.top) % CELL);
                if (kind == TaskKind.SUBJECT_1) {
                    assertEquals(inReference.left, inTarget.left);
                    assertEquals(inReference.top + 2 * CELL, inTarget.top);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_ADD", "SUBJECT_REPLACE"})
    void correspondingCellsAreWholeCellsApart(TaskKind kind) {
        for (int i = 0; i < 60; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 1, i, kind);
            int[] correspondence = CORPUS.patchCorrespondence(spec, 16);
            int reference = -1;
            for (int k = 0; k < spec.references().size(); k++) {
                if (spec.references().get(k).isSource()) continue;
                reference++;
                int index = k;
                PlacedSprite inReference = place(spec.references().get(k).object()),
                        inTarget = place(targetObject(spec, spec.changedIds().get(reference)));
                int columns = (inTarget.left - inReference.left) / CELL, rows = (inTarget.top - inReference.top) / CELL;
                int[] shifts = IntStream.range(0, 256)
                        .filter(p -> correspondence[p] >= 0 && correspondence[p] / 256 == index)
                        .map(p -> p - correspondence[p] % 256)
                        .toArray();
                assertTrue(shifts.length > 8, spec.instruction());
                for (int shift : shifts) assertEquals(16 * rows + columns, shift, spec.instruction());
            }
        }
    }

    @Test
    void patchesOfTwoCellsCorrespondExactlyToo() {
        for (int i = 0; i < 60; i++) {
            int[] correspondence =
                    CORPUS.patchCorrespondence(CORPUS.exampleSpec(Split.TRAIN, 1, i, TaskKind.SUBJECT_1), 8);
            for (int p = 0; p < 64; p++) if (correspondence[p] >= 0) assertEquals(p - 8, correspondence[p]);
        }
    }

    /** In the light of a clear day, relative to the same patches in the reference. */
    @Test
    void aRenderedTargetShowsTheReferenceInAnotherLight() {
        List<Double> moved = new ArrayList<>(), unmoved = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Example example = CORPUS.render(CORPUS.exampleSpec(Split.TRAIN, 1, i, TaskKind.SUBJECT_1));
            byte[] reference = example.references().get(0).rgb(),
                    target = example.target().rgb();
            PlacedSprite sprite = place(example.spec().references().get(0).object());
            for (int y = 4; y < sprite.height - 4; y++)
                for (int x = 4; x < sprite.width - 4; x++) {
                    int from = 3 * ((sprite.top + y) * SIZE + sprite.left + x);
                    if (sprite.alpha[y * sprite.width + x] < 1) continue;
                    moved.add((double) Math.abs((target[from + 3 * 2 * CELL * SIZE] & 255) - (reference[from] & 255)));
                    unmoved.add((double) Math.abs((target[from] & 255) - (reference[from] & 255)));
                }
        }
        double movedError = moved.stream().mapToDouble(d -> d).average().orElseThrow(),
                unmovedError = unmoved.stream().mapToDouble(d -> d).average().orElseThrow();
        assertTrue(movedError < 30 && movedError < 0.6 * unmovedError, movedError + " against " + unmovedError);
    }

    private static PlacedSprite place(ObjectSpec object) {
        return PlacedSprite.of(SPRITES.get(object.concept(), object.iconSet()), object, SIZE);
    }

    private static ObjectSpec targetObject(ExampleSpec spec, int id) {
        return spec.target().objects().stream()
                .filter(o -> o.id() == id)
                .findFirst()
                .orElseThrow();
    }
}
