package mige.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;

import mige.Reference;
import mige.image.Framing.Box;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramingTest {

    @ParameterizedTest @ValueSource(strings = {"src_640x480", "src_333x500", "src_64x97"})
    void agreesWithTheReferenceToTheBit(String name) throws Exception {
        Picture picture = Picture.read(Reference.file("encoder/preprocess/" + name + ".png"));
        assertEquals(Picture.read(Reference.file("encoder/preprocess/expect_" + name + ".vae512_edit.png")), Framing.covering(picture, 512).picture());
        Picture within = Framing.within(picture, 512).picture();
        assertEquals(Picture.read(Reference.file("encoder/preprocess/expect_" + name + ".vae512_subject.png")), within);

        String tensors = "encoder/preprocess.safetensors";
        byte[] squeezed = new byte[224 * 224 * 3];
        Reference.tensor(tensors, "output." + name + ".clip224_u8").get(squeezed);
        assertArrayEquals(squeezed, Framing.squeezed(picture, 224).rgb());
        assertArrayEquals(Reference.floats(tensors, "output." + name + ".clip224"), Framing.encoderPlanes(picture, 224));

        float[] rows = Reference.floats(tensors, "output." + name + ".vae512_subject_f32_rows_250_to_253"), planes = within.planes();
        for (int i = 0; i < rows.length; i++)
            assertEquals(rows[i], planes[i / (4 * 512) * 512 * 512 + 250 * 512 + i % (4 * 512)]);
    }

    @Test void placesAsTheReferenceDoes() throws Exception {
        for (var at : Reference.json("encoder/preprocess/geometry.json")) {
            Picture picture = Picture.filled(at.get("w").asInt(), at.get("h").asInt(), 0xffffff);
            var subject = at.get("subject").get("content");
            int left = subject.get(0).asInt(), top = subject.get(1).asInt();
            var within = Framing.within(picture, 512);
            assertEquals(new Box(left, top, subject.get(2).asInt() - left, subject.get(3).asInt() - top), within.content());
            assertEquals(Picture.filled(within.content().width(), within.content().height(), 0xffffff), within.trim(within.picture()));
            assertEquals(Picture.filled(512, 512, 0xffffff), Framing.covering(picture, 512).picture());
        }
    }

    @ParameterizedTest @ValueSource(longs = {1, 2, 3}) void makesAPartAsItMakesTheWhole(long seed) {
        Picture picture = noise(seed, 61, 40);
        for (Resampling how : Resampling.values())
            assertEquals(how.resize(picture, 97, 23).crop(11, 5, 50, 13), how.resize(picture, 97, 23, 11, 5, 50, 13));
    }

    @Test void leavesAPictureOfTheRightSizeAlone() {
        Picture picture = noise(4, 32, 32);
        assertEquals(picture, Framing.squeezed(picture, 32));
        assertEquals(picture, Framing.covering(picture, 32).picture());
        assertEquals(picture, Framing.within(picture, 32).picture());
    }

    @Test void tellsWhatACoveringShows() {
        var placed = Framing.covering(noise(5, 200, 100), 64);
        assertEquals(new Box(50, 0, 100, 100), placed.shown());
        assertEquals(new Box(0, 0, 64, 64), placed.content());
    }

    @Test void putsAResultBackIntoItsSource() {
        Picture source = Picture.filled(200, 100, 0x101010), result = Picture.filled(64, 64, 0xe0e0e0);
        Picture whole = Framing.covering(source, 64).putBack(result, source);
        assertEquals(source.crop(0, 0, 50, 100), whole.crop(0, 0, 50, 100));
        assertEquals(Picture.filled(100, 100, 0xe0e0e0), whole.crop(50, 0, 100, 100));
        assertEquals(Picture.filled(200, 100, 0xe0e0e0), Framing.within(source, 64).putBack(result, source));
    }

    @Test void framesAThreadOfPixels() {
        assertEquals(1, Framing.within(noise(6, 3000, 1), 64).content().height());
        assertEquals(64, Framing.covering(noise(6, 3000, 1), 64).picture().width());
    }

    @Test void resizesALargePhotoInAMoment() {
        Picture photo = noise(7, 4000, 3000);
        long start = System.nanoTime();
        Framing.covering(photo, 512);
        Framing.squeezed(photo, 224);
        assertTrue(System.nanoTime() - start < 2e10, "twelve megapixels took longer than twenty seconds");
    }

    static Picture noise(long seed, int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(seed).nextBytes(rgb);
        return Picture.of(width, height, rgb);
    }
}
