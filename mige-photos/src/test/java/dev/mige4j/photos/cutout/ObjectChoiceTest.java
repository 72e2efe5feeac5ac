package dev.mige4j.photos.cutout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.photos.PhotoFixtures;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ObjectChoiceTest {

    private static final ObjectMask LARGE = disk(30), SMALL = disk(20), TINY = disk(10);

    private static ObjectMask disk(double radius) {
        return object(PhotoFixtures.disk(100, 100, radius));
    }

    private static ObjectMask object(BinaryMask mask) {
        return new ObjectMask(mask, Optional.empty());
    }

    /** A mask with all pixels in a box. */
    private static byte[] box(int left, int top, int width, int height) {
        byte[] pixels = new byte[100 * 100];
        for (int y = top; y < top + height; y++) for (int x = left; x < left + width; x++) pixels[100 * y + x] = 1;
        return pixels;
    }

    private static StageResult<ObjectMask> choose(ObjectMask... objects) {
        return ObjectChoice.DEFAULT.apply(List.of(objects));
    }

    @Test
    void takesTheLargestThatIsWhole() {
        assertEquals(StageResult.kept(LARGE), choose(TINY, SMALL, LARGE));
        assertEquals(StageResult.kept(SMALL), choose(object(BinaryMask.of(100, 100, box(0, 10, 40, 40))), SMALL));
    }

    @Test
    void saysWhatIsWrongWithTheLargest() {
        assertEquals(new StageResult.Dropped<>("no_object", "No object was found in it."), choose());
        assertEquals(
                new StageResult.Dropped<>(
                        "object_too_small", "Its largest object covers 3.2 % of it; it must be at least 10.0 %."),
                choose(TINY));
        assertEquals(
                new StageResult.Dropped<>(
                        "object_too_large", "Its largest object covers 81.0 % of it; it must be at most 50.0 %."),
                choose(object(BinaryMask.of(100, 100, box(5, 5, 90, 90))), TINY));
        assertEquals(
                new StageResult.Dropped<>("object_cut_off", "Its largest object touches the border; it must be whole."),
                choose(object(BinaryMask.of(100, 100, box(60, 10, 40, 40)))));
    }

    @Test
    void dropsAnObjectInPieces() {
        byte[] pixels = box(10, 10, 30, 50);
        for (int y = 10; y < 60; y++) for (int x = 50; x < 60; x++) pixels[100 * y + x] = 1;
        assertEquals(
                new StageResult.Dropped<>(
                        "object_in_pieces",
                        "The largest connected part of its largest object is 75.0 % of it; it must be at least 95.0"
                                + " %."),
                choose(object(BinaryMask.of(100, 100, pixels))));
    }

    @Test
    void refusesSharesThatMeanNothing() {
        assertThrows(UsageException.class, () -> new ObjectChoice(0.5, 0.1, 0.9));
        assertThrows(UsageException.class, () -> new ObjectChoice(0.1, 0.5, 2));
    }
}
