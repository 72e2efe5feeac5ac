package dev.mige4j.photos.cutout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.PhotoFixtures;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.stage.StageResult;
import org.junit.jupiter.api.Test;

class ObjectCutterTest {

    @SuppressWarnings("unchecked")
    private static CutOut cut(Image photo, BinaryMask mask) {
        StageResult<CutOut> result = ObjectCutter.DEFAULT.apply(PhotoFixtures.object(photo, mask));
        return ((StageResult.Kept<CutOut>) assertInstanceOf(StageResult.Kept.class, result)).value();
    }

    @Test
    void putsTheObjectInTheMiddleOfAPlainGround() {
        byte[] pixels = new byte[400 * 300];
        for (int y = 20; y < 120; y++) for (int x = 300; x < 350; x++) pixels[400 * y + x] = 1;
        BinaryMask mask = BinaryMask.of(400, 300, pixels);
        CutOut cutOut = cut(PhotoFixtures.paint(PhotoFixtures.texture(400, 300), mask, 0xC02010), mask);
        // 90 % of 224 is 202 pixels, of a box that is twice as high as wide
        Image box = Image.filled(101, 202, 0xC02010);
        assertEquals(Image.filled(224, 224, 0xFFFFFF).paste(box, 61, 11), cutOut.onWhite());
        assertEquals(Image.filled(224, 224, 0).paste(box, 61, 11), cutOut.onBlack());
    }

    @Test
    void nothingOfTheGroundRemainsAroundTheObject() {
        BinaryMask mask = PhotoFixtures.disk(300, 300, 80);
        Image photo = PhotoFixtures.paint(Image.filled(300, 300, 0x00FF00), mask, 0x808080);
        byte[] rgb = cut(photo, mask).onWhite().rgb();
        for (int i = 0; i < rgb.length; i += 3) assertEquals(rgb[i], rgb[i + 1], "a pixel with some green");
    }

    @Test
    void dropsAnEmptyMaskAndRefusesASizeOfZero() {
        assertEquals(
                StageResult.dropped("no_object", "The mask of its object has no pixels."),
                ObjectCutter.DEFAULT.apply(
                        PhotoFixtures.object(Image.filled(9, 9, 0), BinaryMask.of(9, 9, new byte[81]))));
        assertThrows(UsageException.class, () -> new ObjectCutter(0, 0.9));
        assertThrows(UsageException.class, () -> new ObjectCutter(224, 0));
    }
}
