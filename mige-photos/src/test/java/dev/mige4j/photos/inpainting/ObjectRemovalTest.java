package dev.mige4j.photos.inpainting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.PhotoFixtures;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.stage.StageResult;
import org.junit.jupiter.api.Test;

class ObjectRemovalTest {

    /** Paints the mask white. */
    private static final ObjectRemoval REMOVAL =
            new ObjectRemoval((image, mask) -> PhotoFixtures.paint(image, mask, 0xFFFFFF));

    private static EditPair remove(Image photo, BinaryMask mask) {
        return ((StageResult.Kept<EditPair>) REMOVAL.apply(PhotoFixtures.object(photo, mask))).value();
    }

    @Test
    void sourceAndTargetHaveALongSideOf720PixelsAndDifferInTheGrownMaskOnly() {
        EditPair pair = remove(PhotoFixtures.texture(1440, 900), PhotoFixtures.disk(1440, 900, 200));
        assertEquals(720, pair.target().width());
        assertEquals(450, pair.target().height());
        assertEquals(PhotoFixtures.paint(pair.target(), pair.edited(), 0xFFFFFF), pair.source());
        BinaryMask exact = PhotoFixtures.disk(720, 450, 120);
        assertEquals(exact.area(), pair.edited().area(), 0.01 * exact.area());
    }

    @Test
    void aSmallPhotographKeepsItsSize() {
        Image photo = PhotoFixtures.texture(300, 200);
        EditPair pair = remove(photo, PhotoFixtures.disk(300, 200, 30));
        assertEquals(photo, pair.target());
        assertEquals(PhotoFixtures.disk(300, 200, 50).area(), pair.edited().area(), 80);
    }

    @Test
    void aHoleOfTheMaskIsRemovedToo() {
        byte[] ring = PhotoFixtures.disk(300, 300, 90).toBytes(),
                inner = PhotoFixtures.disk(300, 300, 60).toBytes();
        for (int i = 0; i < ring.length; i++) ring[i] ^= inner[i];
        assertTrue(remove(PhotoFixtures.texture(300, 300), BinaryMask.of(300, 300, ring))
                .edited()
                .contains(150, 150));
    }

    @Test
    void dropsAnObjectThatLeavesTooLittle() {
        assertEquals(
                new StageResult.Dropped<>(
                        "object_fills_photo",
                        "Its object, grown by 20 pixels, covers 95.0 % of it; it must be at most 80.0 %."),
                REMOVAL.apply(PhotoFixtures.object(Image.filled(100, 100, 0), PhotoFixtures.disk(100, 100, 40))));
    }

    @Test
    void refusesArgumentsOutOfRange() {
        Inpainter none = (image, mask) -> image;
        assertThrows(UsageException.class, () -> new ObjectRemoval(none, 0, 20, 0.8));
        assertThrows(UsageException.class, () -> new ObjectRemoval(none, 720, -1, 0.8));
        assertThrows(UsageException.class, () -> new ObjectRemoval(none, 720, 20, 0));
    }
}
