package dev.mige4j.photos.inpainting;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.PhotoFixtures;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.inpainting.OpenCvInpainter.Method;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OpenCvInpainterTest {

    @ParameterizedTest
    @EnumSource
    void removesAnObjectFromAPlainGroundAndKeepsTheRest(Method method) {
        BinaryMask object = PhotoFixtures.disk(101, 77, 20), hole = PhotoFixtures.disk(101, 77, 23);
        Image ground = Image.filled(101, 77, 0x205080).paste(PhotoFixtures.texture(10, 77), 0, 0);
        Image photo = PhotoFixtures.paint(ground, object, 0xFF0000);
        Image filled = new OpenCvInpainter(method, 5).inpaint(photo, hole);
        assertEquals(PhotoFixtures.paint(ground, hole, 0), PhotoFixtures.paint(filled, hole, 0));
        byte[] expected = ground.rgb(), actual = filled.rgb();
        for (int i = 0; i < expected.length; i++) assertEquals(expected[i], actual[i], 5, "byte " + i);
    }

    @Test
    void anEmptyMaskChangesNothing() {
        Image image = PhotoFixtures.texture(33, 21);
        assertEquals(image, OpenCvInpainter.DEFAULT.inpaint(image, BinaryMask.of(33, 21, new byte[33 * 21])));
    }

    @Test
    void worksBesideLibtorchInOneProcess() {
        Scope.scoped(() -> {
            Tensor two = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
            Image image = Image.filled(20, 20, 0x123456);
            OpenCvInpainter.DEFAULT.inpaint(image, PhotoFixtures.disk(20, 20, 5));
            assertArrayEquals(new float[] {7, 10, 15, 22}, two.matmul(two).toFloatArray());
        });
    }

    @Test
    void refusesAMaskOfAnotherSizeAndARadiusOfZero() {
        UsageException error = assertThrows(
                UsageException.class,
                () -> OpenCvInpainter.DEFAULT.inpaint(Image.filled(4, 5, 0), BinaryMask.of(5, 4, new byte[20])));
        assertEquals("The mask has 5 x 4 pixels and the image 4 x 5; expected the same size.", error.getMessage());
        assertThrows(UsageException.class, () -> new OpenCvInpainter(Method.TELEA, 0));
    }
}
