package dev.mige4j.photos.inpainting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.PhotoFixtures;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.onnx.OnnxFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxInpainterTest {

    private static final Image PHOTO = PhotoFixtures.texture(70, 50);
    private static final BinaryMask HOLE = PhotoFixtures.disk(70, 50, 12);

    @TempDir
    private Path folder;

    /** The model image + mask: 0 in the image's hole, so white there. */
    private OnnxInpainter whitening(long height, long width) throws IOException {
        return new OnnxInpainter(new OnnxFile()
                .input("mask", 1, 1, height, width)
                .input("image", 1, 3, height, width)
                .output("result", 1, 3, height, width)
                .node("Add", List.of("image", "mask"), "result")
                .write(folder.resolve("white.onnx")));
    }

    @Test
    void aModelOfAnySizeFillsTheHoleAndKeepsTheRest() throws IOException {
        try (OnnxInpainter inpainter = whitening(-1, -1)) {
            assertEquals(PhotoFixtures.paint(PHOTO, HOLE, 0xFFFFFF), inpainter.inpaint(PHOTO, HOLE));
        }
    }

    @Test
    void aModelOfOneSizeGetsAResizedImage() throws IOException {
        try (OnnxInpainter inpainter = whitening(64, 64)) {
            Image filled = inpainter.inpaint(PHOTO, HOLE);
            assertEquals(PhotoFixtures.paint(PHOTO, HOLE, 0), PhotoFixtures.paint(filled, HOLE, 0));
            assertEquals(Image.filled(9, 9, 0xFFFFFF), filled.crop(31, 21, 9, 9));
        }
    }

    @Test
    void imageAndMaskMayBeOneInputAndTheOutputInBytes() throws IOException {
        OnnxFile file = new OnnxFile()
                .input("input", 1, 4, -1, -1)
                .output("result", 1, 3, -1, -1)
                .constant("zero", 0)
                .constant("three", 3)
                .constant("four", 4)
                .constant("axis", 1)
                .node("Slice", List.of("input", "zero", "three", "axis"), "image")
                .node("Slice", List.of("input", "three", "four", "axis"), "mask");
        String image = "image";
        for (int i = 1; i <= 8; i++) { // 256 times the image
            file.node("Add", List.of(image, image), "image" + i);
            image = "image" + i;
        }
        file.node("Add", List.of(image, "mask"), "result");
        try (OnnxInpainter inpainter = new OnnxInpainter(file.write(folder.resolve("four.onnx")))) {
            assertEquals(PhotoFixtures.paint(PHOTO, HOLE, 0x010101), inpainter.inpaint(PHOTO, HOLE));
        }
    }

    @Test
    void refusesAModelWithOtherInputs() throws IOException {
        Path file = new OnnxFile()
                .input("a", 1, 3, -1, -1)
                .output("b", 1, 3, -1, -1)
                .node("Add", List.of("a", "a"), "b")
                .write(folder.resolve("one.onnx"));
        assertEquals(
                file + ": the model has the inputs [a [1, 3, -1, -1]], expected an image [1, 3, h, w] and a mask"
                        + " [1, 1, h, w], or both as [1, 4, h, w].",
                assertThrows(WeightsException.class, () -> new OnnxInpainter(file))
                        .getMessage());
    }

    @Test
    void aNameThatEndsInOnnxIsAModel() throws IOException {
        whitening(-1, -1).close();
        try (OnnxInpainter inpainter =
                (OnnxInpainter) Inpainter.of(folder.resolve("white.onnx").toString())) {
            assertTrue(inpainter.toString().matches("OnnxInpainter\\[[0-9a-f]{64}]"));
        }
    }
}
