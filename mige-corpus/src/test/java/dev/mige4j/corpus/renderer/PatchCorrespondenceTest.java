package dev.mige4j.corpus.renderer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.image.Image;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Compares the pixels of corresponding patches in rendered examples. */
class PatchCorrespondenceTest {

    private static final int SIZE = 128, GRID_SIZE = 16, PATCH_SIZE = SIZE / GRID_SIZE;
    private static final Corpus CORPUS = ShapeCorpus.of(SIZE);

    @ParameterizedTest
    @EnumSource(names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_3", "SUBJECT_ADD", "SUBJECT_REPLACE"})
    void correspondingPatchesHaveSimilarColours(TaskKind kind) {
        List<Double> matching = new ArrayList<>(), mismatched = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 4, i, kind);
            Example example = CORPUS.render(spec);
            BufferedImage target = example.target().toBufferedImage();
            List<BufferedImage> references =
                    example.references().stream().map(Image::toBufferedImage).toList();
            int[] correspondence = CORPUS.patchCorrespondence(spec, GRID_SIZE);
            assertTrue(Arrays.stream(correspondence).anyMatch(s -> s >= 0), kind + " has no correspondence");
            for (int patch = 0; patch < GRID_SIZE * GRID_SIZE; patch++) {
                if (correspondence[patch] < 0) continue;
                int reference = correspondence[patch] / (GRID_SIZE * GRID_SIZE),
                        referencePatch = correspondence[patch] % (GRID_SIZE * GRID_SIZE);
                BufferedImage referenceImage = references.get(reference);
                double[] targetColour = meanColour(target, patch);
                matching.add(colourDistance(targetColour, meanColour(referenceImage, referencePatch)));
                mismatched.add(colourDistance(
                        targetColour, meanColour(referenceImage, GRID_SIZE * GRID_SIZE - 1 - referencePatch)));
            }
        }
        assertTrue(
                median(matching) < 0.75 * median(mismatched),
                kind + ": " + median(matching) + " at the corresponding patch, " + median(mismatched) + " elsewhere");
    }

    @Test
    void halfOfTheObjectsMatchTheReferenceOrientation() {
        int matching = 0;
        for (int i = 0; i < 200; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 4, i, TaskKind.SUBJECT_1);
            boolean sameFlip = spec.target().objects().get(0).flip()
                    == spec.references().get(0).object().flip();
            assertEquals(sameFlip, Corpus.matchesOrientation(spec));
            if (sameFlip) matching++;
        }
        assertTrue(matching > 70 && matching < 130, matching + " of 200");
        assertTrue(Corpus.matchesOrientation(CORPUS.exampleSpec(Split.TRAIN, 4, 1, TaskKind.COLOUR)));
    }

    @Test
    void objectPatchesMapToObjectPixelsOfTheReference() {
        int gridSize = SIZE / 2, agree = 0, mirrored = 0, total = 0;
        for (int i = 0; i < 60; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 4, i, TaskKind.SUBJECT_1);
            ReferenceSpec reference = spec.references().get(0);
            if (reference.scene() != null) continue;
            Example example = CORPUS.render(spec);
            BufferedImage referenceImage = example.references().get(0).toBufferedImage();
            int background = reference.presentation().equals("black") ? 0 : 0xffffff;
            int[] correspondence = CORPUS.patchCorrespondence(spec, gridSize);
            for (int patch = 0; patch < gridSize * gridSize; patch++) {
                if (correspondence[patch] < 0) continue;
                boolean onObject = example.mask()[patch / gridSize * 2 * SIZE + patch % gridSize * 2] != 0;
                int x = correspondence[patch] % gridSize * 2, y = correspondence[patch] / gridSize * 2;
                if (onObject == ((referenceImage.getRGB(x, y) & 0xffffff) != background)) agree++;
                if (onObject == ((referenceImage.getRGB(SIZE - 2 - x, y) & 0xffffff) != background)) mirrored++;
                total++;
            }
        }
        assertTrue(agree > 0.9 * total && agree > mirrored, agree + " of " + total + " agree, mirrored " + mirrored);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_3", "SUBJECT_ADD", "SUBJECT_REPLACE"},
            mode = Mode.EXCLUDE)
    void theSourceImageIsNeverACorrespondence(TaskKind kind) {
        int[] none = new int[GRID_SIZE * GRID_SIZE];
        Arrays.fill(none, -1);
        assertArrayEquals(none, CORPUS.patchCorrespondence(CORPUS.exampleSpec(Split.TRAIN, 4, 1, kind), GRID_SIZE));
    }

    private static double[] meanColour(BufferedImage image, int patch) {
        double[] mean = new double[3];
        for (int y = PATCH_SIZE / 4; y < PATCH_SIZE * 3 / 4; y++)
            for (int x = PATCH_SIZE / 4; x < PATCH_SIZE * 3 / 4; x++) {
                int rgb = image.getRGB(patch % GRID_SIZE * PATCH_SIZE + x, patch / GRID_SIZE * PATCH_SIZE + y);
                for (int c = 0; c < 3; c++) mean[c] += ((rgb >> (8 * c)) & 255) / (PATCH_SIZE * PATCH_SIZE / 4.0);
            }
        return mean;
    }

    private static double colourDistance(double[] a, double[] b) {
        return (Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2])) / 3;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
